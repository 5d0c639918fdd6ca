"""Pages of what leaves a site: the specs to decide on, what left by them, what stayed and why."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.models import Freeze, SentBundle, SiteKey
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import COARSENED, LEVELS, TRUSTED
from outcomes.pooling.proposals import approve_spec, document_of, propose_spec, retire_spec
from outcomes.pooling.sending import ask_summary
from outcomes.pooling.spec import Spec
from registry.access import Permission, sites_for
from registry.errors import Refused
from registry.models import Site
from registry.pulls import shares
from reports.sharing_forms import ApproveForm, ProposeForm, RetireForm, SendForm
from reports.sharing_words import LEVELS as IN_WORDS
from reports.sharing_words import WITHHELD, spec_words

SECTION = {"section": "sharing"}
PER_PAGE = 50
MOST_FREEZES = 50
JSON = "application/json"


def sharer(request: HttpRequest) -> None:
    """403 for who approves nowhere what leaves."""
    if not shares(request.user):
        raise PermissionDenied


def shared_sites(request: HttpRequest):
    """The sites where the reader approves what leaves."""
    return Site.objects.filter(pk__in=sites_for(request.user, Permission.SHARE)).order_by("code")


@require_http_methods(["GET", "HEAD", "POST"])
def sharing_list(request: HttpRequest) -> HttpResponse:
    """The specs that the reader's sites know and what left by them; a POST proposes one."""
    sharer(request)
    sites = shared_sites(request)
    form = ProposeForm(*([request.POST, request.FILES] if request.method == "POST" else []), sites=sites)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        spec = taken(form, lambda: propose_spec(site=said["site"], document=said["spec"].read(), by=request.user)[0])
        if spec is not None:
            return redirect("sharing-spec", pk=spec.pk)
    context = SECTION | {
        "specs": KnownSpec.objects.visible_to(request.user, Permission.SHARE).select_related("site").defer("text"),
        "page": Paginator(sent_to(request), PER_PAGE).get_page(request.GET.get("page")),
        "keys": SiteKey.objects.visible_to(request.user, Permission.SHARE).filter(valid_to=None, revoked_at=None),
        "form": form,
        "withheld": WITHHELD,
    }
    return render(request, "reports/sharing_list.html", context, status=400 if form.errors else 200)


def taken(form, do: Callable):
    """What was done; None, and the form says why, where it was refused."""
    try:
        return do()
    except Refused as error:
        form.refuse(error)
        return None


def sent_to(request: HttpRequest):
    rows = SentBundle.objects.visible_to(request.user, Permission.SHARE)
    return rows.select_related("site", "spec", "freeze__cohort", "made_by").defer(
        "content", "spec__text", "freeze__procedures", "freeze__scores", "freeze__survival", "freeze__manifest"
    )


def spec_of(request: HttpRequest, pk) -> KnownSpec:
    """404 for another site's; 403 for who may read its summaries alone."""
    seen = KnownSpec.objects.visible_to(request.user, Permission.READ_SUMMARIES)
    spec = get_object_or_404(seen.select_related("site", "proposed_by", "decided_by"), pk=pk)
    if not KnownSpec.objects.visible_to(request.user, Permission.SHARE).filter(pk=pk).exists():
        raise PermissionDenied
    return spec


@require_safe
def sharing_spec(request: HttpRequest, pk) -> HttpResponse:
    """One spec in words, and what may be done with it."""
    return spec_page(request, spec_of(request, pk))


def spec_page(request: HttpRequest, known: KnownSpec, status: int = 200, **forms) -> HttpResponse:
    spec = document_of(known)
    levels = levels_of(spec)
    context = (
        SECTION
        | {
            "known": known,
            "words": spec_words(spec),
            "levels": [(level, *IN_WORDS[level], level in known.levels) for level in levels],
            "sent": sent_to(request).filter(spec=known)[:PER_PAGE],
            "withheld": WITHHELD,
            "approve_form": ApproveForm(levels=levels, approved=known.levels),
            "retire_form": RetireForm(),
            "send_form": SendForm(freezes=freezes_of(known), levels=known.levels) if known.is_approved else None,
        }
        | forms
    )
    return render(request, "reports/sharing_spec.html", context, status=status)


