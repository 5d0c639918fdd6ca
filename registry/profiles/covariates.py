"""Which of the covariates that a study keeps may leave without identifiers: numbers, and levels that patients share."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet

from registry.models import Covariate, CovariateValue
from registry.profiles import telling
from registry.profiles.expressions import number
from registry.profiles.vocabulary import is_known

HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
YEARS_OLD = re.compile(r"years?[ _]?old")
WORD = re.compile(r"[a-z]+")
# Beside agents, ageusia, and other words of a chart that end as an age does.
BEGINS = re.compile("alter$|age(?!n|usia)")
NO_AGE = re.compile(
    ".*(average|blockage|breakage|cartilage|cleavage|coverage|curettage|damage|dosage|drainage|lavage"
    "|leakage|linkage|message|orrhage|package|passage|percentage|phage|salvage|shortage|shrinkage|slippage|stage"
    "|storage|triage|usage|voltage)|image|page"
)
# Numbers from here on may be years, dates or numbers of records.
FIRST_YEAR = 1900
LONG = 10**5


@dataclass(frozen=True)
class Leaving:
    """The covariates that may leave, and those of them that are ages."""

    told: frozenset[UUID] = field(default_factory=frozenset)
    ages: frozenset[UUID] = field(default_factory=frozenset)


def leaving(patients: QuerySet) -> Leaving:
    """What may leave of the covariates of these patients. A covariate goes whole or not at all."""
    values = CovariateValue.objects.filter(patient__in=patients.order_by().values("pk"))
    numbers = {row["covariate"]: row for row in columns_of(values)}
    ages = {pk for pk, row in numbers.items() if is_age(row)}
    told = {pk for pk, row in numbers.items() if not may_be_a_record(row)}
    return Leaving(frozenset(told | set(categories(values, patients))), frozenset(ages))


def columns_of(values: QuerySet) -> QuerySet:
    """What the numbers of each covariate look like, taken together."""
    same = Q(patient__study_number=number("number"))
    rows = values.exclude(covariate__kind=Covariate.Kind.CATEGORY).order_by()
    return rows.values("covariate", name=F("covariate__name"), label=F("covariate__label")).annotate(
        high=Max("number"), known=Count("number"), same=Count("pk", filter=same),
        late=Count("pk", filter=Q(number__gte=FIRST_YEAR)),
    )  # fmt: skip


def is_age(row: dict) -> bool:
    return any(says_age(row[name]) for name in ("name", "label"))


def says_age(text: str) -> bool:
    """Whether a name or a label speaks of an age: age, ageAtSurgery, ageatsurgery, patientage, years old."""
    small = HUMP.sub(" ", text).casefold()
    return bool(YEARS_OLD.search(small)) or any(map(is_age_in_a_word, WORD.findall(small)))


def is_age_in_a_word(word: str) -> bool:
    return bool(BEGINS.match(word)) or (word.endswith("age") and not NO_AGE.fullmatch(word))


def may_be_a_record(row: dict) -> bool:
    """Whether a column of numbers may be dates, years, or numbers by which a person is known: more than half of them
    are so, or one is that long. A single fraction, or a single small number, says nothing of the others."""
    if not row["known"]:
        return False
    return max(row["same"], row["late"]) * 2 > row["known"] or row["high"] >= LONG


def categories(values: QuerySet, patients: QuerySet) -> Iterator[UUID]:
    """The categories whose levels may be told."""
    rows = values.filter(text__isnull=False).order_by().values_list("covariate", "text").annotate(n=Count("pk"))
    levels: dict[UUID, Counter] = {}
    for covariate, text, n in rows:
        levels.setdefault(covariate, Counter())[text] = n
    typed = [pk for pk, found in levels.items() if not all(map(is_known, found))]
    who = list(patients.order_by().values_list("study_number", flat=True)) if typed else []
    for pk, found in levels.items():
        if pk not in typed or not telling.levels(found, who):
            yield pk
