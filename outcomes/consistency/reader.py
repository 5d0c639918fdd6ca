"""Reads a file of printed figures: what is printed and how it belongs together, nothing that somebody concluded.

The form is figures.schema.json, in words in docs/consistency.md. Not read, and counted: records of another kind than
result, records whose confidence is low, and every field whose `<field>_status` is inferred. Notes are never looked at.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from outcomes.consistency.printed import Printed
from outcomes.consistency.scales import Scale
from registry.strict_json import NotStrictJSON, read_json

SCHEMA = json.loads((Path(__file__).parent / "figures.schema.json").read_text("utf-8"))
LARGEST = 1_000_000  # characters of one file
NUMBERS = ("percent", "mean", "sd", "spread", "median", "q1", "q3", "min", "max")
COUNTS = ("n", "denominator", "n_group")
_VALIDATOR = Draft202012Validator(SCHEMA)


class FiguresError(ValueError):
    """Figures that cannot be read: which record, which field, what it says, and the rule it breaks."""

    def __init__(self, *, record: str, field: str, value: object, rule: str):
        said = f"{field} = {_short(value)}" if field else _short(value)
        super().__init__(f"{record}: {said} {rule}")
        self.record, self.field, self.value, self.rule = record, field, value, rule


@dataclass(frozen=True, kw_only=True)
class PrintedP:
    """A printed p: its sign of comparison and its number."""

    op: str
    number: Printed

    def __str__(self) -> str:
        return f"p {self.op} {self.number}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One place where something is printed. `place` is its position in the file; what is not printed is absent."""

    place: int
    id: str
    paper: str
    location: str
    variable: str
    subgroup: str
    timepoint: str
    numbers: Mapping[str, Printed]
    counts: Mapping[str, int]
    p: PrintedP | None = None
    comparator: str = ""
    unit: str = ""

    @property
    def family(self) -> str:
        return self.variable.partition(".")[0]

    @property
    def member(self) -> str:
        return self.variable.partition(".")[2]

    @property
    def what(self) -> tuple[str, str, str, str]:
        """The same for every place where the same thing is printed."""
        return self.paper, self.variable, self.subgroup, self.timepoint


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All figures of a file, in its order. left_out: how many records and fields were not read, by reason."""

    figures: tuple[Figure, ...]
    software: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    def of(self, paper: str) -> "Figures":
        """Those of one paper."""
        kept = tuple(figure for figure in self.figures if figure.paper == paper)
        return Figures(figures=kept, software=self.software, scales=self.scales, left_out=self.left_out)

    @property
    def papers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(figure.paper for figure in self.figures))


def read_figures(text: str) -> Figures:
    """The figures in a JSON text. Raises FiguresError, in words for whoever wrote the text."""
    document = _parsed(text)
    error = min(_VALIDATOR.iter_errors(document), key=lambda error: [*map(str, error.absolute_path)], default=None)
    if error:
        raise _in_words(error, document)
    records = document["records"]
    repeated = [name for name, times in Counter(record["id"] for record in records).items() if times > 1]
    if repeated:
        raise FiguresError(record=repeated[0], field="id", value=repeated[0], rule="stands more than once in the file")
    left_out = Counter(reason for record in records for reason in _not_read(record))
    kept = [_figure(place, record) for place, record in enumerate(records) if not _unread(record)]
    papers = document.get("papers", {})
    return Figures(
        figures=tuple(kept),
        software={name: about["software"] for name, about in papers.items() if about.get("software")},
        scales={name: _scale(name, about) for name, about in document.get("scales", {}).items()},
        left_out=dict(sorted(left_out.items())),
    )


def _parsed(text: str) -> Any:
    if len(text) > LARGEST:
        rule = f"is longer than {LARGEST} characters, the most that is read at once"
        raise FiguresError(record="The file", field="", value=f"{len(text)} characters", rule=rule)
    try:
        return read_json(text.removeprefix("\ufeff"), parse_float=Decimal)
    except NotStrictJSON as error:
        rule = f"is not JSON, or cannot be read: {error}"
        raise FiguresError(record="The file", field="", value=text[:40], rule=rule) from error


def _unread(record: Mapping) -> str:
    if record.get("kind", "result") != "result":
        return f"kind {record['kind']}"
    return "confidence low" if record.get("confidence") == "low" else ""


def _not_read(record: Mapping) -> list[str]:
    return [_unread(record)] if _unread(record) else [f"inferred {name}" for name in sorted(_inferred(record))]


def _inferred(record: Mapping) -> set[str]:
    values = record["values"]
    return {name for name in values if values.get(f"{name}_status") == "inferred"}


def _figure(place: int, record: Mapping) -> Figure:
    hidden = _inferred(record)
    values = {name: value for name, value in record["values"].items() if value is not None and name not in hidden}
    return Figure(
        place=place,
        **{name: record[name] for name in ("id", "paper", "variable")},
        location=record.get("location", ""),
        subgroup=record.get("subgroup", "all"),
        timepoint=record.get("timepoint", ""),
        numbers={name: _number(record, name, values[name]) for name in NUMBERS if name in values},
        counts={name: int(values[name]) for name in COUNTS if name in values},
        p=_p(record, values.get("p")),
        comparator=values.get("comparator", ""),
        unit=values.get("unit", ""),
    )


def _number(record: Mapping, name: str, value: Any) -> Printed:
    try:
        number = Printed.of(value)
    except ValueError:
        rule = "has too many digits to be a printed number"
        raise FiguresError(record=record["id"], field=f"values.{name}", value=value, rule=rule) from None
    if name == "percent" and not 0 <= number.value <= 100:
        raise FiguresError(record=record["id"], field="values.percent", value=value, rule="is not within 0 to 100")
    if name in ("sd", "spread") and number.value < 0:
        raise FiguresError(record=record["id"], field=f"values.{name}", value=value, rule="is below 0")
    return number


def _p(record: Mapping, said: Any) -> PrintedP | None:
    """The digits are those of the text, where it has the number: 0.30 in the text is not 0.3."""
    if said is None or said["op"] is None or said["value"] is None:
        return None
    number = _number(record, "p", said["value"])
    digits = (said.get("text") or "").lstrip("<>= p")
    if digits.startswith("."):
        digits = f"0{digits}"
    try:
        texted = Printed.of(digits)
    except ValueError:
        texted = number
    if not 0 <= number.value <= 1:
        raise FiguresError(record=record["id"], field="values.p", value=said["value"], rule="is not within 0 to 1")
    return PrintedP(op=said["op"], number=texted if texted.value == number.value else number)


def _scale(name: str, about: Mapping) -> Scale:
    low, high, step = (
        _number({"id": f"scale {name}"}, key, about[key]).value for key in ("minimum", "maximum", "step")
    )
    if step <= 0 or low > high:
        rule = "needs a step above 0 and a minimum that is not above the maximum"
        raise FiguresError(record=f"scale {name}", field="step", value=about["step"], rule=rule)
    return Scale(low=low, high=high, step=step)


def _in_words(error: ValidationError, document: Any) -> FiguresError:
    path = [*error.absolute_path]
    dotted = ".".join(map(str, path))
    if len(path) < 2 or path[0] != "records":
        return FiguresError(record="The file", field=dotted, value=error.instance, rule=_rule(error))
    record = document["records"][path[1]]
    name = record.get("id") if isinstance(record, Mapping) else None
    told = name if isinstance(name, str) and name else f"record number {path[1] + 1}"
    return FiguresError(record=told, field=".".join(map(str, path[2:])), value=error.instance, rule=_rule(error))


def _rule(error: ValidationError) -> str:
    return {
        "required": f"lacks a key: {error.message}",
        "type": f"is not of type {error.validator_value}",
        "anyOf": "is not a number as it is printed" if "description" in error.schema else "is not of the right form",
        "enum": f"is not one of {error.validator_value}",
        "minimum": f"is below {error.validator_value}",
        "maximum": f"is above {error.validator_value}",
        "maxItems": f"has more than {error.validator_value} records",
    }.get(error.validator, f"breaks the rule {error.validator} {error.validator_value}")


def _short(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
