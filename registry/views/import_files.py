"""Files that the import gives: the record as a file that imports back, and empty tables to fill."""

import csv
import io

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import Permission, may
from registry.imports.blind import not_while_reading
from registry.imports.export import MARK, record_csv
from registry.imports.targets import Targets
from registry.imports.template import SHAPES, template_header
from registry.models import Site, Study, StudySite
from registry.signin.again import confirmed
from registry.walls import Carried

CSV = "text/csv; charset=utf-8"


def files_of(places: dict[str, str]) -> list[dict[str, str]]:
    """The files that there are of each study and site that a person may import into."""
    rows = StudySite.objects.filter(pk__in=places).select_related("study", "site")
    return [
        {
            "name": places[str(row.pk)],
            "record": f"{reverse('import-record', args=[row.study.slug])}?site={row.site.code}",
            **{shape: f"{template_address(row)}&shape={shape}" for shape in SHAPES},
        }
        for row in rows.order_by("study__slug", "site__code")
    ]


def template_address(row: StudySite) -> str:
    return f"{reverse('import-template', args=[row.study.slug])}?site={row.site.code}"


def place_of(request: HttpRequest, slug: str) -> tuple[Study, Site]:
    """The study and one of its sites: 404 where the reader has no business, 403 for who may not import, or not now."""
    study = get_object_or_404(Study.objects.visible_to(request.user), slug=slug)
    sites = [site for site in study.sites.all() if may(request.user, Permission.IMPORT, site)]
    if not sites:
        raise PermissionDenied
    code = request.GET.get("site", sites[0].code)
    site = next((site for site in sites if site.code == code), None)
    if site is None:
        raise BadRequest("You import at no such site of this study.")
    not_while_reading(request.user, study, site)
    return study, site


def as_file(answer: HttpResponse, name: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
@confirmed
def import_record(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything of a study at a site, as a file that imports back without a change."""
    study, site = place_of(request, slug)
    answer = StreamingHttpResponse(Carried(record_csv(study, site, by=request.user)), content_type=CSV)
    return as_file(answer, f"{study.slug}-{site.code}.csv")


@require_safe
def import_template(request: HttpRequest, slug: str) -> HttpResponse:
    """An empty table with the study's own columns."""
    study, site = place_of(request, slug)
    shape = request.GET.get("shape", "wide")
    if shape not in SHAPES:
        raise BadRequest("A template is long or wide.")
    text = io.StringIO(newline="")
    targets = Targets(study, site)
    names = {"instruments": targets.instruments, "timepoints": targets.timepoints, "covariates": targets.covariates}
    csv.writer(text).writerow(template_header(shape, **names))
    answer = HttpResponse(MARK + text.getvalue(), content_type=CSV)
    return as_file(answer, f"{study.slug}-{shape}.csv")
