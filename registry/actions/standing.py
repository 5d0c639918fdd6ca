"""Who stands in the record: withdrawal and what was entered in error, each with its reason and its way back."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.actions.checks import Change, refuse_findings
from registry.actions.refreshing import refresh_forms
from registry.audit import recording
from registry.clock import today
from registry.closed import above, why_closed
from registry.derived.of_visits import dated_values, with_reason_where_outside
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import FollowUpVisit, MissingReason, Patient, Procedure, User
from registry.rules import EARLIEST_DATE

STALE = "Somebody saved this after you opened it. Look at it again."
LONGEST_REASON = 300
TAKEN = {
    "one_index_procedure_per_patient": "Another procedure became the one that the patient is followed from.",
    "one_asserted_visit_per_timepoint": "Another visit was recorded for this timepoint meanwhile; correct that one.",
}

Row = Patient | Procedure | FollowUpVisit


def problem(rule: str, name: str, message: str) -> Problem:
    return Problem(rule=rule, field=name, value="", message=message)


def without_reason(reason: str, rule: str = "V8") -> list[Problem]:
    """V6 and V8: whoever leaves, or comes back, does so for a reason that is kept."""
    if 0 < len(reason.strip()) <= LONGEST_REASON:
        return []
    return [problem(rule, "reason", f"Say why, in at most {LONGEST_REASON} characters; the reason is kept.")]


def of_a_lock(patient: Patient) -> list[Problem]:
    """V13: what is locked stays as it is."""
    if patient.locked_at is None and patient.study.locked_at is None:
        return []
    return [problem("V13", "", "The record is locked. Somebody who may unlock it has to do so first.")]


def opened(row: Row, version: int | None) -> Row:
    """The row, locked until the transaction ends, if it is as it was when it was opened."""
    now = type(row).objects.select_for_update(of=["self"]).get(pk=row.pk)
    if version is not None and now.version != version:
        raise StaleSave(STALE)
    return now


def saved(row: Row, reason: str, by: User) -> None:
    row.version += 1
    with transaction.atomic(), recording(by=by, reason=reason.strip()):
        row.save()


@locks_in_words()
@transaction.atomic
def withdraw_patient(
    *, patient: Patient, on: date | None, reason: str, version: int | None = None, by: User
) -> Patient:
    """Take a patient out of every later freeze. The rows stay in the record and in its history.

    StaleSave where somebody saved the patient after `version` was read; None asks for none.
    """
    now, problems = opened(patient, version), without_reason(reason, "V6")
    if on is None or not EARLIEST_DATE <= on <= today():
        problems.append(problem("D1", "on", "Give the day of the withdrawal, today at the latest."))
    if why_closed(now):
        problems.append(why_closed(now))
    if problems:
        raise Refused(problems)
    now.withdrawn_on, now.withdrawn_reason = on, reason.strip()
    saved(now, reason, by)
    patient.refresh_from_db()
    return patient


@locks_in_words()
@transaction.atomic
def reinstate_patient(*, patient: Patient, version: int, reason: str, by: User) -> Patient:
    """Undo a withdrawal that was a mistake; both stay in the history."""
    now, problems = opened(patient, version), without_reason(reason)
    if now.withdrawn_on is None:
        problems.append(problem("V9", "", "The patient is not withdrawn."))
    problems += of_a_lock(now)
    if problems:
        raise Refused(problems)
    now.withdrawn_on, now.withdrawn_reason = None, ""
    saved(now, reason, by)
    return now


@locks_in_words()
@transaction.atomic
def mark_as_error(row: Patient | Procedure, *, version: int, reason: str, by: User) -> Row:
    """Take a patient or a procedure that should never have been entered out of use; it stays in the record."""
    now, problems = opened(row, version), without_reason(reason)
    closed = why_closed(now)
    if closed is not None and not (closed.rule == "V9" and isinstance(now, Patient) and now.error_marked_at is None):
        problems.append(closed)
    if problems:
        raise Refused(problems)
    now.error_marked_at, now.error_reason = timezone.now(), reason.strip()
    saved(now, reason, by)
    return now


@locks_in_words()
@transaction.atomic
def restore(row: Row, *, version: int, reason: str, by: User) -> Row:
    """Undo: the row counts again, as its dates are now, unless something took its place or a rule forbids it."""
    now, problems = opened(row, version), without_reason(reason)
    if now.error_marked_at is None:
        problems.append(problem("V9", "", "It is not marked as entered in error."))
    problems += of_a_lock((now, *above(now))[-1])
    if problems:
        raise Refused(problems)
    now.error_marked_at, now.error_reason = None, ""
    refuse_findings(as_of_today(now, reason.strip()), overrides=None)
    try:
        saved(now, reason, by)
    except IntegrityError as error:
        name = error.__cause__.diag.constraint_name
        if name not in TAKEN:
            raise
        raise Refused([problem("V7", "", TAKEN[name])]) from error
    if isinstance(now, Procedure):
        with recording(by=by, reason=reason.strip()):
            refresh_forms([now])
    return now


def as_of_today(row: Row, reason: str) -> list[Change]:
    """The row that comes back, for the rules; a visit is counted anew from its procedure's date."""
    if isinstance(row, FollowUpVisit):
        timepoints = list(row.procedure.patient.study.schedule.timepoints.all())
        values = dated_values(row, row.procedure, timepoints)
        for name, value in with_reason_where_outside(row, values, reason).items():
            setattr(row, name, value)
        scores = row.scores.filter(error_marked_at=None).select_related("instrument")
        said = {each.instrument: MissingReason(each.missing) if each.value is None else each.value for each in scores}
        return [Change("visit", row, said)]
    return [Change("procedure", row)] if isinstance(row, Procedure) else []
