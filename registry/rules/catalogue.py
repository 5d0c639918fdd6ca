"""Every rule, by its code."""

import re
from collections.abc import Iterator
from uuid import UUID

from registry.rules import (
    answers,
    comorbidity,
    elsewhere,
    events,
    lesions,
    opioids,
    pain,
    scores,
    survival,
    timeline,
    treatment,
    visits,
)
from registry.rules.record import PatientRecord
from registry.rules.rule import Finding, Rule

MODULES = (timeline, visits, survival, scores, pain, opioids, comorbidity, lesions, treatment, events, answers)
CHECKED: tuple[Rule, ...] = tuple(rule for module in MODULES for rule in vars(module).values() if type(rule) is Rule)


def in_order(code: str) -> tuple[str, int, str]:
    """C2 before C10, D7 before D7w."""
    letter, number, half = re.fullmatch(r"([A-Z])(\d+)([a-z]*)", code).groups()
    return letter, int(number), half


RULES: dict[str, Rule] = {
    rule.code: rule for rule in sorted((*CHECKED, *elsewhere.RULES), key=lambda rule: in_order(rule.code))
}


def findings_for(record: PatientRecord, *, touching: set[tuple[str, UUID]] | None = None) -> list[Finding]:
    """Every broken rule of a record, or only those in which one of the rows (form, id) has a part."""
    found: Iterator[Finding] = (finding for rule in CHECKED for finding in rule.findings(record))
    return [finding for finding in found if touching is None or finding.touches(touching)]
