"""Who was looked at for a study, whether or not they were entered."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import Precision, date_with_precision
from registry.models.guards import nothing_is_deleted
from registry.models.patient import STUDY_NUMBER, Patient
from registry.models.site import Site
from registry.models.study import Study


@tracked()
class ScreenedCase(models.Model):
    """One line of the screening log: criteria answered, the decision that follows, and the patient once entered.

    `answers` holds {criterion code: yes, no or unknown}. A case that is eligible and has no patient is a gap in the
    registry's coverage, and is listed as such.
    """

    STUDY_PATH, PATIENT_PATH = "study", "patient"

    class Decision(models.TextChoices):
        ELIGIBLE = "eligible", "Eligible"
        INELIGIBLE = "ineligible", "Not eligible"
        PENDING = "pending", "Not decided: an answer is unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="screened")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="screened")
    log_number = models.CharField(max_length=60, validators=[STUDY_NUMBER])
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="screened")
    treated_on = models.DateField(null=True, blank=True)
    treated_precision = models.CharField(max_length=5, choices=Precision, null=True, blank=True)  # noqa: DJ001
    answers = models.JSONField(default=dict, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)
    not_entered_reason = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["study", "site", "log_number"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="screened_case_site_id"),
            models.UniqueConstraint(
                fields=["site", "study", "log_number"],
                condition=Q(error_marked_at=None),
                name="one_case_per_log_number",
                violation_error_message="This number is in the screening log already.",
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(patient__isnull=False, error_marked_at=None),
                name="one_case_per_patient",
                violation_error_message="This patient is in the screening log already.",
            ),
            date_with_precision("treated_on", "treated_precision", name="screened_case_date_with_precision"),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return self.log_number
