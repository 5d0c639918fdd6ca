"""The forms of the chart: fill one, correct one, say why one cannot be filled, take a wrong row out of use.

Every route in (page, API, import) ends here, so one set of rules holds for all.
"""

from collections.abc import Mapping
from copy import copy
from types import MappingProxyType
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from registry.actions.chart_problems import is_taken, problem_of_row, problems_of, wants_reason
from registry.actions.checks import Change, keep_overrides, refuse_findings
from registry.audit import recording
from registry.chart import Form, form_of, is_complete
from registry.chart_values import problem_of
from registry.closed import why_closed
from registry.derived.of_rows import stored_values
from registry.errors import Refused, StaleSave
from registry.locks import locks_in_words
from registry.models import ChartRow, FollowUpVisit, MissingReason, Patient, Procedure, User

STALE = "Somebody saved this form after you opened it. Nothing of yours is lost: compare and save again."
AVAILABLE_AGAIN = "The form is available again."
NO_REASONS: Mapping[str, str] = MappingProxyType({})

Parent = Patient | Procedure | FollowUpVisit


@locks_in_words()
def save_form(
    *,
    form: Form,
    parent: Parent,
    row: ChartRow | None,
    values: Mapping[str, object],
    missing: Mapping[str, str] | None = None,
    provenance: Mapping[str, object] | None = None,
    version: int | None = None,
    reason: str = "",
    overrides: Mapping[str, str] | None = NO_REASONS,
    submission_key: UUID | None = None,
    by: User,
) -> ChartRow:
    """Fill a form (row None) or correct its row; Refused names every field, value and rule, and nothing is changed.

    A field that neither `values` nor `missing` names stays as it is; an empty value clears it. A value is what the
    column holds or as people write it: "7.5", "yes", a list of codes; a date "2021-06", a date, or (date, precision).
    StaleSave where somebody saved the row after `version` was read. The same submission sent twice makes one row.
    `reason` is asked for where something that stood in a complete row is changed; `overrides` holds {code of a rule
    that warns: why the value is kept}; None stops at no warning, as an import does.
    """
    answers = values, missing or {}, provenance or {}
    try:
        if row is not None:
            return correct_row(form, parent, row, answers, version, reason, overrides, by)
        return add_row(form, parent, answers, overrides, submission_key or uuid4(), by)
    except IntegrityError as error:
        raise is_taken(form, error) from error


def add_row(form: Form, parent: Parent, answers, overrides: Mapping[str, str] | None, key: UUID, by: User) -> ChartRow:
    """A new row; the row of the first click where the same submission comes twice."""
    new = new_row(form, parent, by, key)
    problems = problems_of(form, parent, new, *answers)
    first = form.model.objects.filter(submission_key=key).first()
    if first is not None and not problems:
        return the_first(form, first, new)
    if problems:
        raise Refused(problems)
    try:
        with transaction.atomic(), recording(by=by):
            write(form, new, overrides, by, force_insert=True)
    except IntegrityError:
        first = form.model.objects.filter(submission_key=key).first()
        if first is None:
            raise
        return the_first(form, first, new)
    return new


def the_first(form: Form, first: ChartRow, new: ChartRow) -> ChartRow:
    """V11: a submission that came before made this row, if it said the same."""
    if differs(first, new, form) or getattr(first, f"{form.parent}_id") != getattr(new, f"{form.parent}_id"):
        message = "This page was saved already, with other content. Open that row and correct it."
        raise Refused([problem_of(form, "", "", "V11", message)])
    return first


def new_row(form: Form, parent: Parent, by: User, key: UUID) -> ChartRow:
    """An unsaved, empty row of a form."""
    about = {form.parent: parent, "site_id": parent.site_id, "recorded_by": by, "submission_key": key}
    return form.model(**about, **form.fixed)


@transaction.atomic
def correct_row(form, parent, row, answers, version, reason, overrides, by) -> ChartRow:
    """A row as it is to be; nothing is written where nothing differs."""
    was = opened(row, version)
    new = copy(was)
    setattr(new, form.parent, parent)
    problems = problems_of(form, parent, new, *answers)
    if not reason.strip() and is_complete(form, was) and wants_reason(form, was, new):
        message = "The form was complete: say why what is recorded is changed. The reason is kept."
        problems.append(problem_of(form, "reason", "", "V8", message))
    if problems:
        raise Refused(problems)
    if differs(was, new, form):
        new.version = was.version + 1
        with transaction.atomic(), recording(by=by, reason=reason.strip()):
            write(form, new, overrides, by, force_update=True)
    return new


