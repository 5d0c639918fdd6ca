"""What changed since: the feed that keeps a copy of the record up to date, deletions and returns included.

A program pulls everything once without a cursor, then goes on with `next` for ever. A row may come again with nothing
new; none that was committed is left out, however long its transaction took. Names of sites, studies, timepoints and
instruments are part of the rows, and a change of a name alone is not told; nor is what time does to a patient's row
without identifiers: an age that passes 89.
"""

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from registry.endpoints import Endpoint, choice_filter, text_filter
from registry.feed.cursor import cursor_after, place_of
from registry.feed.horizon import horizon
from registry.feed.page import FEWEST, changes_between, page_of, page_size, question_of
from registry.live import PROFILE, profile_of, refuse_scopeless, refuse_unattended
from registry.models import Change, Site, Study
from registry.pulls import note_pull

MOST, USUAL = 1000, 100
RESOURCES = {f"{each}s": each for each in Change.Resource.values}


class ChangeResult(serializers.Serializer):
    """A row as it is now, or that it is to be taken away."""

    op = serializers.ChoiceField(["upsert", "delete"])
    resource = serializers.ChoiceField(list(RESOURCES))
    change_seq = serializers.IntegerField(
        required=False, help_text="Of the row's change; larger is not always later. In identified alone."
    )
    id = serializers.CharField(help_text="The row's, as in the lists.")
    row = serializers.DictField(required=False, help_text="As it is now; of an upsert.")
    reason = serializers.ChoiceField(["withdrawn", "error"], required=False, help_text="Of a delete.")


@extend_schema_serializer(many=False)
class ChangePage(serializers.Serializer):
    """A page of changes."""

    as_of = serializers.CharField(help_text="All that was committed before it is told up to here.")
    more = serializers.BooleanField(help_text="Whether the next page can be asked for at once.")
    next = serializers.URLField(help_text="Where to go on, now or later.")
    results = ChangeResult(many=True)


ASKED = [
    OpenApiParameter("cursor", str, description="From `next` of a page; without it from the beginning."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        description=f"How many changes a page has; without identifiers the next multiple of {FEWEST}.",
    ),
    PROFILE,
]


class ChangeFilter(filters.FilterSet):
    resource = choice_filter("resource", RESOURCES)
    site = text_filter("site__code", Site.code)
    study = text_filter("patient__study__slug", Study.slug)

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """The API's names of the resources are the plural of the record's."""
        wanted = self.form.cleaned_data
        if wanted["resource"]:
            wanted["resource"] = RESOURCES[wanted["resource"]]
        return super().filter_queryset(queryset)


class ChangeEndpoint(Endpoint):
    """What changed, in the order in which it was committed."""

    queryset = Change.objects.none()
    filterset_class = ChangeFilter
    serializer_class = ChangePage
    pagination_class = None

    def settle(self, request) -> None:
        refuse_scopeless(request.user)

    def understood_here(self) -> set[str]:
        return {"cursor", "limit", "profile", *self.filter_names()}

    @extend_schema(parameters=ASKED, responses=ChangePage)
    def list(self, request):
        """One page of changes, and the cursor that goes on after it."""
        profile, address = profile_of(request), request.build_absolute_uri()
        refuse_unattended(request, profile)
        limit = page_size(limit_of(request), profile)
        named = {name: request.query_params[name] for name in self.filter_names() if name in request.query_params}
        question, now = question_of(request.user, profile, named), horizon()
        resync = remove_query_param(address, "cursor")
        place = place_of(request.query_params.get("cursor", ""), question, now, resync)
        changes = self.filter_queryset(changes_between(request.user, place, now))
        page = page_of(changes, user=request.user, profile=profile, limit=limit, now=now)
        note_pull(request, profile=profile, rows=[each["row"] for each in page.results if "row" in each])
        link = replace_query_param(address, "cursor", cursor_after(page.end, question, now))
        return Response({"as_of": str(now), "more": page.more, "next": link, "results": page.results})


def limit_of(request) -> int:
    """How many changes a page holds at most."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST):
        raise ValidationError({"limit": f"Give a whole number from 1 to {MOST}."})
    return int(text)
