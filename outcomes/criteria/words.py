"""A criterion in words: "Age at least 18 years", "State is Impending or Insufficiency"."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from outcomes.columns import level_text
from outcomes.criteria.rule import EXCLUDE, Criterion, Period

OUTSIDE = "outside"  # the opposite of between; no operator of a rule
OPPOSITES = {
    "is": "is_not", "in": "not_in", "lt": "ge", "le": "gt", "between": OUTSIDE, "known": "unknown",
}  # fmt: skip
OPPOSITES |= {other: op for op, other in OPPOSITES.items()}
WORDS = {
    "lt": "below {}", "le": "at most {}", "gt": "above {}", "ge": "at least {}", "between": "from {} to {}",
    OUTSIDE: "not from {} to {}", "known": "is recorded", "unknown": "is not recorded",
}  # fmt: skip
LISTED = {"is": "is {}", "in": "is {}", "is_not": "is not {}", "not_in": "is not {}"}


class Named(Protocol):
    """What a variable is called, its unit, and what its codes are called."""

    label: str
    unit: str
    labels: Mapping[str, str]


def in_words(criterion: Criterion, labels: Mapping[str, Named]) -> str:
    """The condition as it stands. labels: variable -> what it and its codes are called; else they are said plainly."""
    named = labels.get(criterion.variable)
    name = label_of(criterion.variable, labels)
    if criterion.op in LISTED:
        codes = named.labels if named else {}
        told = [codes.get(level_text(value), plain(str(value))) for value in criterion.values]
        return f"{name} {LISTED[criterion.op].format(listed(told))}"
    unit = f" {named.unit}" if named and named.unit and criterion.values else ""
    return f"{name} {WORDS[criterion.op].format(*map(number, criterion.values))}{unit}"


def label_of(variable: str, labels: Mapping[str, Named]) -> str:
    """What a variable is called; a score by its instrument and timepoint where nothing better is known."""
    named = labels.get(variable)
    return named.label if named else plain(variable.replace("@", " at "))


def opposite(criterion: Criterion) -> Criterion:
    """The condition that holds of a known value exactly where this one does not."""
    return replace(criterion, op=OPPOSITES[criterion.op])


def to_stay(criterion: Criterion) -> Criterion:
    """The condition that a row meets to stay: an exclusion turned round."""
    return opposite(criterion) if criterion.kind == EXCLUDE else criterion


def period_in_words(period: Period) -> str:
    """'Procedure done from 2020-01-01 to 2023-12-31'."""
    if period.first and period.last:
        return f"Procedure done from {period.first} to {period.last}"
    return f"Procedure done from {period.first} on" if period.first else f"Procedure done up to {period.last}"


def listed(told: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    return " or ".join(filter(None, [", ".join(told[:-1]), told[-1]]))


def plain(code: str) -> str:
    return code.replace("_", " ")


def number(value: Decimal) -> str:
    return level_text(f"{value:f}")
