"""How long a patient was followed, whether they lived, and times to events as the record gives them."""

from decimal import ROUND_HALF_UP, Decimal

from outcomes.variables.chart import Chart, Row
from outcomes.variables.events import SECONDARY, first_day
from outcomes.variables.variable import coded, grouped, number
from registry.chart import FORMS
from registry.derived.follow_up import in_months
from registry.derived.of_chart import counts_for_cox
from registry.models import VitalStatus

DAYS_A_YEAR = Decimal("365.25")
# Times to events that a freeze takes from the record where the study types none of the name.
SURVIVAL = "survival"
TIMES = {SURVIVAL: "Death", SECONDARY: "First secondary procedure"}

VARIABLES = grouped(
    FORMS["vital_status"].title,
    coded("vital_status", "Vital status", VitalStatus.Status.choices[:2]),
    number("follow_up_days", "Follow-up", "days"),
    number("follow_up_months", "Follow-up", "months"),
    number("follow_up_years", "Follow-up", "years"),
)


def of(chart: Chart) -> dict:
    days, died = chart.followed, chart.has_died
    months = in_months(days)
    return {
        "vital_status": None if died is None else "deceased" if died else "alive",
        "follow_up_days": days,
        "follow_up_months": None if days is None else rounded(months, "0.1"),
        "follow_up_years": None if days is None else rounded(Decimal(days) / DAYS_A_YEAR, "0.01"),
    }


def rounded(value: Decimal, step: str) -> Decimal:
    return value.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def survival(chart: Chart) -> tuple[int, bool] | None:
    """Days to death, or to the last contact of a patient who is not known to have died; None where no day is known."""
    if chart.followed is None or (chart.has_died and chart.death is None):
        return None
    return chart.followed, bool(chart.has_died)


def to_secondary_procedure(chart: Chart, *, for_pain: bool = False) -> tuple[int, bool] | None:
    """Days to the first secondary procedure, or to the end of a follow-up that is known to have had none.

    for_pain: those alone that were done for unresolved pain.
    """
    rows = [row for row in chart.all(SECONDARY) if not for_pain or counts_for_cox(row)]
    test = counts_for_cox if for_pain else anything
    happened = chart.happened(SECONDARY, test)
    if happened:
        day = first_day(chart, rows)
        return None if day is None or unsure(chart, test) else (day, True)
    return (chart.followed, False) if happened is False and chart.followed is not None else None


def anything(row: Row) -> bool:
    return True


def unsure(chart: Chart, test) -> bool:
    """Whether one of the secondary procedures may or may not count: it may have been the first."""
    return any(test(row) is None for row in chart.all(SECONDARY))
