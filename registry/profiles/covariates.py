"""Which of the covariates that a study keeps may leave without identifiers: numbers, and levels that patients share."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, F, Func, Max, Min, Q, QuerySet

from registry.models import Covariate, CovariateValue
from registry.profiles import telling
from registry.profiles.expressions import number
from registry.profiles.vocabulary import is_known

AGE = re.compile(r"(^|[^a-z])(age|years?[ _]old|alter)([^a-z]|$)")
# Whole numbers from here on may be years, dates or numbers of records.
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
    told = {pk for pk, row in numbers.items() if pk in ages or not may_be_a_record(row)}
    return Leaving(frozenset(told | set(categories(values, patients))), frozenset(ages))


def columns_of(values: QuerySet) -> QuerySet:
    """What the numbers of each covariate look like, taken together."""
    same = Q(patient__study_number=number("number"))
    rows = values.exclude(covariate__kind=Covariate.Kind.CATEGORY).order_by()
    return rows.values("covariate", name=F("covariate__name"), label=F("covariate__label")).annotate(
        low=Min("number"), high=Max("number"), known=Count("number"), same=Count("pk", filter=same),
        parts=Count("pk", filter=~Q(number=Func(F("number"), function="trunc"))),
    )  # fmt: skip


def is_age(row: dict) -> bool:
    return any(AGE.search(row[name].casefold()) for name in ("name", "label"))


def may_be_a_record(row: dict) -> bool:
    """Whether a column of numbers may be dates, years, or numbers by which a person is known."""
    if not row["known"] or row["parts"]:
        return False
    return row["same"] * 2 > row["known"] or row["low"] >= FIRST_YEAR or row["high"] >= LONG


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
