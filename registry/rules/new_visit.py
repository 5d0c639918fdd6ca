"""A visit as somebody means to record it, and what is wrong with it in itself."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from django.db.models import Count

from registry.errors import Problem
from registry.models import Instrument, MissingReason, Procedure, Timepoint
from registry.models.dates import Precision
from registry.rules.dates import EARLIEST_DATE, compare_dates
from registry.rules.numbers import MOST_DECIMALS, plain
from registry.schedules import day_of, window_of


@dataclass(kw_only=True)
class NewVisit:
    """A visit as somebody means to record it. `scores` maps an Instrument to a Decimal or a MissingReason;
    `source` says where it was read (the columns of Provenance); what is not in it stays as it is."""

    procedure: Procedure
    timepoint: Timepoint | None
    timepoint_asserted: bool = True
    visited_on: date | None = None
    visited_precision: str | None = None
    day: int | None = None
    missed: str | None = None
    missed_comment: str = ""
    window_reason: str = ""
    scores: dict[Instrument, Decimal | MissingReason] = field(default_factory=dict)
    source: dict[str, object] = field(default_factory=dict)
    submission_key: UUID = field(default_factory=uuid4)
    where: str = ""
    fields: dict[str, str] = field(default_factory=dict, repr=False)

    def problem(self, rule: str, name: str, value, message: str) -> Problem:
        """A problem of this visit; `fields` renames a field to the column it came from."""
        return Problem(
            rule=rule, field=self.fields.get(name, name), value=str(value), message=message, where=self.where
        )

    def set_day(self) -> None:
        """Derive the day from the dates where both are exact."""
        derived = day_of(
            self.visited_on, self.visited_precision, self.procedure.performed_on, self.procedure.performed_precision
        )
        self.day = self.day if derived is None else derived

    @property
    def window(self) -> str:
        return window_of(self.timepoint, self.day)


def side_of_procedure(visit: NewVisit) -> int | None:
    """-1 before the procedure, 0 on its day, 1 after it, None where not known."""
    performed = visit.procedure
    if visit.visited_on and visit.visited_precision and performed.performed_on:
        return compare_dates(
            visit.visited_on, visit.visited_precision, performed.performed_on, performed.performed_precision
        )
    return None if visit.day is None else (visit.day > 0) - (visit.day < 0)


def check_side(visit: NewVisit) -> Iterable[Problem]:
    """D3: a follow-up is not before its procedure, a baseline not after it."""
    side = side_of_procedure(visit)
    given = ("visited_on", visit.visited_on) if visit.visited_on else ("day", visit.day)
    when = visit.procedure.performed_on or "day 0"
    if visit.timepoint is None or side is None:
        return
    if visit.timepoint.kind == Timepoint.Kind.FOLLOW_UP and side < 0:
        yield visit.problem(
            "D3", *given, f"A follow-up cannot be before its procedure ({when}). Check the date, or choose a baseline."
        )
    if visit.timepoint.kind == Timepoint.Kind.BASELINE and side > 0:
        yield visit.problem(
            "D3", *given, f"A baseline cannot be after its procedure ({when}). Check the date, or choose a follow-up."
        )


def check_patient(visit: NewVisit) -> Iterable[Problem]:
    """V9: nothing is added to a patient who was withdrawn, or to a procedure that was entered in error."""
    patient = visit.procedure.patient
    if patient.withdrawn_on is not None:
        yield visit.problem("V9", "timepoint", "", f"The patient was withdrawn on {patient.withdrawn_on}.")
    if patient.error_marked_at is not None or visit.procedure.error_marked_at is not None:
        yield visit.problem("V9", "timepoint", "", "The procedure is marked as entered in error.")


def check_when(visit: NewVisit, today: date) -> Iterable[Problem]:
    """D1: no visit in the future or before 1900; V3: a missed visit has no date."""
    if visit.missed and (visit.visited_on or visit.day is not None):
        yield visit.problem("V3", "visited_on", visit.visited_on or visit.day, "A visit that was missed has no date.")
    if visit.missed and visit.timepoint is None:
        yield visit.problem("V3", "timepoint", "", "Only a planned visit can be missed: say which timepoint.")
    if visit.visited_on and visit.visited_on > today:
        yield visit.problem("D1", "visited_on", visit.visited_on, "This date is in the future.")
    if visit.visited_on and visit.visited_on < EARLIEST_DATE:
        yield visit.problem("D1", "visited_on", visit.visited_on, "This date is before 1900.")
    if bool(visit.visited_on) != bool(visit.visited_precision):
        yield visit.problem(
            "V4", "visited_on", visit.visited_on, f"Say whether the date is {', '.join(Precision.values)}."
        )


def check_window(visit: NewVisit) -> Iterable[Problem]:
    """D8: a visit outside its window is recorded, with a reason."""
    if visit.window == "outside" and not visit.window_reason:
        window = f"{visit.timepoint.opens_on_day} to {visit.timepoint.closes_on_day}"
        yield visit.problem(
            "D8",
            "window_reason",
            "",
            f"Day {visit.day} is outside the window of {visit.timepoint.label} (days {window}). Say why.",
        )


def check_value(visit: NewVisit, instrument: Instrument, value: Decimal) -> Iterable[Problem]:
    """V1: within the instrument's range; V2: on its step; V5: storable decimals."""
    if not value.is_finite() or -value.as_tuple().exponent > MOST_DECIMALS:
        yield visit.problem("V5", instrument.key, value, f"Give a number with {MOST_DECIMALS} decimals at most.")
    elif not instrument.minimum <= value <= instrument.maximum:
        low, high = plain(instrument.minimum), plain(instrument.maximum)
        yield visit.problem("V1", instrument.key, plain(value), f"{instrument.name} runs from {low} to {high}.")
    elif (value - instrument.minimum) % instrument.step:
        yield visit.problem(
            "V2", instrument.key, plain(value), f"{instrument.name} goes in steps of {plain(instrument.step)}."
        )


