"""The kinds of answer that a form of the chart asks for, as columns: not answered yet is NULL or '', never 0 or no."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from registry.models.dates import Precision


def choice(label: str, choices, **options) -> models.CharField:
    """One code of a list."""
    return models.CharField(label, max_length=60, choices=choices, blank=True, default="", **options)


def several(label: str, choices, **options) -> ArrayField:
    """Any codes of a list; an empty list is the answer 'none of them'."""
    return ArrayField(models.CharField(max_length=60, choices=choices), null=True, blank=True, verbose_name=label,
                      **options)  # fmt: skip


def yes_no(label: str, **options) -> models.BooleanField:
    return models.BooleanField(label, null=True, blank=True, **options)


def whole(label: str, low: int, high: int, **options) -> models.IntegerField:
    limits = [MinValueValidator(low), MaxValueValidator(high)]
    return models.IntegerField(label, null=True, blank=True, validators=limits, **options)


def number(label: str, low, high, *, places: int, **options) -> models.DecimalField:
    limits = [MinValueValidator(low), MaxValueValidator(high)]
    return models.DecimalField(
        label, max_digits=12, decimal_places=places, null=True, blank=True, validators=limits, **options
    )


def text(label: str, longest: int = 300, **options) -> models.CharField:
    return models.CharField(label, max_length=longest, blank=True, default="", **options)


def day(label: str, **options) -> models.DateField:
    """A date; its precision stands in the column `precision()` of the same stem."""
    return models.DateField(label, null=True, blank=True, **options)


def precision() -> models.CharField:
    return models.CharField(max_length=5, choices=Precision, null=True, blank=True)
