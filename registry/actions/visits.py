"""Visits: record one or many, correct one. Every route in ends here, so one set of rules holds for all."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from registry.actions.changes import without_reason
from registry.actions.checks import Change, Warned, keep_overrides, problem_of, refuse_findings
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import FollowUpVisit, Instrument, MissingReason, Score, User
from registry.rules import Finding, NewVisit, check_patient, item_counts, totals

# What somebody says of a visit itself, beside its scores and its source.
SAID = ("timepoint", "timepoint_asserted", "visited_on", "visited_precision", "day", "missed", "missed_comment",
        "window_reason")  # fmt: skip


@locks_in_words()
@transaction.atomic
def record_visits(
    visits: list[NewVisit], *, by: User, overrides: Mapping[str, str] | None = None
) -> list[FollowUpVisit]:
    """Record visits with their scores, all or none; Refused names every broken rule of every row.

    `overrides` is {rule code: why the value is right}; None stops at no warning, which the nightly check then raises.
    """
    items = item_counts(visits)
    for visit in visits:
        visit.set_day()
    rows = [visit_row(visit, by) for visit in visits]
    warnings = refuse_broken(visits, items, rows=rows, overrides=overrides)
    scores = [score for row, visit in zip(rows, visits, strict=True) for score in score_rows(row, visit, items)]
    with recording(by=by):
        FollowUpVisit.objects.bulk_create(rows, batch_size=2000)
        Score.objects.bulk_create(scores, batch_size=5000)
    keep_overrides(warnings, overrides, by=by)
    return rows


def refuse_broken(
    visits: list[NewVisit],
    items: dict,
    further: list[Problem] | None = None,
    *,
    rows: list[FollowUpVisit] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> list[Warned]:
    """Refused, with every broken rule of every visit; the warnings that were given a reason.

    `rows`: the rows as they are to be, in the order of the visits; without them the visits are new.
    """
    for visit in visits:
        visit.set_day()
    rows = rows or [visit_row(visit, None) for visit in visits]
    changes = [
        Change("visit", row, {**totals(visit.scores, items), **visit.scores})
        for row, visit in zip(rows, visits, strict=True)
    ]
    by_row = {row.pk: visit for row, visit in zip(rows, visits, strict=True)}

    def say(found: Finding, here: bool) -> Problem:
        visit = by_row.get(found.address.row_id)
        return visit.problem_found(found) if visit is not None else problem_of(found, here)

    problems = [problem for visit in visits for problem in check_patient(visit)]
    return refuse_findings(changes, overrides=overrides, items=items, say=say, further=[*problems, *(further or [])])


def record_visit(visit: NewVisit, *, by: User) -> FollowUpVisit:
    """Record one visit. The same submission sent twice makes one visit; a taken timepoint is refused in words."""
    try:
        return record_visits([visit], by=by, overrides=visit.overrides)[0]
    except IntegrityError as error:
        return visit_already_there(visit, error)


def visit_already_there(visit: NewVisit, error: IntegrityError) -> FollowUpVisit:
    """What a broken uniqueness means: the double click's first visit, or a timepoint that is taken."""
    first = FollowUpVisit.objects.filter(submission_key=visit.submission_key).first()
    if first is not None and first.error_marked_at is not None:
        message = "This form was saved already, and its visit was marked as entered in error since. Open a new form."
        raise Refused([visit.problem("V11", "", "", message)]) from error
    if first is not None and says_the_same(first, visit):
        return first
    if first is not None:
        message = "This form was saved already, with other content. Open that visit and correct it, or open a new form."
        raise Refused([visit.problem("V11", "", "", message)]) from error
    raise timepoint_is_taken(visit, error) from error


def timepoint_is_taken(visit: NewVisit, error: IntegrityError) -> Refused:
    """V7, where the constraint says so; any other broken constraint is our own mistake and stays a crash."""
    if error.__cause__.diag.constraint_name != "one_asserted_visit_per_timepoint":
        raise error
    message = "A visit is recorded for this timepoint already; correct that one."
    return Refused([visit.problem("V7", "timepoint", visit.timepoint, message)])


