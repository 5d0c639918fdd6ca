"""The first page after the log-in: the reader's studies, and what there is to do in each."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry.access import Permission, sites_for
from registry.clock import desk_day
from registry.models import Site, Study
from registry.pulls import shares
from registry.worklist import Scope, Work, counts, in_all

# What a study's card says of its work, in this order; what there is none of is left out.
ON_THE_CARD = (
    (Work.OVERDUE, "visit overdue", "visits overdue"),
    (Work.CLOSING, "visit closing within 30 days", "visits closing within 30 days"),
    (Work.DUE, "visit open or opening", "visits open or opening"),
    (Work.ABSTRACT, "visit to abstract", "visits to abstract"),
    (Work.VISITS, "incomplete visit", "incomplete visits"),
    (Work.FORMS, "incomplete form", "incomplete forms"),
    (Work.UNOPENED, "form never opened", "forms never opened"),
    (Work.QUERIES, "open query", "open queries"),
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who is enrolled, what is due, what is unfinished, which queries are open; and the ways on."""
    mine = Q(patients__site__in=my_sites(request.user))
    studies = Study.objects.visible_to(request.user).annotate(
        enrolled=Count("patients", filter=mine, distinct=True),
        withdrawn=Count("patients", filter=mine & Q(patients__withdrawn_on__isnull=False), distinct=True),
    )
    work = counts(Scope(user=request.user, on=desk_day()))
    cards = [(study, work_of(work.get(study.slug, {}))) for study in studies.order_by("slug")]
    context = {
        "cards": cards, "shares": shares(request.user), "audits": audits(request.user),
        "sites": Site.objects.filter(pk__in=my_sites(request.user)),
        "to_do": sum(in_all(work)[kind] for kind in (Work.OVERDUE, Work.DUE, Work.VISITS, Work.FORMS, Work.QUERIES)),
    }  # fmt: skip
    return render(request, "registry/home.html", context)


def audits(user) -> bool:
    """Whether the user reads the trail of any site."""
    return bool(sites_for(user, Permission.AUDIT))


def work_of(found: dict[str, int]) -> list[tuple[str, int, str]]:
    """(kind, how many, in words) of a study, without what there is none of."""
    return [
        (kind.value, found[kind], one if found[kind] == 1 else many)
        for kind, one, many in ON_THE_CARD
        if found.get(kind)
    ]


def my_sites(user):
    """Sites whose patients the reader may see."""
    return Site.objects.values("pk") if user.is_system else sites_for(user, Permission.VIEW_PATIENTS)
