"""What follows from a patient's record as a whole, in words: nothing of it is stored, and nothing is asked again."""

from collections.abc import Iterator
from decimal import Decimal

from registry.derived.msts import HIGHEST, msts_change_points, msts_change_pp, msts_percent
from registry.derived.of_chart import first_secondary_day, mme_per_day, prior_local_rt_of
from registry.derived.opioid_use import is_never_user, opioid_change
from registry.derived.pain import pain_mcid_met
from registry.derived.response import is_responder
from registry.derived.visit_roles import final_visit
from registry.grid import Grid
from registry.models import FollowUpVisit, Timepoint
from registry.rules import plain

Lines = Iterator[tuple[str, str]]


def what_follows(grid: Grid, rows: dict) -> list[tuple[str, str]]:
    """(what, value) of an index procedure: secondary procedures, radiation before, the final visit, pain, opioids."""
    there = [column.visit for column in grid.columns if column.visit and column.visit.day is not None]
    visits = sorted(there, key=lambda visit: visit.day)
    before = [visit for visit in visits if is_baseline(visit)]
    after = [visit for visit in visits if not is_baseline(visit)]
    response = pain(before, after)
    return [*secondary(grid), *radiation(grid, rows), *final(before, after), *response, *opioids(before, after, rows)]


def is_baseline(visit: FollowUpVisit) -> bool:
    """Planned before the procedure, or unscheduled and before its day."""
    return visit.timepoint.kind == Timepoint.Kind.BASELINE if visit.timepoint else visit.day < 0


def score_of(visit: FollowUpVisit, key: str) -> Decimal | None:
    return next((score.value for score in visit.scores.all() if score.instrument.key == key), None)


def secondary(grid: Grid) -> Lines:
    """The day of the first secondary procedure, where there was one."""
    if any(event.kind == "secondary_procedure" for event in grid.events):
        day = first_secondary_day(grid.events, grid.procedure)
        yield "First secondary procedure", "day not known" if day is None else f"day {day}"


def radiation(grid: Grid, rows: dict) -> Lines:
    """Whether the sacrum was irradiated before, where the form of radiation was opened."""
    courses = rows.get(("radiation", grid.procedure.patient_id), [])
    if courses:
        prior = prior_local_rt_of([each for each in courses if not each.unavailable], grid.procedure)
        unknown = any(each.unavailable not in (None, "not_applicable") for each in courses)
        answer = None if unknown and not prior else prior
        yield "Sacrum irradiated before", "not known" if answer is None else "yes" if answer else "no"


def final(before: list[FollowUpVisit], after: list[FollowUpVisit]) -> Lines:
    """The latest visit with an MSTS, its day, and the change from the last one before the procedure."""
    visit = final_visit((each, each.day, score_of(each, "msts") is not None) for each in after)
    if visit is None:
        return
    was, now = latest(before, "msts"), score_of(visit, "msts")
    label = visit.timepoint.label if visit.timepoint else "unscheduled"
    words = f"{label}, day {visit.day}: {plain(now)} of {HIGHEST} ({msts_percent(now)} %)"
    points = msts_change_points(was, now)
    if points is not None:
        words += f"; {points:+.0f} points, {msts_change_pp(was, now):+} percentage points of the maximum"
    yield "Final visit with an MSTS", words


def pain(before: list[FollowUpVisit], after: list[FollowUpVisit]) -> Lines:
    """The latest pain against the last one before the procedure, and the response on the four-level scale."""
    was, now = latest(before, "pain"), latest(after, "pain")
    if was is not None and now is not None:
        met = ("yes" if pain_mcid_met(was, now, rule="abs2") else "no"), pain_mcid_met(was, now, rule="pct30")
        percent = "no percent of 0" if met[1] is None else "yes" if met[1] else "no"
        yield "Pain", f"{plain(was)} to {plain(now)}; less by 2 points: {met[0]}, by 30 %: {percent}"
    level = latest(after, "fourp")
    if level is not None:
        yield "Response (four-level scale)", "yes" if is_responder(int(level)) else "no"


def latest(visits: list[FollowUpVisit], key: str) -> Decimal | None:
    """The last score that is a number."""
    return next((score for visit in reversed(visits) if (score := score_of(visit, key)) is not None), None)


def opioids(before: list[FollowUpVisit], after: list[FollowUpVisit], rows: dict) -> Lines:
    """The dose at the latest visit at which it is known, against the last one known before the procedure."""
    was, now = latest_dose(before, rows), latest_dose(after, rows)
    if was is None or now is None:
        return
    change = "never used" if is_never_user(was, now) else opioid_change(was, now)
    yield "Opioid dose", f"{change}: {plain(was)} to {plain(now)} MME a day (25 % of the dose before, or more)"


def latest_dose(visits: list[FollowUpVisit], rows: dict) -> Decimal | None:
    return next((dose for visit in reversed(visits) if (dose := dose_at(visit, rows)) is not None), None)


def dose_at(visit: FollowUpVisit, rows: dict) -> Decimal | None:
    """MME a day at a visit; None where it is not known."""
    lines = [line for line in rows.get(("opioid_line", visit.pk), []) if not line.unavailable]
    details = next((row for row in rows.get(("visit_details", visit.pk), []) if not row.unavailable), None)
    score = score_of(visit, "opioid")
    return mme_per_day(lines, any_opioid=None if score is None else bool(score), details=details)
