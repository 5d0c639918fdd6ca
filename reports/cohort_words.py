"""A cohort's rule in words, and what changed from one version to the next."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from outcomes import criteria
from outcomes.cohort_actions import Version
from outcomes.cohort_presets import NAMES, preset
from outcomes.criteria.words import period_in_words
from reports import wording
from reports.cohort_variables import Offered, of_name

ROWS = {
    ("index", "patient"): "each patient, by the index procedure",
    ("index", "procedure"): "each index procedure",
    ("index", "fracture"): "each fracture or lesion, by the index procedure",
    ("all", "procedure"): "each procedure of each patient",
}
UNKNOWN = {"out": "Where nothing is recorded: left out, counted apart.", "in": "Where nothing is recorded: stays in."}
KNOWN_EITHER_WAY = ("known", "unknown")


@dataclass(frozen=True)
class Line:
    """One sentence of a rule: under which heading, what it says, what becomes of the unknown."""

    heading: str
    words: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class VersionTold:
    """A version with what it put in, and took out, of the one before."""

    number: int
    name: str
    who: str
    at: datetime
    put_in: tuple[str, ...]
    taken_out: tuple[str, ...]
    lines: tuple[Line, ...]


def lines_of(rule: Mapping, variables: Mapping[str, Offered]) -> tuple[Line, ...]:
    """The rule, a line each."""
    return tuple(told(criteria.parse(rule), variables))


def told(rule: criteria.Rule, variables: Mapping[str, Offered]) -> Iterator[Line]:
    yield Line("One row for", ROWS[rule.procedures, rule.unit])
    if rule.sites:
        yield Line("Sites", wording.listed(rule.sites))
    if rule.performed:
        undated = "Where the date is not known well enough: "
        detail = undated + ("stays in." if rule.performed.unknown == "in" else "left out, counted apart.")
        yield Line("Period", period_in_words(rule.performed), detail)
    for each in rule.criteria:
        heading = "Included" if each.kind == "include" else "Excluded"
        detail = "" if each.op in KNOWN_EITHER_WAY else UNKNOWN[each.unknown]
        yield Line(heading, criteria.in_words(each, variables), detail)
    if rule.arm:
        yield Line("Arms", of_name(rule.arm, variables).label)
    if rule.subgroups:
        yield Line("Subgroups", wording.listed(of_name(name, variables).label for name in rule.subgroups))
    if rule.preset in NAMES:
        yield Line("Begun from", preset(rule.preset).title)


def history(versions: Sequence[Version], variables: Mapping[str, Offered]) -> list[VersionTold]:
    """Each version, the newest first, with what it changed."""
    shown = []
    for place, version in enumerate(versions):
        before = versions[place + 1] if place + 1 < len(versions) else None
        now, was = sentences(version, variables), sentences(before, variables) if before else []
        shown.append(
            VersionTold(
                number=version.number, name=version.name, who=version.who, at=version.at,
                put_in=tuple(line for line in now if line not in was) if before else (),
                taken_out=tuple(line for line in was if line not in now),
                lines=lines_of(version.rule, variables),
            )
        )  # fmt: skip
    return shown


def sentences(version: Version, variables: Mapping[str, Offered]) -> list[str]:
    """What a version says, a sentence each, its name and its purpose among them."""
    lines = [f"{line.heading}: {line.words}. {line.detail}".strip() for line in lines_of(version.rule, variables)]
    purpose = [f"For: {version.description}"] if version.description else []
    return [f"Name: {version.name}", *purpose, *lines]
