"""What the engine is asked: the instruments' overview, adjusted comparisons, and the published Clunk plan."""

from collections.abc import Mapping

from outcomes.plans.fit import fit
from outcomes.plans.overview import overview
from outcomes.plans.shipped import shipped
from tests.bench.parts.registry import ARM, ARMS, TIMEPOINTS

FIRST, LAST = TIMEPOINTS[0], TIMEPOINTS[-1]


def clunk(manifest: Mapping) -> tuple[list[tuple[str, dict]], int]:
    """(part, entry) each, and how many of the published plan's name what the synthetic registry does not keep."""
    fitted = fit(shipped("clunk2025"), manifest)
    parts = {
        "overview": overview(manifest)["analyses"], "adjusted": adjusted(manifest),
        "published": fitted.plan["analyses"],
    }  # fmt: skip
    return [(part, entry) for part, entries in parts.items() for entry in entries], len(fitted.left_out)


def adjusted(manifest: Mapping) -> list[dict]:
    """For each instrument the arms at the last visit, adjusted for the first."""
    return [
        {
            "id": f"{key}_adjusted",
            "type": "ancova",
            "instrument": key,
            "pre": FIRST,
            "post": LAST,
            "group": ARM,
            "group_level": ARMS[0],
            "covariates": [],
        }
        for key in manifest["instruments"]
    ]
