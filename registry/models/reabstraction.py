"""A sample of visits, read a second time by somebody who does not see the first reading."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted, written_once
from registry.models.patient import Patient
from registry.models.site import Site
from registry.models.study import Study
from registry.models.visit import FollowUpVisit


@tracked()
class ReabstractionSample(models.Model):
    """A seeded share of a study's visits at one site, and who reads them again."""

    STUDY_PATH = "study"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="samples")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="samples")
    seed = models.PositiveIntegerField()
    share = models.DecimalField(
        max_digits=5, decimal_places=2, default=5, validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text="Per cent of the visits.",
    )  # fmt: skip
    drawn_from = models.PositiveIntegerField(help_text="How many visits there were to draw from.")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(auto_now_add=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["-drawn_at"]
        constraints = [models.UniqueConstraint(fields=["site", "id"], name="sample_site_id")]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"{self.share} % of {self.study}, seed {self.seed}"


@tracked()
class Reading(models.Model):
    """A visit's second reading. While it is open its reader does not see the patient anywhere else.

    `values` holds {instrument key: {"value": text} or {"missing": reason}}.
    """

    STUDY_PATH, PATIENT_PATH = "patient__study", "patient"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="readings")
    sample = models.ForeignKey(ReabstractionSample, on_delete=models.PROTECT, related_name="readings")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="readings")
    visit = models.ForeignKey(FollowUpVisit, on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="readings")
    values = models.JSONField(default=dict, blank=True)
    first_values = models.JSONField(default=dict, blank=True, help_text="What was recorded when it was submitted.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["sample", "id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "id"], name="reading_site_id"),
            models.UniqueConstraint(fields=["sample", "visit"], name="one_reading_per_visit"),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"Second reading of {self.visit}"


class Resolution(models.Model):
    """How a disagreement between two readings was settled. Written once."""

    class Taken(models.TextChoices):
        FIRST = "first", "the first reading"
        SECOND = "second", "the second reading"
        OTHER = "other", "another value"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="resolutions")
    field = models.CharField(max_length=100)
    taken = models.CharField(max_length=10, choices=Taken)
    value = models.JSONField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["reading", "field"]
        constraints = [models.UniqueConstraint(fields=["reading", "field"], name="one_resolution_per_field")]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.field}: {self.get_taken_display()}"
