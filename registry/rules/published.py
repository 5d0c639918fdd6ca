"""The catalogue as it is published: on its page, by the API, by a command; one row a rule."""

import csv
import io

from registry.chart import FORMS
from registry.rules.catalogue import RULES
from registry.rules.rule import Rule, Severity

COLUMNS = ("code", "severity", "wording", "forms", "fields", "evidence", "enforced")
SEVERITIES = {Severity.REFUSE: "refuses", Severity.WARN: "asks for a reason"}
EVIDENCE = {
    "S": "stated in the papers", "V": "confirmed elsewhere", "K": "professional knowledge",
    "P": "proposed by this registry",
}  # fmt: skip


def as_row(rule: Rule) -> dict[str, object]:
    """What is published of a rule."""
    return {
        "code": rule.code, "severity": rule.severity.value, "wording": rule.wording, "forms": list(rule.forms),
        "fields": list(rule.fields), "evidence": rule.evidence, "enforced": list(rule.enforced),
    }  # fmt: skip


def catalogue() -> list[dict[str, object]]:
    """Every rule, by its code."""
    return [as_row(rule) for rule in RULES.values()]


def as_csv() -> str:
    """The catalogue as CSV: lists with a semicolon between their parts."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in catalogue():
        writer.writerow({name: "; ".join(value) if isinstance(value, list) else value for name, value in row.items()})
    return text.getvalue()


def title_of(form: str) -> str:
    """A form as people know it."""
    return FORMS[form].title if form in FORMS else form.replace("_", " ").capitalize()


def found_by(rule: Rule, words: str) -> bool:
    """Whether every word stands somewhere in what is published of a rule."""
    said = [rule.code, rule.wording, *rule.fields, *rule.forms, *map(title_of, rule.forms), *rule.enforced]
    text = " ".join(said).lower()
    return all(word in text for word in words.lower().split())
