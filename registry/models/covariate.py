"""What is known of a patient beside the scores."""

import uuid

from django.core.validators import RegexValidator
from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted
from registry.models.instrument import LARGEST
from registry.models.missing import MissingReason, value_or_reason
from registry.models.patient import Patient
from registry.models.site import Site
from registry.models.study import Study
from registry.models.told import tells_of_attribute
from registry.models.watches import drops_with_each, stays_while_locked

# A column of somebody's file, as it is; the bar separates the columns of a freeze.
NAME = RegexValidator(r"^[^|\x00-\x1f]+\Z", "No bars and no control characters, please.")


@tracked()
class Covariate(models.Model):
    """A typed attribute that a study keeps of its patients: age, arm, ASA class."""

    class Kind(models.TextChoices):
        INTEGER = "integer", "whole number"
        DECIMAL = "decimal", "decimal number"
        CATEGORY = "category", "category"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="covariates")
    name = models.CharField(max_length=60, validators=[NAME])
    label = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["study", "order", "name"]
        constraints = [models.UniqueConstraint(fields=["study", "name"], name="one_covariate_per_name")]

    def __str__(self):
        return self.label


@tracked()
class CovariateValue(models.Model):
    """One patient's value of a covariate, or the reason why it is missing."""

    STUDY_PATH = "patient__study"
    PATIENT_PATH = "patient"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="covariate_values")
    covariate = models.ForeignKey(Covariate, on_delete=models.PROTECT, related_name="values")
    number = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    text = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 (null says "not text"; '' is no value)
    missing = models.CharField(max_length=20, choices=MissingReason, null=True, blank=True)  # noqa: DJ001
    version = models.PositiveIntegerField(default=1)

    objects = SiteScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="covariate_value_site_id"),
            models.UniqueConstraint(fields=["patient", "covariate"], name="one_value_per_covariate"),
            value_or_reason("number", "text", name="covariate_value_or_reason"),
            models.CheckConstraint(
                condition=models.Q(number__isnull=True) | models.Q(number__gte=-LARGEST, number__lte=LARGEST),
                name="covariate_number_countable",
                violation_error_message="A number lies between -1 000 000 000 and 1 000 000 000.",
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            *stays_while_locked("patient"),
            *drops_with_each(
                "covariate", "patient_id", "covariate_id", "registry_covariate", "name", "number, text, missing"
            ),
            *tells_of_attribute(),
        ]

    def __str__(self):
        return (
            f"{self.covariate}: {self.number if self.number is not None else self.text or self.get_missing_display()}"
        )
