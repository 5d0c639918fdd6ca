"""What was done."""

import uuid

from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import Precision, coarser, date_with_precision
from registry.models.guards import nothing_is_deleted, refuse_unless
from registry.models.in_time import procedure_in_time
from registry.models.patient import Patient
from registry.models.site import Site
from registry.models.told import tells_of_procedure
from registry.models.watches import drops_with_the_value, stays_while_locked

COARSER = coarser("v.visited_precision", "NEW.performed_precision")
KNOWN_OF_VISIT = f"date_trunc({COARSER}, v.visited_on)"
KNOWN_OF_PROCEDURE = f"date_trunc({COARSER}, NEW.performed_on)"


@tracked()
class Procedure(models.Model):
    """One operation on one patient: the unit of analysis. Its date is day 0; the date may be unknown."""

    STUDY_PATH = "patient__study"
    PATIENT_PATH = "patient"

    class Kind(models.TextChoices):
        PDN = "pdn", "Photodynamic nail"
        SACROPLASTY = "sacroplasty", "Sacroplasty"
        SCREWS = "screws", "Percutaneous screw fixation"
        SACROPLASTY_WITH_SCREWS = "sacroplasty_with_screws", "Sacroplasty with screw fixation"
        OPEN_FIXATION = "open_fixation", "Open fixation"
        OTHER = "other", "Other"
        UNSPECIFIED = "unspecified", "Not specified"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="procedures")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="procedures")
    kind = models.CharField(max_length=30, choices=Kind, default=Kind.UNSPECIFIED)
    performed_on = models.DateField(null=True, blank=True)
    performed_precision = models.CharField(max_length=5, choices=Precision, null=True, blank=True)  # noqa: DJ001
    is_index = models.BooleanField(default=True, help_text="The procedure from which this patient is followed.")
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["patient", "performed_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="procedure_site_id"),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(is_index=True, error_marked_at=None),
                name="one_index_procedure_per_patient",
                violation_error_message="This patient has an index procedure already.",
            ),
            date_with_precision("performed_on", "performed_precision", name="procedure_date_with_precision"),
        ]
        triggers = [
            nothing_is_deleted(),
            *procedure_in_time(),
            *stays_while_locked("patient"),
            *drops_with_the_value("procedure"),
            *tells_of_procedure(),
            refuse_unless(
                "procedure_not_after_its_follow_up",
                f"""NOT EXISTS (
                    SELECT 1 FROM registry_followupvisit v JOIN registry_timepoint t ON t.id = v.timepoint_id
                    WHERE v.procedure_id = NEW.id AND v.error_marked_at IS NULL
                    AND ((t.kind = 'follow_up' AND {KNOWN_OF_VISIT} < {KNOWN_OF_PROCEDURE})
                      OR (t.kind = 'baseline' AND {KNOWN_OF_VISIT} > {KNOWN_OF_PROCEDURE})))""",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.patient}"
