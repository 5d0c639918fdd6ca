"""Keeping what is typed, and giving it back; a person meets nobody's drafts but her own."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from registry.access import Permission, may
from registry.actions.drafts import drop_draft, keep_draft
from registry.chart import FORMS
from registry.errors import Refused
from registry.models import Draft, FollowUpVisit, Patient, Procedure, Site

PARENTS = {"patient": Patient, "procedure": Procedure, "visit": FollowUpVisit}
# A form's key, and the rows that it can correct or be added to. `visit` has one more part: the planned timepoint.
TARGETS = {"visit": (FollowUpVisit, Procedure)} | {
    key: (form.model, PARENTS[form.parent]) for key, form in FORMS.items()
}
LONGEST_KEY = Draft._meta.get_field("form").max_length
NOT_CONTENT = ("csrfmiddlewaretoken",)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, form: str, target: UUID) -> HttpResponse:
    """POST keeps what is typed, or throws it away. GET gives who is logged in a fresh token for the form."""
    site = site_of(request, form, target)
    if request.method != "POST":
        return JsonResponse({"token": get_token(request)})
    if "discard" in request.POST:
        drop_draft(form=form, target=target, by=request.user)
        back = request.POST["discard"]
        is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, None)
        return HttpResponseRedirect(back if is_ours else reverse("home"))
    if request.headers.get("X-Typed-By", str(request.user.pk)) != str(request.user.pk):
        return JsonResponse({"said": "Somebody else is logged in now: log in as yourself to keep this."}, status=409)
    content = {name: text for name, text in request.POST.items() if name not in NOT_CONTENT}
    return kept(form=form, target=target, site=site, content=content, by=request.user)


def kept(**draft) -> JsonResponse:
    """When the draft was kept, or why it was not."""
    try:
        return JsonResponse({"kept_at": keep_draft(**draft).saved_at.isoformat()})
    except Refused as refused:
        return JsonResponse({"said": refused.problems[0].message}, status=409)


def site_of(request: HttpRequest, form: str, target: UUID) -> Site:
    """The site of the row that a form is about: 404 where the person may not see it, 403 where she may only see it."""
    for model in TARGETS.get(form.partition("@")[0], ()) if len(form) <= LONGEST_KEY else ():
        row = model.objects.valid().visible_to(request.user).filter(pk=target).select_related("site").first()
        if row is not None:
            if not may(request.user, Permission.RECORD, row.site):
                raise PermissionDenied
            return row.site
    raise Http404
