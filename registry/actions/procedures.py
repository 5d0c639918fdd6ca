"""A procedure is corrected; what is counted from its date moves with it, or nothing changes."""

from copy import copy
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from registry.actions.refreshing import refresh_forms
from registry.audit import recording
from registry.closed import why_closed
from registry.derived.of_visits import dated_values, with_reason_where_outside
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import FollowUpVisit, Procedure, Timepoint, User
from registry.rules import Finding, PatientRecord, Severity, findings_for
from registry.rules.loading import load_records
from registry.rules.record import record_with

CORRECTABLE = ("kind", "performed_on", "performed_precision")
NOT_SAID = (None, Procedure.Kind.UNSPECIFIED)
# Said for a visit that the correction puts outside of its window: it is flagged, not refused.
MOVED = "The date of the procedure was corrected."
STALE = "Somebody saved this procedure after you opened it. Nothing of yours is lost: compare and save again."


@locks_in_words()
@transaction.atomic
def correct_procedure(procedure: Procedure, *, version: int, reason: str, by: User, **values) -> Procedure:
    """Correct a procedure's kind and date; days, windows and derived timepoints of its visits follow, and its forms.

    values: of CORRECTABLE, what changes. Ages and lengths of stay that are counted from the date are recomputed in the
    same transaction. Refused where it would put a visit on the wrong side of the procedure, an event before it, or
    break another rule of the record, with every such row named; StaleSave where somebody saved the procedure after
    `version` was read. Nothing changes then.
    """
    was = Procedure.objects.select_for_update(of=["self"]).select_related("patient__study").get(pk=procedure.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    corrected = copy(was)
    for name in CORRECTABLE:
        setattr(corrected, name, values.pop(name, getattr(was, name)))
    if values:
        raise TypeError(f"{', '.join(values)} of a procedure cannot be corrected here")
    if changed(was, corrected):
        moves = moves_of(was, corrected)
        refuse(was, corrected, moves, reason)
        with recording(by=by, reason=reason.strip()):
            write(corrected, moves)
            refresh_forms([corrected])
    procedure.refresh_from_db()
    return procedure


def changed(was: Procedure, corrected: Procedure) -> list[str]:
    """The columns that become something else."""
    return [name for name in CORRECTABLE if getattr(was, name) != getattr(corrected, name)]


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
    visits = was.visits.select_for_update(of=["self"]).filter(error_marked_at=None).select_related("timepoint")
    dated = ((visit, dated_values(visit, corrected, timepoints, was=was)) for visit in visits)
    return [Move(visit, with_reason_where_outside(visit, values, MOVED)) for visit, values in dated]


def refuse(was: Procedure, corrected: Procedure, moves: list[Move], reason: str) -> None:
    """Refused, with everything that forbids the correction. V8: where something stood before, it needs a reason."""
    problems = [each for each in [why_closed(corrected)] if each] + problems_of_itself(corrected)
    stood = [name for name in changed(was, corrected) if getattr(was, name) not in NOT_SAID]
    if stood and not reason.strip():
        problems.append(problem("V8", "reason", "", "Say why it is corrected; the reason is kept."))
    problems = problems or problems_of_the_record(corrected, moves)
    if problems:
        raise Refused(problems)


def problem(rule: str, name: str, value, message: str, where: str = "") -> Problem:
    return Problem(rule=rule, field=name, value=str(value), message=message, where=where)


def problems_of_itself(corrected: Procedure) -> list[Problem]:
    """V14: what was done is on the list; V4: a date has its precision, and a precision its date."""
    problems = []
    if corrected.kind not in Procedure.Kind.values:
        problems.append(problem("V14", "kind", corrected.kind, "Choose what was done from the list."))
    if (corrected.performed_on is None) != (not corrected.performed_precision):
        said = "A date needs its precision, and a precision its date."
        problems.append(problem("V4", "performed_on", corrected.performed_on or "", said))
    return problems


def problems_of_the_record(corrected: Procedure, moves: list[Move]) -> list[Problem]:
    """What the rules of the whole record refuse of the procedure and its visits, that they did not refuse before."""
    touching = {("procedure", corrected.pk), *(("visit", move.visit.pk) for move in moves)}
    [record] = load_records([corrected.patient_id])
    before = {found.identity for found in findings_for(record, touching=touching)}
    put(record, corrected, moves)
    return [
        problem(found.rule.code, found.address.field, found.value, found.message, where_of(found))
        for found in findings_for(record, touching=touching)
        if found.rule.severity is Severity.REFUSE and not found.awaits and found.identity not in before
    ]


def put(record: PatientRecord, corrected: Procedure, moves: list[Move]) -> None:
    """The corrected procedure, and its visits as they would be, in their places."""
    values = {move.visit.pk: move.values for move in moves}
    record_with(record, "procedure", corrected)
    for visit in [each for each in record.visits if each.visit.pk in values]:
        row = copy(visit.visit)
        for name, value in values[row.pk].items():
            setattr(row, name, value)
        record_with(record, "visit", row, visit.scores, visit.instruments)


def where_of(found: Finding) -> str:
    """The row that a rule speaks of, where it is another than the procedure."""
    return "" if found.address.form == "procedure" else f"{found.address.form} {found.address.row_id}"


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