def says_the_same(row: FollowUpVisit, visit: NewVisit) -> bool:
    """Whether a recorded visit holds exactly what is meant to be recorded."""
    typed = {instrument.pk: value for instrument, value in visit.scores.items()}
    said = {name: getattr(visit, name) for name in ("procedure", *SAID)} | visit.source
    return typed_scores(row) == typed and all(getattr(row, name) == value for name, value in said.items())


def typed_scores(row: FollowUpVisit) -> dict[UUID, Decimal | str]:
    """The recorded scores that were typed, not summed, by their instrument's id."""
    scores = row.scores.all()
    return {
        each.instrument_id: each.missing if each.value is None else each.value for each in scores if not each.derived
    }


def visit_row(visit: NewVisit, by: User) -> FollowUpVisit:
    """The unsaved row of a checked visit."""
    return FollowUpVisit(
        site_id=visit.procedure.site_id,
        procedure=visit.procedure,
        **{name: getattr(visit, name) for name in SAID},
        window=visit.window,
        **visit.source,
        abstracted_on=timezone.now().date() if visit.source else None,
        submission_key=visit.submission_key,
        recorded_by=by,
    )


def score_rows(row: FollowUpVisit, visit: NewVisit, items: dict) -> list[Score]:
    """The unsaved scores of a visit: what was typed, and the totals that follow from it."""
    derived = {whole: total for whole, total in totals(visit.scores, items).items() if whole not in visit.scores}
    return [
        Score(site_id=row.site_id, visit=row, instrument=instrument, derived=instrument in derived, **columns(value))
        for instrument, value in (visit.scores | derived).items()
    ]


def columns(value: Decimal | MissingReason) -> dict:
    """A value and its reason for missing, side by side."""
    is_missing = isinstance(value, MissingReason)
    return {"value": None if is_missing else value, "missing": value if is_missing else None}


@locks_in_words()
@transaction.atomic
def add_scores(additions: list[tuple[FollowUpVisit, NewVisit]], *, by: User) -> list[Score]:
    """Add scores to visits that are recorded already; Refused names every broken rule, and none is added.

    The rules are those of the whole visit: a new total is held against the recorded items, and new items against it.
    """
    whole = [(row, replace(visit, scores=recorded_scores(row) | visit.scores)) for row, visit in additions]
    items = item_counts(visit for _, visit in whole)
    refuse_broken([visit for _, visit in whole], items, rows=[row for row, _ in whole])
    there = {(score.visit_id, score.instrument_id) for row, _ in whole for score in row.scores.all()}
    scores = [score for row, visit in whole for score in score_rows(row, visit, items)]
    scores = [score for score in scores if (score.visit_id, score.instrument_id) not in there]
    with recording(by=by):
        # Whoever has one of these visits open in a form is told that it changed.
        FollowUpVisit.objects.filter(pk__in=[row.pk for row, _ in whole]).update(version=F("version") + 1)
        Score.objects.bulk_create(scores, batch_size=5000)
    return scores


def recorded_scores(row: FollowUpVisit) -> dict[Instrument, Decimal | MissingReason]:
    """A recorded visit's scores as somebody would type them again."""
    return {
        score.instrument: MissingReason(score.missing) if score.value is None else score.value
        for score in row.scores.all()
        if not score.derived
    }


@locks_in_words()
def correct_visit(row: FollowUpVisit, visit: NewVisit, *, version: int, reason: str, by: User) -> FollowUpVisit:
    """Replace a visit's content; StaleSave where somebody saved it after `version` was read."""
    try:
        return replace_content(row, visit, version=version, reason=reason, by=by)
    except IntegrityError as error:
        raise timepoint_is_taken(visit, error) from error


