"""What was said of values: their queries and their verification, for the pages that show the values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from registry.addresses import Address
from registry.models import Query, User, Verification

VERIFIED, CHANGED = "verified", "changed"


@dataclass
class Marks:
    """What was said of one value. `state`: verified, changed (since it was verified) or empty."""

    queries: list[Query] = field(default_factory=list)
    state: str = ""
    verified_by: str = ""
    verified_at: datetime | None = None


def queries_of(user: User, row_ids: Iterable[UUID]) -> QuerySet[Query]:
    """The queries of some rows and their values that a person may see, those that are closed left out."""
    return Query.objects.visible_to(user).filter(row_id__in=list(row_ids)).exclude(status=Query.Status.CLOSED)


def marks_of(user: User, row_ids: Iterable[UUID]) -> Mapping[Address, Marks]:
    """What was said of each value of some rows, by its address, in two queries."""
    ids, marks = list(row_ids), defaultdict(Marks)
    for query in queries_of(user, ids):
        marks[Address(query.form, query.row_id, query.field)].queries.append(query)
    verifications = Verification.objects.visible_to(user).filter(row_id__in=ids).select_related("verified_by")
    for each in verifications.order_by("verified_at", "id"):
        said = marks[Address(each.form, each.row_id, each.field)]
        said.state = state_of(each)
        said.verified_by, said.verified_at = str(each.verified_by), each.verified_at
    return marks


def state_of(verification: Verification) -> str:
    """What the latest verification of a value says: it stands, the value changed, or somebody took it back."""
    if verification.dropped_at is None:
        return VERIFIED
    return "" if verification.dropped_by_id else CHANGED
