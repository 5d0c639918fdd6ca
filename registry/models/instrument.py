"""What a score is."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from registry.audit import tracked
from registry.models.site import Site

# Scores are counted as 64-bit whole numbers of 1e-8; this leaves room for their sums.
LARGEST = 1_000_000_000
KEY = RegexValidator(r"^[a-z0-9][a-z0-9_]*\Z", "Lower-case letters, digits and underscores, please.")


@tracked()
class Instrument(models.Model):
    """A scale: its range, step, direction and smallest change that matters. Data, not code.

    Shipped instruments have no site; a site's own belong to it. An instrument that came with a file of data and
    without a definition is a draft: its range is what was observed, its direction unspecified.
    """

    class Direction(models.TextChoices):
        HIGHER_BETTER = "higher_better", "higher is better"
        LOWER_BETTER = "lower_better", "lower is better"
        NOMINAL = "nominal", "no direction"
        UNSPECIFIED = "unspecified", "direction unspecified"

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        DRAFT = "draft", "draft"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="instruments")
    key = models.CharField(max_length=60, validators=[KEY])
    instrument_version = models.CharField(max_length=40, default="1")
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=40, blank=True)
    minimum = models.DecimalField(max_digits=20, decimal_places=8)
    maximum = models.DecimalField(max_digits=20, decimal_places=8)
    step = models.DecimalField(max_digits=20, decimal_places=8)
    direction = models.CharField(max_length=20, choices=Direction, default=Direction.UNSPECIFIED)
    mcid = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)
    at_baseline = models.BooleanField(default=True)
    levels = models.JSONField(default=dict, blank=True, help_text='Labels by value, as {"0": "none"}.')
    part_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    source = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "key", "instrument_version"], nulls_distinct=False, name="one_instrument_per_version"
            ),
            models.CheckConstraint(
                condition=Q(minimum__lte=F("maximum")),
                name="instrument_range_opens_before_it_closes",
                violation_error_message="The smallest value cannot be above the largest.",
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=-LARGEST, maximum__lte=LARGEST),
                name="instrument_range_countable",
                violation_error_message="A range lies between -1 000 000 000 and 1 000 000 000.",
            ),
            models.CheckConstraint(
                condition=Q(step__gt=0),
                name="instrument_step_positive",
                violation_error_message="The step must be above 0.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def decimals(self) -> int:
        """Digits after the point that a legal value can have: those of the step and of the minimum."""
        return max(0, *(-number.normalize().as_tuple().exponent for number in (self.step, self.minimum)))

    @property
    def is_labelled(self) -> bool:
        """Whether every legal value has a label: not only the ends of a scale."""
        return len(self.levels) == (self.maximum - self.minimum) / self.step + 1

    @property
    def is_yes_no(self) -> bool:
        return self.minimum == 0 and self.maximum == 1 and self.step == 1
