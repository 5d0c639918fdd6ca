"""Timepoints and their windows, per schedule; the published schedules are shipped as data."""

import json
from datetime import date, timedelta
from pathlib import Path

DEFINITIONS: list[dict] = json.loads((Path(__file__).parent / "definitions" / "schedules.json").read_text("utf-8"))


def install(schedule_model, timepoint_model) -> None:
    """Add the shipped schedules that are absent; what is there is left as it is."""
    for definition in DEFINITIONS:
        schedule, made = schedule_model.objects.get_or_create(
            slug=definition["slug"], defaults={"name": definition["name"]}
        )
        if made:
            for timepoint in definition["timepoints"]:
                timepoint_model.objects.create(schedule=schedule, **timepoint)


def day_of(visited_on: date | None, visited_precision, performed_on: date | None, performed_precision) -> int | None:
    """Days from the procedure to the visit; None unless both dates are known to the day."""
    if None in (visited_on, performed_on) or visited_precision != "day" or performed_precision != "day":
        return None
    return (visited_on - performed_on).days


def window_of(timepoint, day: int | None) -> str:
    """Whether a visit on `day` lies in the timepoint's window: inside, outside or unknown."""
    if timepoint is None or day is None or not timepoint.has_window:
        return "unknown"
    return "inside" if timepoint.opens_on_day <= day <= timepoint.closes_on_day else "outside"


def window_words(timepoint, performed_on: date | None, performed_precision) -> str:
    """A window as people read it: '2020-10-02 to 2020-11-16 (day 21 to 66)'; dates only where day 0 is known."""
    if not timepoint.has_window:
        return ""
    days = f"day {timepoint.opens_on_day} to {timepoint.closes_on_day}"
    if performed_precision != "day":
        return days
    opens, closes = (performed_on + timedelta(day) for day in (timepoint.opens_on_day, timepoint.closes_on_day))
    return f"{opens} to {closes} ({days})"


def timepoint_for(timepoints, day: int | None):
    """The timepoint whose window holds the day; where windows overlap, the nearest target, then the earlier one."""
    fitting = [timepoint for timepoint in timepoints if window_of(timepoint, day) == "inside"]
    return min(fitting, key=lambda timepoint: (abs((timepoint.target_day or 0) - day), timepoint.order), default=None)
