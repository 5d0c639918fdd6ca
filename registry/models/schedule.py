"""When patients are to be seen."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from registry.audit import tracked


@tracked()
class Schedule(models.Model):
    """A named list of timepoints. Windows belong to a schedule: one month here is six weeks there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.name


@tracked()
class Timepoint(models.Model):
    """A planned moment, in days from the procedure (day 0), with the window in which a visit counts for it."""

    class Kind(models.TextChoices):
        BASELINE = "baseline", "baseline"
        FOLLOW_UP = "follow_up", "follow-up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="timepoints")
    code = models.CharField(max_length=60, validators=[RegexValidator(r"^[^\s|/]+\Z")])
    label = models.CharField(max_length=100)
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    target_day = models.IntegerField(null=True, blank=True)
    opens_on_day = models.IntegerField(null=True, blank=True)
    closes_on_day = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["schedule", "order"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "code"], name="one_timepoint_per_code"),
            models.UniqueConstraint(fields=["schedule", "order"], name="one_timepoint_per_place"),
            models.CheckConstraint(
                condition=Q(opens_on_day__isnull=True, closes_on_day__isnull=True)
                | Q(opens_on_day__isnull=False, closes_on_day__isnull=False, opens_on_day__lte=F("closes_on_day")),
                name="timepoint_window_opens_before_it_closes",
                violation_error_message="A window opens and closes, and opens before it closes.",
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def has_window(self) -> bool:
        return self.opens_on_day is not None
