"""The first page after the log-in."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import Permission, sites_for
from registry.models import Site, Study


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The reader's sites and studies, with how much is recorded in each."""
    mine = Q(patients__site__in=my_sites(request.user))
    studies = Study.objects.visible_to(request.user).annotate(
        enrolled=Count("patients", filter=mine, distinct=True),
        withdrawn=Count("patients", filter=mine & Q(patients__withdrawn_on__isnull=False), distinct=True),
    )
    context = {"studies": studies.order_by("slug"), "sites": Site.objects.filter(pk__in=my_sites(request.user))}
    return render(request, "registry/home.html", context)


def my_sites(user):
    """Sites whose patients the reader may see."""
    return Site.objects.values("pk") if user.is_system else sites_for(user, Permission.VIEW_PATIENTS)
