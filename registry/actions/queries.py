"""Queries: opened by a person or by a rule, answered, sent back, closed, waived, opened again.

Every step is kept with its actor, time and words. A waiver lapses when its value changes, by any route: the database
sees to it (registry.models.watches).
"""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from registry.access import Permission, may
from registry.addressed import place_of
from registry.addresses import Address
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.models import Patient, Query, QueryStep, User
from registry.rules import Finding

OPEN, ANSWERED, CLOSED, WAIVED = Query.Status.OPEN, Query.Status.ANSWERED, Query.Status.CLOSED, Query.Status.WAIVED
Action = QueryStep.Action
# From which states each step leads, and where to.
STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    Action.ANSWERED: ((OPEN,), ANSWERED),
    Action.SENT_BACK: ((ANSWERED,), OPEN),
    Action.CLOSED: ((OPEN, ANSWERED), CLOSED),
    Action.WAIVED: ((OPEN, ANSWERED), WAIVED),
    Action.REOPENED: ((CLOSED, WAIVED), OPEN),
}
WORDS_WANTED = {
    Action.ANSWERED: "Write the answer: what the source says, or what was corrected.",
    Action.SENT_BACK: "Say what is still open.",
    Action.WAIVED: "Say why the value stays as it is.",
    Action.REOPENED: "Say why the query is opened again.",
}
LONGEST_COMMENT, LONGEST_REASON = 500, 300


def refused(field: str, message: str, rule: str = "Q1") -> Refused:
    return Refused([Problem(rule=rule, field=field, value="", message=message)])


@transaction.atomic
def open_query(
    *, address: Address, patient: Patient, text: str, category: str, assigned_to: User | None = None, by: User
) -> Query:
    """Ask about a value (or, with an empty field, about a row) of this patient."""
    if not text.strip() or len(text.strip()) > LONGEST_COMMENT:
        raise refused("text", f"Write the question, in at most {LONGEST_COMMENT} characters.")
    if category not in Query.Category.values:
        raise refused("category", f"A category is one of {', '.join(Query.Category.values)}.")
    refuse_stranger(assigned_to, patient)
    return opened(address, patient, by, text=text.strip(), category=category, assigned_to=assigned_to)


def refuse_stranger(user: User | None, patient: Patient) -> None:
    """A query is assigned to somebody who may answer it."""
    if user is not None and not may(user, Permission.RECORD, patient.site):
        raise refused("assigned_to", "Assign it to somebody who records at this site.")


def opened(address: Address, patient: Patient, by: User, **about) -> Query:
    """A new query with its first step."""
    with recording(by=by):
        query = Query.objects.create(
            site_id=patient.site_id, patient=patient, form=address.form, row_id=address.row_id, field=address.field,
            opened_by=by, opened_at=timezone.now(), **about,
        )  # fmt: skip
        add_step(query, Action.OPENED, about["text"], by)
    return query


def add_step(query: Query, action: str, comment: str, by: User | None) -> None:
    QueryStep.objects.create(
        site_id=query.site_id, query=query, action=action, comment=comment[:LONGEST_COMMENT], by=by, at=timezone.now()
    )


def answer_query(*, query: Query, comment: str, version: int, by: User) -> Query:
    """Say what the source says, or what was corrected."""
    return step(query, Action.ANSWERED, comment, version, by)


def send_back(*, query: Query, comment: str, version: int, by: User) -> Query:
    """The answer does not settle it."""
    return step(query, Action.SENT_BACK, comment, version, by)


def close_query(*, query: Query, comment: str = "", version: int, by: User) -> Query:
    """The question is settled."""
    return step(query, Action.CLOSED, comment, version, by)


def reopen(*, query: Query, comment: str, version: int, by: User) -> Query:
    """Ask once more; refused where the same finding has another open query."""
    try:
        return step(query, Action.REOPENED, comment, version, by)
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "one_query_per_finding":
            raise
        raise refused("", "The same finding has an open query already; work on that one.") from error


def waive_query(*, query: Query, reason: str, version: int, by: User) -> Query:
    """The value is right as it is: the query rests until the value changes."""
    if len(reason.strip()) > LONGEST_REASON:
        raise refused("comment", f"The reason takes at most {LONGEST_REASON} characters.")
    return step(query, Action.WAIVED, reason, version, by)


