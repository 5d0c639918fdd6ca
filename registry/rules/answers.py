"""Rules of answers in themselves: a value or a reason, words for `other`, nothing beside `none`."""

from collections.abc import Iterator
from functools import cache

from django.db import models

from registry.addresses import Address
from registry.models import ChartRow, OpioidLine
from registry.models.chart import answers_of
from registry.rules.record import PatientRecord, VisitRecord
from registry.rules.rule import Found, Said, of_each, refuses

OTHER, NONE = "other", "none"
# Where the words of `other` stand, for the lists whose column is not <list>_other.
WORDS = {"primary_cancer": "primary_other", "additional_hardware": "hardware_other", "complication": "description",
         "secondary": "description"}  # fmt: skip


@cache
def answers(model: type[ChartRow]) -> tuple[str, ...]:
    """The columns of a form that people answer."""
    return tuple(field.name for field in answers_of(model))


@cache
def open_lists(model: type[ChartRow]) -> tuple[tuple[str, str], ...]:
    """(list, column of its words) of each list of a form that has `other`."""
    names = {field.name for field in model._meta.concrete_fields}
    pairs = ((field.name, WORDS.get(field.name, f"{field.name}_other")) for field in answers_of(model))
    return tuple((name, words) for name, words in pairs if words in names and OTHER in codes_of(model, name))


@cache
def codes_of(model: type[ChartRow], name: str) -> frozenset:
    """The codes of a list, one or several."""
    field = model._meta.get_field(name)
    return frozenset(code for code, _ in getattr(field, "base_field", field).flatchoices)


def rows_of(record: PatientRecord) -> Iterator[tuple[str, models.Model]]:
    """Every filled form."""
    for place in record.places:
        for form, rows in place.forms.items():
            for row in rows:
                yield form, row


@refuses(
    "M1", forms=("every form",), fields=("every field",), evidence="P",
    wording="A field has a value, or the reason why it is missing; a form that is marked unavailable has neither.",
    constraints=("score_value_or_reason", "covariate_value_or_reason", "operation_value_or_reason",
                 "operation_empty_where_unavailable", "operation_reasons_known"),
)  # fmt: skip
def value_and_reason(record: PatientRecord) -> Iterator[Found]:
    for form, row in rows_of(record):
        if not row.missing and not row.unavailable:
            continue
        for name in answers(type(row)):
            given = getattr(row, name)
            if given not in (None, "") and (name in row.missing or row.unavailable):
                message = "There is a value and a reason why it is missing. Keep one of them."
                yield Found(Address(form, row.pk, name), str(given), message)


@refuses(
    "R1", forms=("every form with a list",), fields=("every list with other",), evidence="P",
    wording="`Other` is said in words, and words go with `other`; `none` stands alone.",
    constraints=("malignancy_other_in_words", "metastasis_other_in_words", "fracture_other_in_words",
                 "operation_other_in_words", "implant_other_in_words", "cementinjection_other_in_words",
                 "ablationsession_other_in_words", "bonedrug_other_in_words", "opioidline_other_in_words"),
)  # fmt: skip
def other_without_words(record: PatientRecord) -> Iterator[Found]:
    for form, row in rows_of(record):
        for name, words in open_lists(type(row)):
            given = getattr(row, name) or ()
            chosen = OTHER in given if isinstance(given, list) else given == OTHER
            if chosen and not getattr(row, words) and words not in row.missing:
                yield Found(Address(form, row.pk, words), OTHER, "Say which other, in a few words.")
            if isinstance(given, list) and NONE in given and len(given) > 1:
                yield Found(Address(form, row.pk, name), ", ".join(given), "None stands alone: take the others away.")


@refuses(
    "O8", forms=("opioid_line",), fields=("units_per_day", "route"), evidence="V",
    wording="A patch counts by its rate (mcg/h), however often it is changed: it has no units a day.",
    constraints=("opioidline_patch_has_no_units",),
)  # fmt: skip
@of_each("opioid_line")
def units_of_a_patch(row: OpioidLine, visit: VisitRecord) -> Iterator[Said]:
    given = row.taken_per_day if row.units_per_day is None else row.units_per_day
    if row.route == OpioidLine.Route.TRANSDERMAL and given is not None:
        message = "Leave the units of a patch empty: its strength an hour counts. Two patches at once are two lines."
        yield Said("units_per_day", f"{given.normalize():f}", message)
