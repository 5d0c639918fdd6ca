"""Patients that could be the same person under two study numbers: shown to who enrols, never decided here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q

from registry.models import Patient, Procedure, Site, Study, User
from registry.partial_dates import as_typed
from registry.rules import compare_dates

WITHIN_DAYS = 7
PUNCTUATION, LEADING_ZEROS = re.compile(r"[\W_]+"), re.compile(r"(?<!\d)0+(?=\d)")

# A date and its precision; (None, None) where it is not known.
When = tuple[date | None, str | None]
UNKNOWN: When = (None, None)


@dataclass(frozen=True)
class Alike:
    """A patient who is there already, and what is alike, in words."""

    patient: Patient
    why: tuple[str, ...]

    @property
    def born(self) -> str:
        return as_typed(self.patient.born_on, self.patient.born_precision)

    @property
    def procedures(self) -> list[Procedure]:
        return list(self.patient.procedures.all())


def folded(study_number: str) -> str:
    """A study number without what people write differently: case, spaces, hyphens, leading zeros. 'P-0017' is 'p17'."""
    return LEADING_ZEROS.sub("", PUNCTUATION.sub(" ", study_number.strip().casefold())).replace(" ", "")


def possible_duplicates(
    *,
    site: Site,
    study: Study,
    study_number: str,
    sex: str = "",
    born: When = UNKNOWN,
    performed: When = UNKNOWN,
    by: User,
    other_than: Patient | None = None,
) -> list[Alike]:
    """Patients of the site with the same birth date and sex and a procedure within 7 days, or with the same number but
    for how it is written. A day and month that are swapped are the same date."""
    there = Patient.objects.valid().visible_to(by).filter(site=site).exclude(pk=other_than and other_than.pk)
    same_number = [
        pk
        for pk, number in there.filter(study=study).values_list("pk", "study_number")
        if folded(number) == folded(study_number)
    ]
    born_alike = Q(sex=sex, born_on__year=born[0].year) if sex and born[0] else Q(pk=None)
    procedures = Prefetch("procedures", Procedure.objects.valid())
    candidates = there.filter(born_alike | Q(pk__in=same_number)).select_related("study").prefetch_related(procedures)
    found = [Alike(each, tuple(alike(each, study, study_number, sex, born, performed))) for each in candidates]
    return [each for each in found if each.why]


def alike(patient: Patient, study: Study, study_number: str, sex: str, born: When, performed: When) -> Iterable[str]:
    """What is the same of a patient and of one who is to be enrolled."""
    if patient.study_id == study.pk and folded(patient.study_number) == folded(study_number):
        yield "the study numbers differ only in how they are written"
    known = sex and patient.sex == sex and same_day((patient.born_on, patient.born_precision), born)
    if known and any(near(each, performed) for each in patient.procedures.all()):
        yield f"same birth date and sex, and a procedure within {WITHIN_DAYS} days"


def both_ways(when: When) -> list[date]:
    """A date, and the date that it is with day and month swapped."""
    moment, precision = when
    is_one_date = precision != "day" or moment.day > 12
    return [moment] if is_one_date else [moment, date(moment.year, moment.day, moment.month)]


def same_day(one: When, other: When) -> bool:
    """Whether two dates are the same as far as both are known, day and month swapped or not."""
    if None in (one[0], other[0]):
        return False
    return any(compare_dates(*one, each, other[1]) == 0 for each in both_ways(other))


def near(procedure: Procedure, performed: When) -> bool:
    """Whether a procedure was within seven days of a date, or the date is its own with day and month swapped."""
    when = (procedure.performed_on, procedure.performed_precision)
    if None in (when[0], performed[0]):
        return False
    if when[1] == performed[1] == "day" and abs((when[0] - performed[0]).days) <= WITHIN_DAYS:
        return True
    return same_day(when, performed)
