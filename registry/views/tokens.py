"""API tokens of a site's people: which there are, issuing one, revoking one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from registry.actions.people import issue_token
from registry.actions.staff import revoke_token
from registry.errors import Refused
from registry.forms.people import ReasonForm, TokenForm
from registry.signin.again import confirmed
from registry.staff import tokens_of
from registry.views.people import SECTION, add_problems, admins_only, person_or_404


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens that reach the reader's sites."""
    admins_only(request)
    shown = {"tokens": tokens_of(request.user), "now": timezone.now()}
    return render(request, "registry/token_list.html", SECTION | shown)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def token_new(request: HttpRequest, pk) -> HttpResponse:
    """Issue a token; it is in the answer, and nowhere else."""
    person = person_or_404(request, pk)
    form = TokenForm(request.POST if request.method == "POST" else None, person=person, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            token, text = issue_token(user=person, **form.asked(), by=request.user)
            shown = {"person": person, "token": token, "text": text}
            return render(request, "registry/token_shown.html", SECTION | shown)
        except Refused as error:
            add_problems(form, error)
    shown = SECTION | {"form": form, "person": person}
    return render(request, "registry/token_new.html", shown, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def token_revoke(request: HttpRequest, pk) -> HttpResponse:
    """Revoke a token that reaches one of the reader's sites."""
    token = get_object_or_404(tokens_of(request.user), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke_token(token=token, **form.cleaned_data, by=request.user)
            return redirect("token-list")
        except Refused as error:
            add_problems(form, error)
    shown = SECTION | {"form": form, "token": token}
    return render(request, "registry/token_revoke.html", shown, status=400 if form.errors else 200)