@transaction.atomic
def replace_content(row: FollowUpVisit, visit: NewVisit, *, version: int, reason: str, by: User) -> FollowUpVisit:
    """correct_visit in one transaction; IntegrityError where the timepoint is another visit's."""
    rows = FollowUpVisit.objects.filter(pk=row.pk, version=version, error_marked_at=None)
    if rows.select_for_update(of=("self",)).order_by("pk").first() is None:
        raise StaleSave(
            "Somebody saved this visit after you opened it. Nothing of yours is lost: compare and save again."
        )
    items = item_counts([visit])
    visit.set_day()
    said = {name: getattr(visit, name) for name in (*SAID, "window")} | visit.source
    meant = row_as_meant(row, said)
    further = [*taken_away(row, visit, items), *without_reason(row, visit, reason)]
    warnings = refuse_broken([visit], items, further, rows=[meant], overrides=visit.overrides)
    with recording(by=by, reason=reason):
        rows.update(**said, version=F("version") + 1)
        correct_scores(row, visit, items)
    keep_overrides(warnings, visit.overrides, by=by)
    row.refresh_from_db()
    return row


def row_as_meant(row: FollowUpVisit, said: dict) -> FollowUpVisit:
    """A recorded visit as it is to be, unsaved."""
    meant = copy(row)
    for name, value in said.items():
        setattr(meant, name, value)
    return meant


def broken_rules(visit: NewVisit, row: FollowUpVisit | None) -> tuple[Problem, ...]:
    """What would be refused or warned of if this visit (of a recorded one: in the place of `row`) were saved now."""
    visit.set_day()
    rows = row and [row_as_meant(row, {name: getattr(visit, name) for name in (*SAID, "window")})]
    try:
        refuse_broken([visit], item_counts([visit]), rows=rows, overrides=visit.overrides)
    except Refused as refused:
        return refused.problems
    return ()


def taken_away(row: FollowUpVisit, visit: NewVisit, items: dict) -> list[Problem]:
    """V10: a score that was typed is not taken away without a reason."""
    wanted = {score.instrument_id for score in score_rows(row, visit, items)}
    message = "A recorded score is not taken away: give the value, or the reason why it is missing."
    return [
        visit.problem("V10", score.instrument.key, "", message)
        for score in row.scores.select_related("instrument")
        if not score.derived and score.instrument_id not in wanted
    ]


def lost_total(score: Score, visit: NewVisit) -> Score:
    """A sum that can no longer be made, missing for the reason of the first of its items that is."""
    parts = (value for instrument, value in visit.scores.items() if instrument.part_of_id == score.instrument_id)
    score.missing = next((value for value in parts if isinstance(value, MissingReason)), MissingReason.NOT_RECORDED)
    score.value = None
    return score


def correct_scores(row: FollowUpVisit, visit: NewVisit, items: dict) -> None:
    """Update the scores that differ, add those that are new; a sum whose items are gone becomes missing."""
    there = {score.instrument_id: score for score in row.scores.all()}
    wanted = {score.instrument_id: score for score in score_rows(row, visit, items)}
    lost = {key: lost_total(copy(score), visit) for key, score in there.items() if key not in wanted}
    for instrument_id, new in (wanted | lost).items():
        old = there.get(instrument_id)
        if old is not None and (old.value, old.missing, old.derived) != (new.value, new.missing, new.derived):
            Score.objects.filter(pk=old.pk).update(
                value=new.value, missing=new.missing, derived=new.derived, version=F("version") + 1
            )
    Score.objects.bulk_create([new for key, new in wanted.items() if key not in there])


@locks_in_words()
@transaction.atomic
def mark_visit_as_error(row: FollowUpVisit, *, version: int, reason: str, by: User) -> None:
    """Take a visit that should never have been entered out of use; it stays in the record, with the reason."""
    if not reason.strip():
        raise Refused([Problem(rule="V8", field="reason", value="", message="Say why the visit is an error.")])
    with recording(by=by, reason=reason):
        rows = FollowUpVisit.objects.filter(pk=row.pk, version=version, error_marked_at=None)
        if rows.update(error_marked_at=timezone.now(), error_reason=reason, version=F("version") + 1) == 0:
            raise StaleSave("Somebody saved this visit after you opened it. Look at it again.")
    row.refresh_from_db()