def check_scores(visit: NewVisit, items: dict[UUID, int]) -> Iterable[Problem]:
    """Values by instrument; P4: no comparison with baseline at baseline; F1: a total is the sum of its items."""
    for instrument, value in visit.scores.items():
        is_baseline = visit.timepoint is not None and visit.timepoint.kind == Timepoint.Kind.BASELINE
        if is_baseline and not instrument.at_baseline:
            yield visit.problem("P4", instrument.key, value, f"{instrument.name} is not asked at baseline.")
        if not isinstance(value, MissingReason):
            yield from check_value(visit, instrument, value)
    for whole, total in totals(visit.scores, items).items():
        given = visit.scores.get(whole)
        if isinstance(given, Decimal) and given != total:
            yield visit.problem(
                "F1", whole.key, plain(given), f"The items add up to {plain(total)}; correct one of them."
            )
    if visit.missed and any(isinstance(value, Decimal) for value in visit.scores.values()):
        yield visit.problem("V3", "missed", visit.missed, "A visit that was missed has no scores.")


def item_counts(visits: Iterable[NewVisit]) -> dict[UUID, int]:
    """How many items each total has that these visits have items of; one query."""
    wholes = {instrument.part_of_id for visit in visits for instrument in visit.scores} - {None}
    if not wholes:
        return {}
    counted = Instrument.objects.filter(part_of__in=wholes).values_list("part_of").annotate(count=Count("pk"))
    return dict(counted.order_by())


def totals(scores: dict, items: dict[UUID, int]) -> dict[Instrument, Decimal]:
    """The total of each instrument whose items are all present as values; no item is ever imputed.

    `items` is how many items each total has, as item_counts gives it.
    """
    parts: dict[Instrument, list] = {}
    for instrument, value in scores.items():
        if instrument.part_of is not None:
            parts.setdefault(instrument.part_of, []).append(value)
    return {
        whole: sum(values)
        for whole, values in parts.items()
        if len(values) == items[whole.pk] and all(isinstance(value, Decimal) for value in values)
    }


def check_visit(visit: NewVisit, *, today: date, items: dict[UUID, int]) -> list[Problem]:
    """Everything that is wrong with a visit, in the order of the form."""
    visit.set_day()
    return [
        *check_patient(visit),
        *check_when(visit, today),
        *check_side(visit),
        *check_window(visit),
        *check_scores(visit, items),
    ]
