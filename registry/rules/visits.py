"""Rules of one visit in itself: whose it is, when it was, what its scores may be."""

from collections.abc import Iterator
from decimal import Decimal

from registry.addresses import Address
from registry.models import Instrument, Timepoint
from registry.models.dates import Precision
from registry.rules.dates import Moment
from registry.rules.numbers import MOST_DECIMALS, plain
from registry.rules.record import ProcedureRecord, VisitRecord
from registry.rules.rule import Found, Said, of_each_procedure, of_each_visit, refuses

VISIT = ("visit",)
SIDE = ("visit_on_its_side_of_the_procedure", "procedure_not_after_its_follow_up")


@refuses(
    "V3", forms=VISIT, fields=("missed", "visited_on", "timepoint"), evidence="P",
    wording="A visit that was missed was planned, and has no date and no scores.",
    constraints=("a_missed_visit_has_no_date", "a_missed_visit_was_planned"),
)  # fmt: skip
@of_each_visit
def missed_and_held(visit: VisitRecord) -> Iterator[Said]:
    row = visit.visit
    if not row.missed:
        return
    if row.visited_on or row.day is not None:
        yield Said("visited_on", str(row.visited_on or row.day), "A visit that was missed has no date.")
    if row.timepoint is None:
        yield Said("timepoint", "", "Only a planned visit can be missed: say which timepoint.")
    if visit.numbers:
        yield Said("missed", str(row.missed), "A visit that was missed has no scores.")


@refuses(
    "V4", forms=VISIT, fields=("visited_on",), evidence="P", constraints=("visit_date_with_precision",),
    wording="A date stands with its precision (day, month or year), and a precision with its date.",
)  # fmt: skip
@of_each_visit
def date_without_precision(visit: VisitRecord) -> Iterator[Said]:
    row = visit.visit
    if bool(row.visited_on) != bool(row.visited_precision):
        yield Said("visited_on", str(row.visited_on), f"Say whether the date is {', '.join(Precision.values)}.")


@refuses(
    "D3", forms=("visit", "procedure"), fields=("visited_on", "day", "timepoint"), evidence="P", constraints=SIDE,
    wording="A follow-up is not before its procedure, a baseline not after it.",
)  # fmt: skip
@of_each_visit
def on_the_wrong_side(visit: VisitRecord) -> Iterator[Said]:
    side, row = side_of_procedure(visit), visit.visit
    if row.timepoint is None or side is None:
        return
    given = ("visited_on", str(row.visited_on)) if row.visited_on else ("day", str(row.day))
    when = row.procedure.performed_on or "day 0"
    if row.timepoint.kind == Timepoint.Kind.FOLLOW_UP and side < 0:
        yield Said(
            *given, f"A follow-up cannot be before its procedure ({when}). Check the date, or choose a baseline."
        )
    if row.timepoint.kind == Timepoint.Kind.BASELINE and side > 0:
        yield Said(*given, f"A baseline cannot be after its procedure ({when}). Check the date, or choose a follow-up.")


def side_of_procedure(visit: VisitRecord) -> int | None:
    """-1 before the procedure, 0 on its day, 1 after it, None where not known."""
    when, performed, day = visit.when, Moment.of(visit.visit.procedure, "performed"), visit.visit.day
    if when is not None and performed is not None:
        return when.after(performed) - when.before(performed)
    return None if day is None else (day > 0) - (day < 0)


@refuses(
    "D8", forms=VISIT, fields=("window_reason",), evidence="P", constraints=("out_of_window_has_a_reason",),
    wording="A visit outside the window of its timepoint is kept, flagged, with the reason why it was.",
)  # fmt: skip
@of_each_visit
def out_of_window_without_reason(visit: VisitRecord) -> Iterator[Said]:
    row = visit.visit
    if row.window == "outside" and not row.window_reason:
        window = f"{row.timepoint.opens_on_day} to {row.timepoint.closes_on_day}"
        message = f"Day {row.day} is outside the window of {row.timepoint.label} (days {window}). Say why."
        yield Said("window_reason", "", message)


@refuses(
    "V7", forms=VISIT, fields=("timepoint",), evidence="P", constraints=("one_asserted_visit_per_timepoint",),
    wording="Two visits are not both the one of the same timepoint (D8): one is unscheduled, or placed by its date.",
)  # fmt: skip
@of_each_procedure
def two_of_one_timepoint(procedure: ProcedureRecord) -> Iterator[Found]:
    first: dict = {}
    for visit in procedure.visits:
        row = visit.visit
        if row.timepoint is not None and row.timepoint_asserted and first.setdefault(row.timepoint.pk, row) is not row:
            message = "A visit is recorded for this timepoint already; correct that one."
            other = ("visit", first[row.timepoint.pk].pk)
            yield Found(Address("visit", row.pk, "timepoint"), row.timepoint.label, message, beside=(other,))


@refuses(
    "P4", forms=VISIT, fields=("fourp",), evidence="S",
    wording="An instrument that compares with before the procedure (the four-level pain scale) has no baseline.",
)  # fmt: skip
@of_each_visit
def comparison_with_itself(visit: VisitRecord) -> Iterator[Said]:
    if visit.is_baseline:
        for key, value in visit.scores.items():
            instrument = visit.instruments[key]
            if not instrument.at_baseline:
                yield Said(key, str(value), f"{instrument.name} is not asked at baseline.")


@refuses(
    "V5", forms=VISIT, fields=("any score",), evidence="P",
    wording=f"A score is a number with {MOST_DECIMALS} decimals at most: not NaN, not infinite.",
)  # fmt: skip
@of_each_visit
def no_storable_number(visit: VisitRecord) -> Iterator[Said]:
    for key, value in visit.scores.items():
        if type(value) is Decimal and not storable(value):
            yield Said(key, str(value), f"Give a number with {MOST_DECIMALS} decimals at most.")


def storable(value: Decimal) -> bool:
    return value.is_finite() and -value.as_tuple().exponent <= MOST_DECIMALS


@refuses(
    "V1", forms=VISIT, fields=("any score",), evidence="V", constraints=("score_within_its_instrument",),
    wording="A score lies within the range of its instrument.",
)  # fmt: skip
@of_each_visit
def out_of_range(visit: VisitRecord) -> Iterator[Said]:
    for key, value in visit.numbers.items():
        instrument = visit.instruments[key]
        if not instrument.minimum <= value <= instrument.maximum and storable(value):
            low, high = plain(instrument.minimum), plain(instrument.maximum)
            yield Said(key, plain(value), f"{instrument.name} runs from {low} to {high}.")


@refuses(
    "V2", forms=VISIT, fields=("any score",), evidence="V", constraints=("score_within_its_instrument",),
    wording="A score lies on a step of its instrument: whole numbers where it has no halves.",
)  # fmt: skip
@of_each_visit
def off_the_step(visit: VisitRecord) -> Iterator[Said]:
    for key, value in visit.numbers.items():
        instrument = visit.instruments[key]
        if is_off_step(value, instrument) and storable(value):
            yield Said(key, plain(value), f"{instrument.name} goes in steps of {plain(instrument.step)}.")


def is_off_step(value: Decimal, instrument: Instrument) -> bool:
    """Whether a value within the range lies between two steps."""
    within = instrument.minimum <= value <= instrument.maximum
    return within and (value - instrument.minimum) % instrument.step != 0
