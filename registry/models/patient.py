"""A person who was treated."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import Precision, date_with_precision
from registry.models.guards import nothing_is_deleted
from registry.models.in_time import born_before_all
from registry.models.site import Site
from registry.models.study import Study
from registry.models.told import tells_of_patient
from registry.models.watches import drops_with_the_value, patient_stays_while_locked

STUDY_NUMBER = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z", "Letters, digits, dots, hyphens and underscores, starting with a letter or digit."
)


@tracked()
class Patient(models.Model):
    """A person, known by a study number: no name, no record number. Leaves by withdrawal, never by deletion."""

    STUDY_PATH = "study"
    PATIENT_PATH = "pk"

    class Sex(models.TextChoices):
        FEMALE = "F", "Female"
        MALE = "M", "Male"
        OTHER = "O", "Other"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="patients")
    study_number = models.CharField(max_length=60, validators=[STUDY_NUMBER])
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    born_on = models.DateField(null=True, blank=True)
    born_precision = models.CharField(max_length=5, choices=Precision, null=True, blank=True)  # noqa: DJ001
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["study_number"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="patient_site_id"),
            models.UniqueConstraint(
                fields=["site", "study", "study_number"],
                name="one_patient_per_study_number",
                violation_error_message="This study number is taken in this study at this site.",
            ),
            date_with_precision("born_on", "born_precision", name="patient_born_with_precision"),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason="")),
                name="patient_withdrawal_has_a_reason",
                violation_error_message="A withdrawal needs its date and its reason.",
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            born_before_all(),
            *patient_stays_while_locked(),
            *drops_with_the_value("patient"),
            *tells_of_patient(),
        ]

    def __str__(self):
        return self.study_number
