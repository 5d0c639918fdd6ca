"""What a rule that picks procedures says."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

INDEX, ALL = "index", "all"
PATIENT, PROCEDURE, FRACTURE = "patient", "procedure", "fracture"
IN, OUT = "in", "out"
INCLUDE, EXCLUDE = "include", "exclude"
# What stands beside each operator: one value, a list of values, a number, two numbers, nothing.
ONE, LIST, NUMBER, PAIR, NOTHING = "one", "list", "number", "pair", "nothing"
OPERATORS = {
    "is": ONE, "is_not": ONE, "in": LIST, "not_in": LIST, "lt": NUMBER, "le": NUMBER, "gt": NUMBER, "ge": NUMBER,
    "between": PAIR, "known": NOTHING, "unknown": NOTHING,
}  # fmt: skip


class RuleError(ValueError):
    """A rule that cannot be followed: the field, what it holds, the rule it breaks, and what to do."""

    def __init__(self, *, field: str, value: object, rule: str, what_to_do: str):
        super().__init__(f"{field} = {value!r} {rule}. {what_to_do}")
        self.field, self.value, self.rule, self.what_to_do = field, value, rule, what_to_do


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One condition. `values`: texts for is, is_not, in and not_in, numbers for the others, none for known and unknown.

    unknown: what becomes of a row whose variable has no value. kind: include, what must hold; exclude, what must not.
    """

    variable: str
    op: str
    values: tuple[str | Decimal, ...] = ()
    kind: str = INCLUDE
    unknown: str = OUT

    @property
    def is_score(self) -> bool:
        """Whether the variable is an instrument at a timepoint: pain@preop."""
        return "@" in self.variable


@dataclass(frozen=True, kw_only=True)
class Period:
    """When the procedure was done, both ends included; either may be open."""

    first: date | None = None
    last: date | None = None
    unknown: str = OUT


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which rows are in: of which procedures, one row a what, at which sites, when, and under which criteria."""

    procedures: str = INDEX
    unit: str = PATIENT
    sites: tuple[str, ...] = ()
    performed: Period | None = None
    criteria: tuple[Criterion, ...] = ()
    arm: str | None = None
    subgroups: tuple[str, ...] = ()
    preset: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """What the criteria, the arm and the subgroups name, each once."""
        told = [each.variable for each in self.criteria] + [*filter(None, [self.arm]), *self.subgroups]
        return tuple(dict.fromkeys(told))

    @property
    def narrows(self) -> bool:
        """Whether anybody can fall out by the rule."""
        return bool(self.sites or self.performed or self.criteria)
