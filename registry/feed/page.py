"""One page of the feed: which rows changed, as they are now, or that they are to be taken away."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, F, FilteredRelation, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

from registry.access import Permission, Profile, sites_for
from registry.feed.cursor import Question
from registry.feed.horizon import Horizon, Position
from registry.models import Change, Patient
from registry.profiles import RESOURCES, Table, lines, rows_of
from registry.profiles.expressions import GIVEN, row_id
from registry.profiles.fields import CODE
from registry.profiles.rows import permission_of

FEWEST = 50


@dataclass(frozen=True)
class Page:
    """What is served: the results, where they end, and whether more is waiting."""

    results: list[dict]
    end: Position
    more: bool


def resource_of(change: Change) -> str:
    """As the API calls it."""
    return f"{change.resource}s"


def question_of(user, profile: Profile, filters: dict[str, str]) -> Question:
    """All that decides which changes somebody gets: whoever may see another site from today on begins anew."""
    permission = permission_of(user)
    sites = {str(row["site_id"]) for row in sites_for(user, permission)}
    reading = user.readings.filter(submitted_at=None) if permission is Permission.VIEW_PATIENTS else []
    study = getattr(getattr(user, "token", None), "study_id", None)
    return Question(
        user=str(user.pk), study=str(study or ""), sites=tuple(sorted(sites)), profile=str(profile),
        hidden=tuple(sorted({str(each.patient_id) for each in reading})), filters=tuple(sorted(filters.items())),
    )  # fmt: skip


def row_of(*parts) -> Func:
    """Several columns or numbers, compared as one by PostgreSQL, which finds them in the index so."""
    return Func(*parts, function="ROW", output_field=BigIntegerField())


def changes_between(user, place: Position, now: Horizon) -> QuerySet:
    """What the user may know of, after a place and before the horizon, in the order of the feed."""
    order = [F("epoch"), F("xid"), F("seq")]
    after = GreaterThan(row_of(*order), row_of(Value(place.epoch), Value(place.xid), Value(place.seq)))
    before = LessThan(row_of(*order[:2]), row_of(Value(now.epoch), Value(now.xid)))
    rows = Change.objects.visible_to(user, permission_of(user)).filter(after, before)
    return rows.select_related("patient").order_by("epoch", "xid", "seq")


def page_of(changes: QuerySet, *, user, profile: Profile, limit: int, now: Horizon) -> Page:
    """The next changes, each row once, at its last change of the page."""
    found = list(changes[: limit + 1])
    more, served = len(found) > limit, found[:limit]
    last = {(each.resource, each.row_id): each for each in served}
    told = sorted(last.values(), key=lambda each: (each.epoch, each.xid, each.seq))
    results = list(results_of(told, user, profile))
    if profile != Profile.IDENTIFIED:
        results = [without_order(each) for each in sorted(results, key=lambda each: each["id"])]
    end = Position(served[-1].epoch, served[-1].xid, served[-1].seq) if more else now.position
    return Page(results=results, end=end, more=more)


def without_order(result: dict) -> dict:
    """A result that does not say when its change came: two recipients would know a patient by it under both codes."""
    return {name: value for name, value in result.items() if name != "change_seq"}


def page_size(limit: int, profile: Profile) -> int:
    """How many changes a page has. Without identifiers there are no small pages, and none of other sizes, of which the
    differences are small."""
    return limit if profile == Profile.IDENTIFIED else -(-limit // FEWEST) * FEWEST


def results_of(told: list[Change], user, profile: Profile) -> Iterable[dict]:
    """The rows that the user has now; of the others, those that the user can have had, with the reason why not now."""
    upserts: dict[UUID, dict] = {}
    deletes: dict[UUID, str] = {}
    for resource, tables in RESOURCES.items():
        ids = [each.row_id for each in told if resource_of(each) == resource]
        for table in tables if ids else ():
            upserts |= rows_now(table, ids, user, profile)
            deletes |= ids_known(table, [pk for pk in ids if pk not in upserts], user, profile)
    for each in told:
        about = {"resource": resource_of(each), "change_seq": each.seq}
        if each.row_id in upserts:
            row = upserts[each.row_id]
            yield {"op": "upsert", **about, "id": row["id"], "row": row}
        elif each.row_id in deletes:
            reason = "error" if each.patient.withdrawn_on is None else "withdrawn"
            yield {"op": "delete", **about, "id": deletes[each.row_id], "reason": reason}


def rows_now(table: Table, ids: list[UUID], user, profile: Profile) -> dict[UUID, dict]:
    """The rows as they leave. Who withdrew is taken away from every copy, also where the lists still say so."""
    staying = {f"{table.patient}withdrawn_on": None}
    rows = lines(table, rows_of(table, user, profile).filter(pk__in=ids, **staying), profile, user)
    return {pk: json.loads(line) for pk, line in rows.values_list("pk", "line")}


def ids_known(table: Table, ids: list[UUID], user, profile: Profile) -> dict[UUID, str]:
    """By which id the user knows rows that are no more. Without a code for the patient the user never had one."""
    if not ids:
        return {}
    rows = table.model.objects.filter(pk__in=ids)
    if profile == Profile.IDENTIFIED:
        return {pk: str(pk) for pk in rows.values_list("pk", flat=True)}
    codes = f"{table.patient}pseudonyms"
    rows = rows.annotate(**{GIVEN: FilteredRelation(codes, condition=Q(**{f"{codes}__recipient": user.pk}))})
    sent = F(CODE) if table.model is Patient else row_id("id")
    return dict(rows.filter(**{f"{CODE}__isnull": False}).values_list("pk", sent))
