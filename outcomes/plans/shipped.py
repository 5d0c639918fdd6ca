"""The plans that come with the program: those of the published papers, and the default plan of a new site."""

import json
from functools import cache
from pathlib import Path

from outcomes.plans.errors import PlanError

FOLDER = Path(__file__).with_name("published")
NAMES = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text("utf-8")


def shipped(name: str) -> dict:
    """A shipped plan's document, as check_plan takes it. PlanError for a name that is none."""
    if name not in NAMES:
        raise PlanError(analysis="plan", field="name", value=name, rule=f"is not one of {', '.join(NAMES)}")
    return json.loads(_text(name))
