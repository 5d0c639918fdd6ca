"""How complete a study is, at the sites that the reader may see."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registry.clock import desk_day
from registry.completeness import Report, measure
from registry.completeness_sheet import Cut, as_csv, year_of
from registry.models import Site, Study
from registry.views.home import my_sites


def report_of(request: HttpRequest, slug: str) -> tuple[Study, Report, Cut]:
    """The study, all that is counted of it, and the cut that is asked for."""
    study = get_object_or_404(Study.objects.visible_to(request.user).select_related("schedule"), slug=slug)
    report = measure(study, request.user, on=desk_day())
    site, year = request.GET.get("site", ""), request.GET.get("year", "")
    if site and site not in {each.code for each in sites_of(request, study)}:
        raise BadRequest("Site: one of the study's sites that you may see.")
    if year and year not in years_of(report):
        raise BadRequest("Year: one of the years of the study's procedures, or unknown.")
    return study, report, Cut(report, site, year)


def sites_of(request: HttpRequest, study: Study) -> list[Site]:
    return list(Site.objects.filter(pk__in=my_sites(request.user), enrolments__study=study).order_by("code"))


def years_of(report: Report) -> list[str]:
    return sorted({year_of(part) for part in [*report.patients, *report.coverage]}, reverse=True)


@require_safe
def completeness(request: HttpRequest, slug: str) -> HttpResponse:
    """Three numbers with their denominators, follow-up by timepoint, and every field."""
    study, report, cut = report_of(request, slug)
    sites, years = sites_of(request, study), years_of(report)
    context = {
        "section": "studies", "study": study, "synthetic": study.synthetic, "cut": cut, "sites": sites,
        "years": years, "coverage": cut.coverage(), "values": cut.values(), "visits": cut.visits(),
        "follow_up": cut.follow_up().items(), "groups": in_groups(cut), "patients": cut.patients(),
        "by_site": [
            summary(each.name, Cut(report, each.code, cut.year)) for each in sites if cut.site in ("", each.code)
        ],
        "by_year": [summary(year, Cut(report, cut.site, year)) for year in years if cut.year in ("", year)],
    }  # fmt: skip
    page = "registry/_completeness_card.html" if request.htmx else "registry/completeness.html"
    return render(request, page, context)


@require_safe
def completeness_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Every field, timepoint and site as a file."""
    study, _, cut = report_of(request, slug)
    sites = [site.code for site in sites_of(request, study) if cut.site in ("", site.code)]
    headers = {"Content-Disposition": f'attachment; filename="completeness-{study.slug}.csv"'}
    return HttpResponse("\ufeff" + as_csv(cut, sites), content_type="text/csv; charset=utf-8", headers=headers)


def summary(name: str, cut: Cut) -> dict:
    """The three numbers of a part."""
    return {"name": name, "patients": cut.patients(), "coverage": cut.coverage(), "values": cut.values(),
            "visits": cut.visits()}  # fmt: skip


def in_groups(cut: Cut) -> list[tuple[str, list]]:
    """The fields by timepoint, then by form."""
    groups: dict[str, list] = {}
    for place, tally in cut.fields().items():
        reasons = [(reason.label, many) for reason, many in sorted(tally.reasons.items())]
        groups.setdefault(place.timepoint_label, []).append((place, tally, reasons))
    return list(groups.items())
