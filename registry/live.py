"""The live rows of the record by the API: lists in pages and single rows, in the form that the asker may have."""

import json
from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response

from registry.access import SCOPES, Profile, token_allows
from registry.endpoints import Cursor, Endpoint
from registry.ndjson import wants_lines, whole_list
from registry.profiles import RESOURCES, Table, lines, rows_of
from registry.profiles.rows import permission_of
from registry.pulls import note_pull
from registry.signin.records import proved_lately

PROFILE = OpenApiParameter(
    "profile", str, enum=list(Profile), description="A form as strict as the token's, or stricter; the token's own."
)


class ScopeMissing(PermissionDenied):
    problem_type = "scope-missing"


class ProofMissing(PermissionDenied):
    problem_type = "proof-missing"


def refuse_unattended(request, profile: Profile) -> None:
    """ProofMissing for rows as they are by a session that is minutes old: somebody else may sit at the desk."""
    by_session = getattr(request.user, "token", None) is None and request.user.is_authenticated
    if by_session and profile == Profile.IDENTIFIED and settings.CONFIRM_AGAIN and not proved_lately(request):
        raise ProofMissing(
            "Lists with identifiers leave by a session only soon after a log-in: log in again, or use a token."
        )


def refuse_scopeless(user) -> None:
    """ScopeMissing for a token that reads no row of anybody, whatever there is. A session sees what its person may."""
    permission, token = permission_of(user), getattr(user, "token", None)
    if token is not None and not token_allows(token, permission):
        needed = " or ".join(name for name, permissions in SCOPES.items() if permission in permissions)
        raise ScopeMissing(f"This token may not read rows: it needs the scope {needed}.")


def profile_of(request) -> Profile:
    """The form in which rows leave: the asker's own, or a stricter one that was asked for."""
    token = getattr(request.user, "token", None)
    laxest = Profile(token.profile) if token else Profile.IDENTIFIED
    wanted = request.query_params.get("profile", laxest)
    if wanted not in Profile:
        raise ValidationError({"profile": f"Choose one of {', '.join(Profile)}."})
    if not laxest.allows(Profile(wanted)):
        raise ScopeMissing(f"This token reads rows as {laxest}, or in a stricter form; not as {wanted}.")
    return Profile(wanted)


def refuse_session(user) -> None:
    """ScopeMissing for a person: a whole list leaves by a token, under whose name it stands in the log."""
    if getattr(user, "token", None) is None:
        raise ScopeMissing("format=ndjson is for tokens alone: ask with one of the scope read:rows or pull:rows.")


class Together:
    """The rows of several tables as one list, in the order of their ids: what a page needs of a queryset."""

    def __init__(self, parts: Iterable[QuerySet]):
        self.parts = list(parts)

    def order_by(self, *names) -> "Together":
        return Together(part.order_by(*names) for part in self.parts)

    def filter(self, *tests, **named) -> "Together":
        return Together(part.filter(*tests, **named) for part in self.parts)

    def __getitem__(self, wanted: slice) -> list[dict]:
        found = [row for part in self.parts for row in part[: wanted.stop]]
        if len(self.parts) > 1:
            name, backwards = ordered_by(self.parts[0])
            found.sort(key=lambda row: row[name], reverse=backwards)
        return found[wanted]


def ordered_by(rows: QuerySet) -> tuple[str, bool]:
    (name,) = rows.query.order_by
    return name.removeprefix("-"), name.startswith("-")


class LiveCursor(Cursor):
    """Pages in the order of the ids that the asker knows the rows by: the order tells no other recipient's."""

    def get_ordering(self, request, queryset, view) -> tuple[str, ...]:
        return ("id",) if view.profile == Profile.IDENTIFIED else ("sent_id",)


class LiveEndpoint(Endpoint):
    """One resource of the record. `filterset_class` filters what is identified, `pulled_filterset` what is not."""

    resource: str
    pulled_filterset = None
    parameters = frozenset({"profile"})
    pagination_class = LiveCursor
    profile = Profile.IDENTIFIED

    def settle(self, request) -> None:
        self.profile = profile_of(request)
        refuse_scopeless(request.user)
        if self.profile != Profile.IDENTIFIED:
            self.filterset_class = self.pulled_filterset

    def tables(self) -> tuple[Table, ...]:
        return RESOURCES[self.resource]

    def parts(self) -> list[QuerySet]:
        """The rows of each table that the asker may have, each as the line that leaves."""
        return [self.part(table) for table in self.tables()]

    def part(self, table: Table) -> QuerySet:
        user = self.request.user
        rows = lines(table, rows_of(table, user, self.profile), self.profile, user)
        return rows.values("id", "sent_id", "line")

    def understood_here(self) -> set[str]:
        return super().understood_here() | ({"format"} if self.action == "list" else set())

    def list(self, request, *args, **kwargs):
        refuse_unattended(request, self.profile)
        parts = [self.filter_queryset(part) for part in self.parts()]
        if wants_lines(request):
            refuse_session(request.user)
            return whole_list(request, parts, self.profile)
        page = self.paginate_queryset(Together(parts))
        rows = [json.loads(row["line"]) for row in page]
        note_pull(request, profile=self.profile, rows=rows)
        return self.get_paginated_response(rows)

    def retrieve(self, request, *args, **kwargs):
        """One row, at the id under which the asker got it."""
        row = self.row()
        note_pull(request, profile=self.profile, rows=[row])
        return Response(row)

    def row(self) -> dict:
        """The row of this address; 404 where the asker has none of that id."""
        for part in self.parts():
            for row in part.filter(sent_id=self.kwargs["pk"]):
                return json.loads(row["line"])
        raise NotFound
