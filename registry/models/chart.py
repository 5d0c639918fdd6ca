"""What every form of the chart has in common: answers with their reasons for missing, source, version, history."""

import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.dates import date_with_precision
from registry.models.guards import nothing_is_deleted
from registry.models.missing import MissingReason
from registry.models.provenance import Provenance
from registry.models.site import Site
from registry.models.watches import drops_with_the_value, stays_while_locked


class ChartRow(Provenance):
    """One filled form. `missing` holds {field: reason code}: a field has a value, a reason, or no answer yet."""

    PARENT: str
    PATIENT_PATH: str
    STUDY_PATH: str

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    missing = models.JSONField(default=dict, blank=True)
    unavailable = models.CharField(  # noqa: DJ001 (NULL: the form is available)
        max_length=20, choices=MissingReason, null=True, blank=True, help_text="Why the whole form cannot be filled."
    )
    unavailable_comment = models.CharField(max_length=300, blank=True)
    submission_key = models.UUIDField(unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    version = models.PositiveIntegerField(default=1)
    error_marked_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=300, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        abstract = True

    @property
    def patient_row(self):
        """The patient whose chart this is."""
        row = self
        for step in self.PATIENT_PATH.split("__"):
            row = getattr(row, step)
        return row


# Columns of a form that are not answers.
ABOUT = frozenset({field.name for field in ChartRow._meta.fields} | {"patient", "procedure", "visit", "study", "kind"})


def answers_of(model: type[ChartRow]) -> list[models.Field]:
    """The columns that a person fills in, precisions of dates left out: those go with their dates."""
    return [
        field
        for field in model._meta.local_fields
        if field.name not in ABOUT and field.editable and not field.name.endswith("_precision")
    ]


def chart_row(model: type[ChartRow]) -> type[ChartRow]:
    """Decorates a model: the database itself holds its choices, ranges, date precisions and reasons for missing."""
    stem, fields = model._meta.model_name, answers_of(model)
    model._meta.constraints += [
        models.UniqueConstraint(fields=["site", "id"], name=f"{stem}_site_id"),
        value_or_reason_each(fields, name=f"{stem}_value_or_reason"),
        reasons_are_known(fields, name=f"{stem}_reasons_known"),
        nothing_where_unavailable(fields, name=f"{stem}_empty_where_unavailable"),
        *within(fields, name=f"{stem}_within_range"),
        *known_codes(fields, name=f"{stem}_codes_known"),
        *(
            date_with_precision(field.name, precision_of(field.name), name=f"{stem}_{field.name}_with_precision")
            for field in fields
            if isinstance(field, models.DateField)
        ),
    ]
    watches = [*stays_while_locked(model.PATIENT_PATH), *drops_with_the_value()]
    pgtrigger.register(nothing_is_deleted(), *watches)(model)
    return tracked()(model)


def precision_of(date_field: str) -> str:
    """'died_on' -> 'died_precision'."""
    return f"{date_field.removesuffix('_on')}_precision"


def answered(field: models.Field) -> Q:
    """The field holds a value."""
    return Q(**{f"{field.name}__isnull": False}) if field.null else ~Q(**{field.name: ""})


def value_or_reason_each(fields, *, name: str) -> models.CheckConstraint:
    """No field has a value and a reason why it is missing."""
    condition = Q()
    for field in fields:
        condition &= ~(Q(missing__has_key=field.name) & answered(field))
    message = "Give a value or a reason why it is missing, not both. [M1]"
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)


def reasons_are_known(fields, *, name: str) -> models.CheckConstraint:
    """`missing` names fields of this form and coded reasons only."""
    keys = ", ".join(f"'{field.name}'" for field in fields)
    codes = " || ".join(f'@ == "{code}"' for code in MissingReason.values)
    condition = (
        Q(says("jsonb_typeof(%(expressions)s) = 'object'"))
        & Q(says(f"(%(expressions)s - ARRAY[{keys}]::text[]) = '{{}}'::jsonb"))
        & Q(says(f"NOT jsonb_path_exists(%(expressions)s, '$.* ? (!({codes}))')"))
    )
    return models.CheckConstraint(
        condition=condition, name=name, violation_error_message="A field or a reason for missing is not known."
    )


def says(template: str) -> Func:
    """A condition on `missing` in PostgreSQL's own words."""
    return Func(F("missing"), template=template, output_field=models.BooleanField())


def nothing_where_unavailable(fields, *, name: str) -> models.CheckConstraint:
    """A form that is marked unavailable holds no value and no reason."""
    empty = Q(missing={})
    for field in fields:
        empty &= ~answered(field)
    return models.CheckConstraint(
        condition=Q(unavailable__isnull=True) | empty,
        name=name,
        violation_error_message="A form that is marked unavailable holds no values.",
    )


def within(fields, *, name: str) -> list[models.CheckConstraint]:
    """Numbers lie within the limits that their columns state."""
    condition = Q()
    for field in fields:
        for limit in field.validators:
            if isinstance(limit, MinValueValidator):
                condition &= Q(**{f"{field.name}__isnull": True}) | Q(**{f"{field.name}__gte": limit.limit_value})
            elif isinstance(limit, MaxValueValidator):
                condition &= Q(**{f"{field.name}__isnull": True}) | Q(**{f"{field.name}__lte": limit.limit_value})
    message = "A number lies outside its range."
    return (
        [models.CheckConstraint(condition=condition, name=name, violation_error_message=message)] if condition else []
    )


def known_codes(fields, *, name: str) -> list[models.CheckConstraint]:
    """Codes are those of their lists."""
    condition = Q()
    for field in fields:
        if isinstance(field, ArrayField):
            codes = [code for code, _ in field.base_field.flatchoices]
            condition &= Q(**{f"{field.name}__isnull": True}) | Q(**{f"{field.name}__contained_by": codes})
        elif field.choices:
            codes = [code for code, _ in field.flatchoices]
            condition &= ~answered(field) | Q(**{f"{field.name}__in": codes})
    message = "A code is not one of its list."
    return (
        [models.CheckConstraint(condition=condition, name=name, violation_error_message=message)] if condition else []
    )
