"""What the published cohorts ask of a case, by the slug of their schedule; data, not code."""

import json
from pathlib import Path

from registry.rules.dates import Moment

DEFINITIONS: dict[str, dict] = json.loads(
    (Path(__file__).parent.parent / "definitions" / "study_periods.json").read_text("utf-8")
)


ADULT: dict[str, int] = {slug: each["minimum_age"] for slug, each in DEFINITIONS.items() if "minimum_age" in each}
PERIODS: dict[str, tuple[Moment, Moment]] = {
    slug: (Moment.read(each["from"]), Moment.read(each["to"])) for slug, each in DEFINITIONS.items() if "from" in each
}
