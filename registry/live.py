"""The live rows of the record by the API: lists in pages and single rows, in the form that the asker may have."""

import json
from collections.abc import Iterable

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.response import Response

from registry.access import Profile
from registry.endpoints import Cursor, Endpoint
from registry.ndjson import wants_lines, whole_list
from registry.profiles import RESOURCES, Table, lines, rows_of
from registry.pulls import note_pull

PROFILE = OpenApiParameter(
    "profile", str, enum=list(Profile), description="A form as strict as the token's, or stricter; the token's own."
)


class LaxerProfile(PermissionDenied):
    problem_type = "scope-missing"


def profile_of(request) -> Profile:
    """The form in which rows leave: the asker's own, or a stricter one that was asked for."""
    token = getattr(request.user, "token", None)
    laxest = Profile(token.profile) if token else Profile.IDENTIFIED
    wanted = request.query_params.get("profile", laxest)
    if wanted not in Profile:
        raise ValidationError({"profile": f"Choose one of {', '.join(Profile)}."})
    if not laxest.allows(Profile(wanted)):
        raise LaxerProfile(f"This token reads rows as {laxest}, or in a stricter form; not as {wanted}.")
    return Profile(wanted)


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

    def paginate_queryset(self, queryset, request, view=None):
        self.is_identified = view.profile == Profile.IDENTIFIED
        return super().paginate_queryset(queryset, request, view)

    def get_ordering(self, request, queryset, view) -> tuple[str, ...]:
        return ("id",) if self.is_identified else ("sent_id",)

    def is_position(self, text: str) -> bool:
        return super().is_position(text) if self.is_identified else text.isascii() and text.isalnum()


class LiveEndpoint(Endpoint):
    """One resource of the record. `filterset_class` filters what is identified, `pulled_filterset` what is not."""

    resource: str
    pulled_filterset = None
    parameters = frozenset({"profile"})
    pagination_class = LiveCursor
    profile = Profile.IDENTIFIED

    def settle(self, request) -> None:
        self.profile = profile_of(request)
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
        parts = [self.filter_queryset(part) for part in self.parts()]
        if wants_lines(request):
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
