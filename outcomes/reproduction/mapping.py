"""Which result gives a printed number: the mapping of each paper, as data.

A mapping has `cohort` (the demonstration cohort's slug), `plan`, and `lines`. A line names a variable, a subgroup and a
timepoint (and a location, where the paper prints one thing in two ways) and, per field, where the number comes from:

    {"analysis": id, "path": "all.q1_t2"}                 as it stands in the payload
    {"analysis": id, "path": [...], "over": [...], ...}   a sum, divided by another sum
    {..., "times": "100/30"}                              and multiplied
    {..., "levels": [70, 79]}                             the counts of the levels from 70 to 79
    {"undetermined": reason, ...}                         not determined by the data; what is computed may stand beside

A path is dotted; `a~b` picks the pair of a and b from a list of pairs; [path, factor] is a term with a factor. `why`
says why the two differ where they do. `must_be_same` names the fields of a line that the demonstration has to print.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

from outcomes.reproduction.printed import Printed

FOLDER = Path(__file__).parent
PAPERS = ("clunk2025", "cox2025", "gupta2014")
IDENTITY = ("variable", "subgroup", "timepoint")


class Unmapped(LookupError):
    """A printed number for which there is no line, or more than one."""


class NotThere(LookupError):
    """A result without the number; the words say why."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Where one field's number comes from. source: as above; must: whether it has to be the same."""

    source: Mapping
    must: bool


@cache
def mapping(paper: str) -> dict:
    return json.loads((FOLDER / f"{paper}.json").read_text("utf-8"))


def line_for(printed: Printed, lines: Sequence[Mapping]) -> Line:
    """The one line that covers a printed number. Unmapped where there is none, or more than one."""
    found = [line for line in lines if covers(line, printed)]
    if len(found) != 1:
        raise Unmapped(f"{printed.record} {printed.field}: {len(found)} lines")
    return Line(source=found[0]["fields"][printed.field], must=printed.field in found[0].get("must_be_same", ()))


def covers(line: Mapping, printed: Printed) -> bool:
    return (
        all(line[name] == getattr(printed, name) for name in IDENTITY)
        and line.get("location", printed.location) == printed.location
        and printed.field in line["fields"]
    )


def number(source: Mapping, payload: Mapping) -> Fraction:
    """The number that a source names in a payload, exact. NotThere where the payload has none."""
    value = counted(source, payload) if "levels" in source else total(source["path"], payload)
    if "over" in source:
        below = total(source["over"], payload)
        if not below:
            raise NotThere("nobody to divide by")
        value /= below
    return value * factor(source.get("times", "1"))


def factor(text: str) -> Fraction:
    """A factor as it is written: "100", "100/30", "30.4375/7"."""
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below or "1")


def counted(source: Mapping, payload: Mapping) -> Fraction:
    """How many have a level within the source's."""
    first, last = source["levels"]
    counts = at(payload, source["path"])
    return Fraction(sum(each["x"] for level, each in counts.items() if first <= Fraction(level) <= last))


def total(path: str | Sequence, payload: Mapping) -> Fraction:
    """One path's number, or the sum of several, each with its factor."""
    if isinstance(path, str):
        return exact(at(payload, path), path)
    terms = [(term, 1) if isinstance(term, str) else term for term in path]
    return sum((exact(at(payload, each), each) * Fraction(times) for each, times in terms), Fraction(0))


def exact(value: object, path: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotThere(f"{path} is no number")
    return Fraction(str(value))


def at(payload: Mapping, path: str) -> object:
    """What stands at a dotted path. NotThere, with the payload's own reason where it gives one."""
    here: object = payload
    for name in path.split("."):
        below = pair_of(here, name) if isinstance(here, list) else here.get(name) if isinstance(here, Mapping) else None
        if below is None:
            raise NotThere(reason_in(here) or reason_in(payload) or f"the result has no {path}")
        here = below
    return here


def pair_of(pairs: Sequence[Mapping], name: str) -> Mapping | None:
    wanted = set(name.split("~"))
    return next((pair for pair in pairs if {pair.get("a"), pair.get("b")} == wanted), None)


def reason_in(part: object) -> str | None:
    reason = part.get("not_estimable") if isinstance(part, Mapping) else None
    return reason if isinstance(reason, str) else None
