"""A procedure is corrected; what is counted from its date moves with it, or nothing changes."""

from copy import copy
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Prefetch

from registry.actions.refreshing import refresh_forms
from registry.audit import recording
from registry.clock import today
from registry.derived.of_visits import dated_values, with_reason_where_outside
from registry.errors import Problem, Refused, StaleSave
from registry.models import Event, FollowUpVisit, Procedure, Score, Timepoint, User
from registry.rules import EARLIEST_DATE, compare_dates

CORRECTABLE = ("kind", "performed_on", "performed_precision")
# Said for a visit that the correction puts outside of its window: it is flagged, not refused.
MOVED = "The date of the procedure was corrected."
STALE = "Somebody saved this procedure after you opened it. Nothing of yours is lost: compare and save again."


@transaction.atomic
def correct_procedure(procedure: Procedure, *, version: int, reason: str, by: User, **values) -> Procedure:
    """Correct a procedure's kind and date; days, windows and derived timepoints of its visits follow, and its forms.

    values: of CORRECTABLE, what changes. Ages and lengths of stay that are counted from the date are recomputed in the
    same transaction. Refused where it would put a visit on the wrong side of the procedure, or an event before it, with
    every such row named; StaleSave where somebody saved the procedure after `version` was read. Nothing changes then.
    """
    was = Procedure.objects.select_for_update(of=["self"]).select_related("patient__study").get(pk=procedure.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    corrected = copy(was)
    for name in CORRECTABLE:
        setattr(corrected, name, values.pop(name, getattr(was, name)))
    if values:
        raise TypeError(f"{', '.join(values)} of a procedure cannot be corrected here")
    moves = moves_of(was, corrected)
    refuse(corrected, moves, reason)
    with recording(by=by, reason=reason):
        write(corrected, moves)
        refresh_forms([corrected])
    procedure.refresh_from_db()
    return procedure


@dataclass(frozen=True)
class Move:
    """A visit, and its day, timepoint and window after the corrected procedure."""

    visit: FollowUpVisit
    values: dict[str, object]

    @property
    def changes_timepoint(self) -> bool:
        return self.values["timepoint"] != self.visit.timepoint


def moves_of(was: Procedure, corrected: Procedure) -> list[Move]:
    """What becomes of each valid visit; a visit that lands outside of its window says why."""
    timepoints = list(Timepoint.objects.filter(schedule_id=was.patient.study.schedule_id))
    scores = Prefetch("scores", Score.objects.valid().select_related("instrument"))
    visits = was.visits.filter(error_marked_at=None).select_related("timepoint").prefetch_related(scores)
    dated = ((visit, dated_values(visit, corrected, timepoints, was=was)) for visit in visits)
    return [Move(visit, with_reason_where_outside(visit, values, MOVED)) for visit, values in dated]


def refuse(corrected: Procedure, moves: list[Move], reason: str) -> None:
    """Refused, with everything that forbids the correction."""
    problems = [
        *problems_of_the_date(corrected),
        *(problem for move in moves for problem in problems_of_move(corrected, move)),
        *problems_of_events(corrected),
    ]
    if not reason.strip():
        problems.append(problem("V8", "reason", "", "Say why it is corrected; the reason is kept."))
    if corrected.patient.withdrawn_on or corrected.patient.error_marked_at:
        problems.append(problem("V9", "", "", "The patient was withdrawn, or is marked as entered in error."))
    if problems:
        raise Refused(problems)


def problem(rule: str, name: str, value, message: str, where: str = "") -> Problem:
    return Problem(rule=rule, field=name, value=str(value), message=message, where=where)


def problems_of_the_date(corrected: Procedure) -> list[Problem]:
    """D1: between 1900 and today; V4: a date has its precision, and a precision its date."""
    on, precision = corrected.performed_on, corrected.performed_precision
    if (on is None) != (not precision):
        return [problem("V4", "performed_on", on or "", "A date needs its precision, and a precision its date.")]
    if on and not EARLIEST_DATE <= on <= today():
        return [problem("D1", "performed_on", on, "The date of a procedure lies between 1900 and today.")]
    return []


def problems_of_move(corrected: Procedure, move: Move) -> list[Problem]:
    """D3: a follow-up is not before its procedure, a baseline not after it; P4: a baseline compares with nothing."""
    timepoint, visit = move.values["timepoint"], move.visit
    if timepoint is None:
        return []
    side = side_of(visit, corrected, move.values["day"])
    where, given = f"visit {visit.pk}", visit.visited_on if visit.visited_on is not None else move.values["day"]
    is_baseline = timepoint.kind == Timepoint.Kind.BASELINE
    found = []
    if side and (side > 0) == is_baseline:
        said = "a baseline after" if is_baseline else "a follow-up before"
        message = f"{timepoint.label} would be {said} its procedure. Correct the visit first, or check the date."
        found.append(problem("D3", "performed_on", given, message, where))
    if is_baseline and move.changes_timepoint:
        found += [
            problem("P4", score.instrument.key, "", f"{score.instrument} is not asked at baseline.", where)
            for score in visit.scores.all()
            if not score.instrument.at_baseline
        ]
    return found


def side_of(visit: FollowUpVisit, procedure: Procedure, day: int | None) -> int | None:
    """-1 before the procedure, 0 on its day, 1 after it, None where not known."""
    if visit.visited_on and procedure.performed_on:
        return compare_dates(
            visit.visited_on, visit.visited_precision, procedure.performed_on, procedure.performed_precision
        )
    return None if day is None else (day > 0) - (day < 0)


def problems_of_events(corrected: Procedure) -> list[Problem]:
    """E1: an event is not before its procedure."""
    if not corrected.performed_on:
        return []
    events = Event.objects.filter(procedure=corrected, error_marked_at=None, happened_on__isnull=False)
    performed = corrected.performed_on, corrected.performed_precision
    return [
        problem("E1", "performed_on", event.happened_on, "An event would be before its procedure.", f"event {event.pk}")
        for event in events
        if compare_dates(event.happened_on, event.happened_precision, *performed) < 0
    ]


def write(corrected: Procedure, moves: list[Move]) -> None:
    """The procedure and the visits that move. A visit that changes its timepoint leaves the old one first: the database
    holds each visit to the side of its timepoint at every step."""
    moving = [move for move in moves if any(getattr(move.visit, name) != value for name, value in move.values.items())]
    leaving = [move.visit.pk for move in moving if move.changes_timepoint]
    FollowUpVisit.objects.filter(pk__in=leaving).update(timepoint=None, window=FollowUpVisit.Window.UNKNOWN)
    Procedure.objects.filter(pk=corrected.pk).update(
        **{name: getattr(corrected, name) for name in CORRECTABLE}, version=F("version") + 1
    )
    for move in moving:
        FollowUpVisit.objects.filter(pk=move.visit.pk).update(**move.values, version=F("version") + 1)
