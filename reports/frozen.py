"""The freeze that a report page is asked for, and who may compute from it."""

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from outcomes.models import Cohort, Freeze
from registry.access import Permission


def freezes_of(user):
    """The freezes that a reader may see, with their names, without their tables."""
    rows = Freeze.objects.visible_to(user).select_related("cohort", "made_by").defer(*Freeze.TABLES)
    return rows.prefetch_related("names__named_by")


def freeze_asked(request: HttpRequest, cohort: Cohort) -> Freeze | None:
    """The freeze that ?freeze= names; 404 where the reader has no such freeze of this cohort."""
    text = request.GET.get("freeze", "")
    if not text:
        return None
    try:
        pk = UUID(text)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(freezes_of(request.user).filter(cohort=cohort), pk=pk)


def may_compute(cohort: Cohort, user, freeze: Freeze | None = None) -> bool:
    """Whether the user may ask for analyses: at some site of the cohort, or at every one of the freeze."""
    allowed = set(cohort.sites_for(user, Permission.ASK_ANALYSES).values_list("pk", flat=True))
    return bool(allowed) if freeze is None else set(freeze.site_ids) <= allowed


def report_of(freeze: Freeze, plan: str = "") -> str:
    """Where the report of a plan, or the overview, on a freeze is shown and asked for."""
    slug = freeze.cohort.slug
    address = reverse("plan-report", args=[slug, plan]) if plan else reverse("cohort-report", args=[slug])
    return f"{address}?freeze={freeze.pk}"


def about_freeze(freeze: Freeze | None) -> dict:
    """What a report page says of the freeze that it was asked for."""
    return {"of_freeze": freeze, "freeze_names": [each.name for each in freeze.names.all()] if freeze else []}
