"""Opioids: the dose before the procedure and at the last visit that tells it, and how use changed."""

from outcomes.variables.answers import NO_ANSWER
from outcomes.variables.chart import Chart, Row
from outcomes.variables.variable import coded, grouped, number
from registry.chart import FORMS
from registry.derived.of_chart import mme_per_day
from registry.derived.opioid_use import opioid_change
from registry.models import VisitDetails

LINE, DETAILS = "opioid_line", "visit_details"
BASELINE, FOLLOW_UP = "baseline", "follow_up"
CHANGES = [each for each in VisitDetails.Change.choices if each[0] not in NO_ANSWER]

VARIABLES = grouped(
    FORMS[LINE].title,
    number("mme_before", "MME a day before the procedure", "mg"),
    number("mme_last", "MME a day at the last visit that tells it", "mg"),
    coded("opioid_change", "Opioid use against before", CHANGES),
)


def of(chart: Chart) -> dict:
    if not chart.all(LINE) and not chart.all(DETAILS):
        return {}
    before, after = doses(chart, BASELINE), doses(chart, FOLLOW_UP)
    told = [change for visit in visits(chart, FOLLOW_UP) if (change := change_said(chart, visit))]
    by_dose = opioid_change(before[-1], after[-1]) if before and after else "unknown"
    change = told[-1] if told else by_dose
    return {
        "mme_before": before[-1] if before else None,
        "mme_last": after[-1] if after else None,
        "opioid_change": None if change == "unknown" else change,
    }


def doses(chart: Chart, kind: str) -> list:
    """MME a day at the visits of a kind, in order, of those that tell it."""
    return [dose for visit in visits(chart, kind) if (dose := mme(chart, visit)) is not None]


def change_said(chart: Chart, visit: Row) -> str:
    """What the chart says of the change at a visit; empty where it says nothing."""
    said = [row.opioid_change for row in of_visit(chart, DETAILS, visit)]
    return next((code for code in said if code not in NO_ANSWER), "")


def visits(chart: Chart, kind: str) -> list[Row]:
    """The visits of a kind, in order of their days; one whose day is not known comes first."""
    mine = [visit for visit in chart.visits if visit.timepoint__kind == kind]
    return sorted(
        mine, key=lambda visit: (visit.day is not None, visit.day or 0, visit.timepoint__order, str(visit.pk))
    )


def mme(chart: Chart, visit: Row):
    details = of_visit(chart, DETAILS, visit)
    lines = of_visit(chart, LINE, visit)
    return mme_per_day(lines, any_opioid=chart.on_opioid.get(visit.pk), details=details[0] if details else None)


def of_visit(chart: Chart, form: str, visit: Row) -> list[Row]:
    return [row for row in chart.all(form) if row.visit_id == visit.pk]
