"""The agreement of two readers, as a page and as a file."""

import csv
import io

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registry.imports.inert import inert
from registry.models import ReabstractionSample, Reading
from registry.reabstraction import asked_in, readings_of
from reports.agreement import HEADER, agreements, notes, rows, summary


@require_safe
def sample_agreement(request: HttpRequest, pk) -> HttpResponse:
    """Kappa, per cent agreement and limits of agreement, per field and first reader; ?format=csv for the file."""
    samples = ReabstractionSample.objects.visible_to(request.user).select_related("study", "site", "reader")
    sample = get_object_or_404(samples, pk=pk)
    # Who still has to read some of the sample is not told how the rest of it agrees, visit by visit.
    mine = Reading.objects.visible_to(request.user).values("pk")
    found = agreements(readings_of(sample).filter(pk__in=mine), asked_in(sample))
    if request.GET.get("format") == "csv":
        return as_csv(sample, found)
    context = {
        "sample": sample, "header": HEADER, "rows": list(rows(found)), "notes": notes(found),
        "summary": summary(found), "section": "queries",
    }  # fmt: skip
    return render(request, "reports/agreement.html", context)


def as_csv(sample: ReabstractionSample, found: list) -> HttpResponse:
    """The same table, nothing in it a formula: instruments and log-ins may have any name."""
    text = io.StringIO()
    csv.writer(text).writerows([map(inert, row) for row in (HEADER, *rows(found))])
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="agreement-{sample.pk}.csv"'
    return answer
