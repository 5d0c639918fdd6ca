"""Letting rows of a freeze go: asked for on its page by who may share."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from outcomes.models import Freeze
from registry.errors import Refused
from registry.models import Job
from reports.freeze_views import FreezeForm, freeze_page
from reports.frozen import freezes_of
from reports.releases.access import may_share
from reports.releases.asking import ask_release
from reports.releases.page import ReleaseForm


@require_http_methods(["GET", "HEAD", "POST"])
def freeze_release(request: HttpRequest, pk) -> HttpResponse:
    """A POST asks for the rows of a freeze as files for somebody; a refusal is told in words on the freeze's page."""
    freeze = get_object_or_404(freezes_of(request.user), pk=pk)
    if request.method != "POST":
        return redirect("freeze-detail", pk=pk)
    if not may_share(request.user, freeze):
        raise PermissionDenied
    form = ReleaseForm(freeze, request.POST)
    job = asked_by(form, freeze, request.user) if form.is_valid() else None
    if job is not None:
        return redirect("freeze-detail", pk=pk) if job.is_over else redirect("job-detail", pk=job.pk)
    return freeze_page(request, freeze, form=FreezeForm(), release_form=form, status=400)


def asked_by(form: ReleaseForm, freeze: Freeze, user) -> Job | None:
    """The job; None where it is refused, which the form then says."""
    said = form.cleaned_data
    try:
        return ask_release(
            freeze=freeze, profile=said["profile"], recipient=said["recipient"], by=user, terms=form.terms
        )  # fmt: skip
    except Refused as error:
        form.refuse(error)
        return None