def levels_of(spec: Spec) -> list[str]:
    """What can be approved of a spec: nothing is coarsened by one that names no bands."""
    return [level for level in LEVELS if level != COARSENED or spec.document["coarsening"]]


def freezes_of(known: KnownSpec):
    """The freezes of the site alone, the newest first."""
    rows = Freeze.objects.filter(site_ids=[known.site_id]).select_related("cohort").prefetch_related("names")
    return rows.defer("procedures", "scores", "survival").order_by("-made_at")


def decided(request: HttpRequest, pk, name: str, make_form: Callable, do: Callable) -> HttpResponse:
    """Do what a form of the spec's page asks for; whoever comes by with a GET is led to the page."""
    known = spec_of(request, pk)
    if request.method != "POST":
        return redirect("sharing-spec", pk=pk)
    form = make_form(known)
    if form.is_valid():
        answer = taken(form, lambda: do(known, form.cleaned_data))
        if answer is not None:
            return answer
    return spec_page(request, known, 400, **{name: form})


@require_http_methods(["GET", "HEAD", "POST"])
def sharing_approve(request: HttpRequest, pk) -> HttpResponse:
    """Let tables leave by a spec."""

    def make_form(known: KnownSpec) -> ApproveForm:
        return ApproveForm(request.POST, levels=levels_of(document_of(known)))

    def approve(known: KnownSpec, said: dict) -> HttpResponse:
        approve_spec(spec=known, levels=[level for level, ticked in said.items() if ticked], by=request.user)
        messages.success(request, "Approved. Tables may leave by this spec from now on.")
        return redirect("sharing-spec", pk=pk)

    return decided(request, pk, "approve_form", make_form, approve)


@require_http_methods(["GET", "HEAD", "POST"])
def sharing_retire(request: HttpRequest, pk) -> HttpResponse:
    """Let nothing more leave by a spec."""

    def retire(known: KnownSpec, said: dict) -> HttpResponse:
        retire_spec(spec=known, reason=said["reason"], by=request.user)
        messages.success(request, "Retired. Nothing more leaves by this spec.")
        return redirect("sharing-spec", pk=pk)

    return decided(request, pk, "retire_form", lambda known: RetireForm(request.POST), retire)


@require_http_methods(["GET", "HEAD", "POST"])
def sharing_send(request: HttpRequest, pk) -> HttpResponse:
    """Ask for a bundle."""

    def make_form(known: KnownSpec) -> SendForm:
        return SendForm(request.POST, freezes=freezes_of(known), levels=known.levels)

    def send(known: KnownSpec, said: dict) -> HttpResponse:
        return redirect("job-detail", pk=ask_summary(spec_hash=known.spec_hash, **said, by=request.user).pk)

    return decided(request, pk, "send_form", make_form, send)


def bundle_of(request: HttpRequest, pk) -> SentBundle:
    """404 for another site's and for whole tables; 403 for who may read its summaries alone."""
    seen = SentBundle.objects.visible_to(request.user, Permission.READ_SUMMARIES)
    seen = seen.filter(~Q(level=TRUSTED) | Q(pk__in=sent_to(request).values("pk")))
    found = get_object_or_404(seen.select_related("site", "spec", "freeze__cohort", "made_by"), pk=pk)
    if not sent_to(request).filter(pk=pk).exists():
        raise PermissionDenied
    return found


@require_safe
def sharing_bundle(request: HttpRequest, pk) -> HttpResponse:
    """What left, or did not, and what of it stays here."""
    row = bundle_of(request, pk)
    context = {"row": row, "level": IN_WORDS[row.level], "why": WITHHELD.get(row.withheld), "bytes": len(row.content)}
    return render(request, "reports/sharing_bundle.html", SECTION | context)


@require_safe
def sharing_file(request: HttpRequest, pk) -> HttpResponse:
    """The bundle's bytes as a file."""
    row = bundle_of(request, pk)
    if row.withheld:
        raise Http404
    name = f"{row.spec.name}-{row.site.code}-{row.made_at:%Y-%m-%d}-{row.level}.json"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(bytes(row.content), content_type=JSON, headers=headers)