@transaction.atomic
def step(query: Query, action: str, comment: str, version: int, by: User) -> Query:
    """One step of a query's life; StaleSave where somebody made another one meanwhile."""
    before, after = STEPS[action]
    comment = comment.strip()
    if (action in WORDS_WANTED and not comment) or len(comment) > LONGEST_COMMENT:
        raise refused("comment", WORDS_WANTED.get(action, f"At most {LONGEST_COMMENT} characters."))
    if query.status not in before:
        raise StaleSave(f"The query is {query.get_status_display().lower()} now. Look at it again.")
    waived = waiver(address_of(query), comment) if after == WAIVED else {"waived_for": None, "waived_reason": ""}
    ended = timezone.now() if after in (CLOSED, WAIVED) else None
    with recording(by=by, reason=comment if action == Action.WAIVED else ""):
        rows = Query.objects.filter(pk=query.pk, version=version, status__in=before)
        if not rows.update(status=after, ended_at=ended, version=F("version") + 1, **waived):
            raise StaleSave("Somebody worked on this query after you opened it. Look at it again.")
        add_step(query, action, comment, by)
    query.refresh_from_db()
    return query


def address_of(query: Query) -> Address:
    return Address(query.form, query.row_id, query.field)


def waiver(address: Address, reason: str) -> dict:
    """What a waiver writes: the value it is for, held still until the transaction ends."""
    return {"waived_for": str(place_of(address, locked=True).standing), "waived_reason": reason}


@transaction.atomic
def assign(*, query: Query, to: User | None, version: int, by: User) -> Query:
    """Give a query to somebody who records at its site, or to nobody in particular."""
    refuse_stranger(to, query.patient)
    with recording(by=by):
        rows = Query.objects.filter(pk=query.pk, version=version)
        if not rows.update(assigned_to=to, version=F("version") + 1):
            raise StaleSave("Somebody worked on this query after you opened it. Look at it again.")
        add_step(query, Action.ASSIGNED, str(to) if to else "nobody in particular", by)
    query.refresh_from_db()
    return query


@transaction.atomic
def open_for_finding(*, finding: Finding, patient: Patient, by: User) -> Query | None:
    """A rule's query about its finding; None where one stands already (open, answered or waived): idempotent.

    The nightly sweep calls it for each finding; one that it no longer finds it hands to close_for_finding.
    """
    try:
        with transaction.atomic():
            return opened(finding.address, patient, by, text=finding.message[:LONGEST_COMMENT],
                          rule=finding.rule.code, category=Query.Category.RULE)  # fmt: skip
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "one_query_per_finding":
            raise
        return None


@transaction.atomic
def close_for_finding(*, query: Query, by: User) -> Query:
    """Close a rule's query whose finding is gone, be it open, answered or waived."""
    with recording(by=by):
        Query.objects.filter(pk=query.pk).exclude(status=CLOSED).update(
            status=CLOSED, ended_at=timezone.now(), waived_for=None, waived_reason="", version=F("version") + 1
        )
        add_step(query, Action.CLOSED, "The rule finds nothing any more.", by)
    query.refresh_from_db()
    return query


@transaction.atomic
def waive_at_entry(*, finding: Finding, patient: Patient, reason: str, by: User) -> Query:
    """Keep the reason that somebody gave for a warning while typing, as a waived query of the rule.

    Called after the row is written, in its transaction: a change of the value, this one too, ends a waiver. A query of
    the same finding that is open or answered is waived; one that is waived gets the new reason.
    """
    there = Query.objects.select_for_update(of=("self",)).filter(
        rule=finding.rule.code, form=finding.address.form, row_id=finding.address.row_id, field=finding.address.field
    )
    query = there.exclude(status=CLOSED).first() or open_for_finding(finding=finding, patient=patient, by=by)
    if query.status == WAIVED:
        query = reopen(query=query, comment="Another reason was given.", version=query.version, by=by)
    return waive_query(query=query, reason=reason, version=query.version, by=by)
