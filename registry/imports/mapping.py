"""What the columns of a file mean, as a document that is kept with the batch and offered for the next file.

    {"columns": {"id":      {"target": "patient"},
                 "vas_pre": {"target": "score.pain", "timepoint": "preop", "missing": {"999": "not_recorded"}},
                 "gender":  {"target": "patient.sex", "values": {"1": "M", "2": "F"}}}}

A column that is not named is ignored. Rules: I15 the mapping does not fit the file or the study.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from registry.errors import Problem, Refused
from registry.imports.sheet import Sheet
from registry.imports.targets import FORM, INSTRUMENT, KEYS, PATIENT, TIMEPOINT, VALUE, Target, Targets
from registry.models import MissingReason

MOST_CODES = 500
LONGEST_CODE = 300


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What one column means. `timepoint`: of a column that holds the values of one; "" takes that of the row."""

    column: str
    target: Target
    timepoint: str = ""
    values: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """The meanings of a file's columns, in the order of the file."""

    meanings: list[Meaning]
    ignored: list[str]

    def of(self, key: str) -> Meaning | None:
        """The column that says this of a row: its patient, its timepoint."""
        return next((each for each in self.meanings if each.target.key == key), None)

    @property
    def answers(self) -> list[Meaning]:
        """The columns that hold values."""
        return [each for each in self.meanings if each.target.kind is not None]


def signature(sheet: Sheet) -> str:
    """A header, as files with the same columns have it in common."""
    return hashlib.sha256("\x1f".join(sorted(sheet.names)).encode()).hexdigest()


def read_mapping(document: object, *, sheet: Sheet, targets: Targets) -> Mapping:
    """A mapping that fits the file and the study; Refused with everything that does not."""
    columns = document.get("columns") if isinstance(document, dict) and set(document) <= {"columns"} else None
    if not isinstance(columns, dict):
        raise Refused([wrong("", "", 'A mapping is {"columns": {column: {"target": ...}}}.')])
    problems = [wrong(name, name, "The file has no such column.") for name in columns if name not in sheet.by_name]
    meanings = []
    for name in sheet.names:
        entry = columns.get(name)
        if entry:
            meaning = meaning_of(name, entry, targets, problems)
            meanings += [meaning] if meaning else []
    mapping = Mapping(meanings, [name for name in sheet.names if name not in {each.column for each in meanings}])
    problems += check_whole(mapping)
    if problems:
        raise Refused(problems)
    return mapping


def wrong(column: str, value: str, message: str) -> Problem:
    return Problem(rule="I15", field=column, value=str(value)[:100], message=message, where="mapping")


def meaning_of(column: str, entry: object, targets: Targets, problems: list[Problem]) -> Meaning | None:
    """One column's meaning; None where it is ignored, or wrong: then the problems say why."""
    known = {"target", "timepoint", "values", "missing"}
    if not isinstance(entry, dict) or not set(entry) <= known or not isinstance(entry.get("target", ""), str):
        problems.append(wrong(column, "", f"A column has {', '.join(sorted(known))} and nothing else."))
        return None
    if not entry.get("target"):
        return None
    target, found = targets.named(entry["target"]), []
    if target is None:
        problems.append(wrong(column, entry["target"], "The study has no such place. Choose one of the list."))
        return None
    values, missing = entry.get("values", {}), entry.get("missing", {})
    found += check_codes(column, values) + check_codes(column, missing)
    found += check_timepoint(column, entry.get("timepoint", ""), target, targets)
    if not found:
        found += check_reasons(column, missing, target)
    problems += found
    if found:
        return None
    return Meaning(column=column, target=target, timepoint=entry.get("timepoint", ""), values=values, missing=missing)


def check_codes(column: str, codes: object) -> list[Problem]:
    """Texts that stand for texts, not too many and not too long."""
    if not isinstance(codes, dict) or len(codes) > MOST_CODES:
        return [wrong(column, "", f"Codes are {{code: meaning}}, {MOST_CODES} at most.")]
    texts = [*codes, *codes.values()]
    if not all(isinstance(text, str) and len(text) <= LONGEST_CODE for text in texts):
        return [wrong(column, "", f"A code and its meaning are texts of {LONGEST_CODE} characters at most.")]
    return []


def check_timepoint(column: str, code: object, target: Target, targets: Targets) -> list[Problem]:
    if code == "":
        return []
    if not isinstance(code, str) or code not in targets.timepoints:
        return [wrong(column, code, f"The study has no such timepoint. It has: {', '.join(targets.timepoints)}.")]
    return [] if target.of_visit else [wrong(column, code, f"{target.label} has no timepoint.")]


def check_reasons(column: str, missing: dict[str, str], target: Target) -> list[Problem]:
    found = [
        wrong(column, reason, f"This is no reason for missing. There are: {', '.join(MissingReason.values)}.")
        for reason in missing.values()
        if reason not in MissingReason.values
    ]
    return found


def check_whole(mapping: Mapping) -> Iterator[Problem]:
    """What a mapping needs as a whole."""
    taken: dict[tuple[str, str], str] = {}
    for each in mapping.meanings:
        first = taken.setdefault((each.target.key, each.timepoint), each.column)
        if first != each.column:
            yield wrong(each.column, each.target.label, f"{first} is that already. Ignore one of the two.")
    if mapping.of(PATIENT) is None:
        yield wrong("", "", "Say which column is the study number of the patient.")
    if (mapping.of(INSTRUMENT) is None) != (mapping.of(VALUE) is None):
        yield wrong("", "", "A column of instruments and a column of their values go together.")
    if not any(each.target.key not in KEYS or each.target.key == VALUE for each in mapping.meanings):
        yield wrong("", "", "Say of at least one column which values it holds.")
    dated = any(each.target.key in (TIMEPOINT, "visit.visited_on") for each in mapping.meanings)
    for each in mapping.meanings:
        undated = each.target.of_visit or each.target.key == VALUE
        if undated and not each.timepoint and not dated:
            yield wrong(each.column, each.target.label, "Say of which timepoint, or which column says it.")
    if mapping.of(FORM) is None and mapping.of("instance") is not None:
        yield wrong(mapping.of("instance").column, "", "Say which column names the form that repeats.")
