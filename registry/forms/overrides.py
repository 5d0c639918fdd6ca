"""Reasons for what the rules warn of: one field a rule, where somebody says why the value is right all the same."""

from collections.abc import Iterable, Mapping

from django import forms

from registry.errors import Problem
from registry.rules import RULES, Severity

PREFIX = "override_"
LONGEST = 300


def sent_overrides(data: Mapping[str, str]) -> dict[str, forms.Field]:
    """A field for each reason that was sent for a rule that warns."""
    codes = [name.removeprefix(PREFIX) for name in data if name.startswith(PREFIX)]
    return {f"{PREFIX}{code}": override_field() for code in codes if code in RULES and warns(code)}


def warns(code: str) -> bool:
    return RULES[code].severity is Severity.WARN


def override_field(label: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LONGEST)


def overrides_in(cleaned: Mapping[str, object]) -> dict[str, str]:
    """{rule code: reason} of those that were given."""
    given = {name.removeprefix(PREFIX): text for name, text in cleaned.items() if name.startswith(PREFIX)}
    return {code: text for code, text in given.items() if text}


def asked_overrides(problems: Iterable[Problem]) -> dict[str, forms.Field]:
    """A field for each rule that warns, which says what it warns of."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        if problem.warning:
            said.setdefault(problem.rule, []).append(problem.message)
    return {f"{PREFIX}{code}": override_field(f"{' '.join(messages)} [{code}]") for code, messages in said.items()}
