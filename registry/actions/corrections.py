"""Corrections of many rows at once, all or none: the same rules as one by one, in a few queries for any number."""

from collections.abc import Iterable
from copy import copy
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone

from registry.actions.changes import changes_columns
from registry.actions.refreshing import refresh_by_kept_ages
from registry.actions.visits import lost_total, refuse_broken, score_rows
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import CovariateValue, FollowUpVisit, MissingReason, Score, User
from registry.rules import NewVisit, item_counts

STALE = "Somebody saved a row of this batch meanwhile. Nothing was changed: look at it again."
VISIT = ("timepoint", "timepoint_asserted", "visited_on", "visited_precision", "day", "missed", "missed_comment",
         "window", "window_reason")  # fmt: skip
AT_ONCE = 500


class Correction(NamedTuple):
    """A recorded visit, its recorded scores, and the visit as it is to be, with all its scores."""

    row: FollowUpVisit
    scores: list[Score]
    visit: NewVisit


def wants_reason(reason: str) -> list[Problem]:
    """V8, for a batch: what is recorded is changed with a reason."""
    message = "Say why what is recorded is changed. The reason is kept with every change."
    return [] if reason.strip() else [Problem(rule="V8", field="reason", value="", message=message)]


@locks_in_words()
@transaction.atomic
def correct_visits(corrections: list[Correction], *, reason: str, by: User) -> None:
    """Replace the content of many visits; StaleSave where one of the rows is not as it was read.

    A reason is needed where something that is recorded becomes something else; what was not answered yet is added
    without one.
    """
    if not corrections:
        return
    items = item_counts([each.visit for each in corrections])
    changes = [scores_to_be(each, items) for each in corrections]
    recorded = any(old for old, _ in changes) or any(changes_columns(each.row, each.visit) for each in corrections)
    wanted = [as_wanted(each) for each in corrections]
    visits = [each.visit for each in corrections]
    refuse_broken(visits, items, wants_reason(reason) if recorded else [], rows=wanted)
    refuse_stale([each.row for each in corrections])
    columns = [*VISIT, *sorted({name for each in corrections for name in each.visit.source}), "version"]
    with recording(by=by, reason=reason):
        FollowUpVisit.objects.bulk_update(wanted, columns, batch_size=AT_ONCE)
        differing = [put_score(old, new) for pairs, _ in changes for old, new in pairs]
        Score.objects.bulk_update(differing, ["value", "missing", "derived", "version"], batch_size=AT_ONCE)
        Score.objects.bulk_create([score for _, absent in changes for score in absent], batch_size=5000)


def as_wanted(correction: Correction) -> FollowUpVisit:
    """The row as it is to be."""
    row, visit = copy(correction.row), correction.visit
    row.procedure = visit.procedure
    for name in VISIT:
        setattr(row, name, getattr(visit, name))
    for name, value in visit.source.items():
        setattr(row, name, value)
    row.version += 1
    return row


def put_score(old: Score, new: Score) -> Score:
    """Make a recorded score say what another one says."""
    old.value, old.missing, old.derived, old.version = new.value, new.missing, new.derived, old.version + 1
    return old


def scores_to_be(correction: Correction, items: dict) -> tuple[list[tuple[Score, Score]], list[Score]]:
    """The recorded scores that differ, each with what it is to be, and those that are not recorded yet."""
    there = {score.instrument_id: score for score in correction.scores}
    wanted = {score.instrument_id: score for score in score_rows(correction.row, correction.visit, items)}
    lost = {key: lost_total(copy(score), correction.visit) for key, score in there.items() if key not in wanted}
    differing = [
        (there[key], new) for key, new in (wanted | lost).items() if key in there and said(there[key]) != said(new)
    ]
    return differing, [score for key, score in wanted.items() if key not in there]


def said(score: Score) -> tuple:
    return score.value, score.missing, score.derived


def refuse_stale(rows: list[Model]) -> None:
    """Lock rows of one model; StaleSave where one was saved or marked as an error after it was read."""
    if not rows:
        return
    model = type(rows[0])
    wanted = {row.pk: row.version for row in rows}
    locked = model.objects.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",))
    if dict(locked.values_list("pk", "version")) != wanted:
        raise StaleSave(STALE)


@locks_in_words()
@transaction.atomic
def correct_covariates(
    values: list[tuple[CovariateValue, Decimal | str | MissingReason]], *, reason: str, by: User
) -> None:
    """Replace typed attributes of patients; what follows from an age follows."""
    problems = wants_reason(reason) if values else []
    if problems:
        raise Refused(problems)
    refuse_stale([row for row, _ in values])
    for row, value in values:
        row.number, row.text, row.missing = None, None, None
        setattr(row, "missing" if isinstance(value, MissingReason) else kind_of(value), value)
        row.version += 1
    with recording(by=by, reason=reason):
        rows = [row for row, _ in values]
        CovariateValue.objects.bulk_update(rows, ["number", "text", "missing", "version"], batch_size=AT_ONCE)
        refresh_by_kept_ages(rows)


def kind_of(value: Decimal | str) -> str:
    return "text" if isinstance(value, str) else "number"


@locks_in_words()
@transaction.atomic
def mark_rows_as_error(rows: Iterable[Model], *, reason: str, by: User) -> None:
    """Take many rows that should never have been entered out of use; each stays in the record, with the reason."""
    by_model: dict[type, list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    with recording(by=by, reason=reason):
        for model, each in by_model.items():
            refuse_stale(each)
            marked = {"error_marked_at": timezone.now(), "error_reason": reason}
            model.objects.filter(pk__in=[row.pk for row in each]).update(**marked, version=F("version") + 1)


@locks_in_words()
@transaction.atomic
def bring_back(rows: list[Model], *, columns: Iterable[str] = (), reason: str, by: User) -> None:
    """Take the mark of an error from many rows of one model: they count again, with what `columns` hold now."""
    if not rows:
        return
    refuse_stale(rows)
    with recording(by=by, reason=reason):
        for row in rows:
            row.error_marked_at, row.error_reason, row.version = None, "", row.version + 1
        type(rows[0]).objects.bulk_update(
            rows, ["error_marked_at", "error_reason", "version", *columns], batch_size=AT_ONCE
        )