def write(form: Form, row: ChartRow, overrides: Mapping[str, str] | None, by: User, **how) -> None:
    """Save a row with the values that follow from it; Refused where it breaks a rule of the whole record."""
    for name, value in stored_values(row).items():
        setattr(row, name, value)
    warnings = refuse_findings([Change(form.key, row)], overrides=overrides)
    row.save(**how)
    keep_overrides(warnings, overrides, by=by)


def opened(row: ChartRow, version: int | None) -> ChartRow:
    """The row, locked until the transaction ends, if it is as it was when it was opened."""
    was = type(row).objects.select_for_update(of=["self"]).get(pk=row.pk)
    if was.version != version or was.error_marked_at is not None:
        raise StaleSave(STALE)
    return was


def differs(one: ChartRow, other: ChartRow, form: Form) -> bool:
    """Whether two rows say something else."""
    own = {"id", "recorded_at", "version", "site", "recorded_by", "submission_key"}
    names = [field.attname for field in form.model._meta.fields if field.name not in own and field.editable]
    return any(getattr(one, name) != getattr(other, name) for name in names)


@locks_in_words()
@transaction.atomic
def mark_form_unavailable(
    *,
    form: Form,
    parent: Parent,
    row: ChartRow | None,
    reason_code: str,
    comment: str = "",
    version: int | None = None,
    by: User,
) -> ChartRow:
    """Say why a whole form cannot be filled, or that there is nothing to fill in; refused where it holds values."""
    problems = [each for each in [why_closed(parent)] if each]
    if reason_code not in MissingReason.values:
        problems.append(problem_of(form, "reason_code", reason_code, "V14", "Choose why the form cannot be filled."))
    if len(comment) > form.model._meta.get_field("unavailable_comment").max_length:
        problems.append(problem_of(form, "comment", "", "V15", "The comment takes at most 300 characters."))
    if holds_answers(form, parent):
        message = "The form holds answers. Mark its rows as entered in error first, if they are wrong."
        problems.append(problem_of(form, "", "", "V16", message))
    if problems:
        raise Refused(problems)
    new = opened(row, version) if row is not None else new_row(form, parent, by, uuid4())
    setattr(new, form.parent, parent)
    new.unavailable, new.unavailable_comment = reason_code, comment.strip()
    new.version += row is not None
    try:
        with transaction.atomic(), recording(by=by, reason=comment.strip()):
            write(form, new, None, by)
    except IntegrityError as error:
        raise is_taken(form, error) from error
    return new


def holds_answers(form: Form, parent: Parent) -> bool:
    """Whether a value or a reason for missing is recorded in a form."""
    rows = form.model.objects.valid().filter(**{form.parent: parent}, **form.fixed)
    return any(
        row.missing or any(getattr(row, column.attname) not in (None, "") for column in form.fields) for row in rows
    )


def mark_form_available(*, form: Form, parent: Parent, row: ChartRow, version: int, by: User) -> ChartRow:
    """Undo: the form is as if it had never been opened; that it was unavailable stays in the history."""
    if row.unavailable is None:
        raise Refused([problem_of(form, "", "", "V16", "The form is available already.")])
    return mark_row_as_error(row=row, version=version, reason=AVAILABLE_AGAIN, by=by)


@locks_in_words()
@transaction.atomic
def mark_row_as_error(*, row: ChartRow, version: int, reason: str, by: User) -> ChartRow:
    """Take a row that should never have been entered out of use; it stays in the record, with the reason."""
    return set_error(row, version, timezone.now(), reason, by)


@locks_in_words()
@transaction.atomic
def restore_row(*, row: ChartRow, version: int, reason: str, by: User) -> ChartRow:
    """Undo: the row counts again, unless the form was filled anew meanwhile."""
    try:
        with transaction.atomic():
            return set_error(row, version, None, reason, by)
    except IntegrityError as error:
        raise is_taken(None, error) from error


def set_error(row: ChartRow, version: int, moment, reason: str, by: User) -> ChartRow:
    """Mark a row or take the mark from it, each with a reason."""
    was = type(row).objects.select_for_update(of=["self"]).get(pk=row.pk)
    parent = getattr(was, was.PARENT)
    problems = [each for each in [why_closed(parent)] if each]
    if not 0 < len(reason.strip()) <= was._meta.get_field("error_reason").max_length:
        message = "Say why, in at most 300 characters; the reason is kept."
        problems.append(problem_of_row("reason", "V8", message))
    if problems:
        raise Refused(problems)
    if was.version != version or (was.error_marked_at is None) == (moment is None):
        raise StaleSave(STALE)
    was.error_marked_at, was.error_reason = moment, reason.strip() if moment else ""
    was.version += 1
    if moment is None:
        for name, value in stored_values(was).items():
            setattr(was, name, value)
        refuse_findings([Change(form_of(was).key, was)], overrides=None)
    with recording(by=by, reason=reason.strip()):
        was.save()
    return was
