"""One criterion as the form of a cohort shows it: what was chosen and typed, and the part of a rule that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django import forms

from registry.forms import NumberField
from reports import wording
from reports.cohort_variables import Offered, of_name
from reports.plan_controls import json_number

INCLUDE, EXCLUDE = "include", "exclude"
SIDES = (INCLUDE, EXCLUDE)
STAYS, LEAVES = "in", "out"
# What becomes of a row of whom nothing is recorded, unless somebody says otherwise.
IF_UNKNOWN = {INCLUDE: LEAVES, EXCLUDE: STAYS}
NUMBERS = {
    "ge": "at least", "gt": "above", "le": "at most", "lt": "below", "between": "from ... to", "is": "exactly",
    "is_not": "not", "known": "recorded", "unknown": "not recorded",
}  # fmt: skip
LEVELS = {"in": "any of", "not_in": "none of", "known": "recorded", "unknown": "not recorded"}
ONE_LEVEL = {"is": "in", "is_not": "not_in"}
NO_VALUE = ("known", "unknown")
SEPARATOR = ";"


@dataclass
class CriterionRow:
    """A criterion on its way. `problem` says what it still needs."""

    side: str
    variable: Offered
    op: str = ""
    value: str = ""
    high: str = ""
    levels: list[str] = field(default_factory=list)
    unknown: str = ""
    problem: str = ""

    def __post_init__(self):
        if self.op not in self.operators:
            self.op = next(iter(self.operators))
        if self.unknown not in (STAYS, LEAVES):
            self.unknown = IF_UNKNOWN[self.side]

    @property
    def operators(self) -> dict[str, str]:
        return NUMBERS if self.variable.is_number else LEVELS

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """(code, words, chosen) of each level, those of the rule that are no longer offered among them."""
        known = dict(self.variable.labels) or {}
        strange = {level: wording.plain(level) for level in self.levels if level not in known}
        return [(code, words, code in self.levels) for code, words in (known | strange).items()]

    @property
    def typed_levels(self) -> bool:
        """Whether its levels have to be typed: nobody's is known yet."""
        return not self.variable.is_number and not self.variable.labels

    def criterion(self) -> dict | None:
        """The part of a rule that it means; None, and `problem`, where something is lacking."""
        told = {"variable": self.variable.name, "op": self.op, "unknown": self.unknown}
        if self.op in NO_VALUE:
            return told
        value = self.number_value() if self.variable.is_number else self.level_value()
        return None if value is None else told | {"value": value}

    def level_value(self) -> list[str] | None:
        typed = [text.strip() for text in self.value.split(SEPARATOR) if text.strip()] if self.typed_levels else []
        levels = list(dict.fromkeys([*self.levels, *typed]))
        if not levels:
            self.problem = "Choose at least one."
            return None
        return levels

    def number_value(self) -> int | float | list | None:
        texts = [self.value, self.high] if self.op == "between" else [self.value]
        try:
            numbers = [json_number(NumberField().clean(text)) for text in texts]
        except forms.ValidationError as error:
            self.problem = " ".join(error.messages) if all(texts) else "Give a number."
            return None
        if len(numbers) == 2 and numbers[0] > numbers[1]:
            self.problem = "The first number is above the second."
            return None
        return numbers if len(numbers) == 2 else numbers[0]


def of_criterion(side: str, raw: Mapping, variables: Mapping[str, Offered]) -> CriterionRow:
    """A criterion of a rule, as the form shows it."""
    variable, op, value = of_name(str(raw.get("variable", "")), variables), str(raw.get("op", "")), raw.get("value")
    row = CriterionRow(side, variable, op, unknown=str(raw.get("unknown", "")))
    if variable.is_number and isinstance(value, list) and op == "between":
        row.value, row.high = (str(each) for each in value)
    elif variable.is_number and not isinstance(value, list):
        row.value = "" if value is None else str(value)
    elif value is not None:
        row.op = ONE_LEVEL.get(op, row.op)
        row.levels = [level(each) for each in (value if isinstance(value, list) else [value])]
    return row


def level(value: object) -> str:
    """A level as its code is written."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def of_sent(side: str, place: int, sent: Mapping, variables: Mapping[str, Offered]) -> CriterionRow:
    """A criterion as a browser sends it."""
    prefix = f"{side}.{place}."
    found = {name.removeprefix(prefix): text for name, text in sent.items() if name.startswith(prefix)}
    return CriterionRow(
        side, of_name(found.get("variable", "")[:200], variables), found.get("op", ""),
        value=found.get("value", "").strip()[:400], high=found.get("high", "").strip()[:40],
        levels=[text[:200] for name, text in found.items() if name.startswith("level.")],
        unknown=found.get("unknown", ""),
    )  # fmt: skip
