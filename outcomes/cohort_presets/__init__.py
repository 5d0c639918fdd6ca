"""Eligibility as the papers state it, as the beginning of a cohort's rule: one JSON file a paper.

Each answers every criterion of registry/definitions/eligibility.json for its schedule: with the part of a rule that
asks the same of the record, or with why the record cannot be asked, so that the screening log has to be.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from registry.screening import DEFINITIONS

HERE = Path(__file__).parent
NAMES = ("clunk", "cox", "gupta", "singh")


@dataclass(frozen=True)
class Judged:
    """A criterion of the paper that no variable of the record answers, and why."""

    text: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A paper's eligibility. `rule` is where a cohort starts; `judged` is what only the screening log can say."""

    name: str
    title: str
    source: str
    rule: Mapping
    judged: tuple[Judged, ...]


def presets() -> list[Preset]:
    """All of them, in the order in which they are offered."""
    return [preset(name) for name in NAMES]


@cache
def preset(name: str) -> Preset:
    """One preset; KeyError for a name that is none."""
    if name not in NAMES:
        raise KeyError(name)
    raw = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    stated = DEFINITIONS[raw["schedule"]]
    texts = {each["code"]: each["text"] for each in stated["criteria"]}
    rule = dict(raw["rule"]) | {side: list(asked(raw, side)) for side in ("include", "exclude")} | {"preset": name}
    return Preset(
        name=name,
        title=raw["title"],
        source=stated["source"],
        rule=rule,
        judged=tuple(Judged(texts[code], each["judged"]) for code, each in raw["criteria"].items() if "judged" in each),
    )


def asked(raw: Mapping, side: str) -> Iterator[dict]:
    """What the record is asked, on one side of the rule."""
    for each in raw["criteria"].values():
        yield from each.get(side, [])
