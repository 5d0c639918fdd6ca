"""The people of a site: who there is, adding one, and what is done to somebody's roles and standing."""

from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import Role
from registry.actions import staff as actions
from registry.errors import Refused
from registry.forms.people import PersonForm, ReasonForm, RoleForm, TakeForm
from registry.models import User
from registry.signin.again import confirm_who, confirmed
from registry.staff import managed_sites, manages, people_of, role_steps, tokens_of

SECTION = {"section": "people"}
FORMS = {"give": RoleForm, "take": TakeForm, "disable": ReasonForm, "enable": ReasonForm, "anew": ReasonForm}


def admins_only(request: HttpRequest) -> None:
    if not manages(request.user):
        raise PermissionDenied


def person_or_404(request: HttpRequest, pk) -> User:
    """Somebody of the reader's sites; people of other sites do not exist."""
    return get_object_or_404(people_of(request.user), pk=pk)


def add_problems(form: Form, error: Refused) -> None:
    for problem in error.problems:
        form.add_error(problem.field if problem.field in form.fields else None, f"{problem.message} [{problem.rule}]")


@require_safe
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody with a role at the reader's sites."""
    admins_only(request)
    return render(request, "registry/people_list.html", SECTION | {"people": people_of(request.user)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def person_new(request: HttpRequest) -> HttpResponse:
    """Add somebody; the first password is in the answer, and nowhere else."""
    admins_only(request)
    form = PersonForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = actions.add_person(**form.cleaned_data, by=request.user)
            return shown_once(request, person, password)
        except Refused as error:
            add_problems(form, error)
    return render(request, "registry/person_new.html", SECTION | {"form": form}, status=400 if form.errors else 200)


def shown_once(request: HttpRequest, person: User, password: str) -> HttpResponse:
    return render(request, "registry/person_password.html", SECTION | {"person": person, "password": password})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_detail(request: HttpRequest, pk) -> HttpResponse:
    """One person: roles, tokens, what was done. A POST does one thing, named by `do`."""
    person = person_or_404(request, pk)
    if request.method != "POST":
        return render(request, "registry/person_detail.html", page_of(request, person))
    confirm_who(request)
    do = request.POST.get("do", "")
    if do not in FORMS:
        return render(request, "registry/person_detail.html", page_of(request, person), status=400)
    form = form_of(request, do)
    if form.is_valid():
        try:
            password = act(request, do, person, form.cleaned_data)
            return shown_once(request, person, password) if password else redirect("person-detail", pk=person.pk)
        except Refused as error:
            add_problems(form, error)
    shown = page_of(request, person) | {f"{do}_form": form, "form": form}
    return render(request, "registry/person_detail.html", shown, status=400)


def form_of(request: HttpRequest, do: str | None, which: str = "") -> Form:
    """The form that was sent, or an empty one of a kind; fields of several forms on a page differ in their ids."""
    kind = do or which
    by = {"by": request.user} if kind == "give" else {}
    return FORMS[kind](request.POST if do else None, auto_id=f"id_{kind}_%s", **by)


def act(request: HttpRequest, do: str, person: User, said: dict) -> str | None:
    """Do what was asked; the first password, where one was made."""
    by, reason = request.user, said["reason"]
    if do == "give":
        actions.give_role(user=person, site=said["site"], role=said["role"], reason=reason, by=by)
    elif do == "take":
        held = next((each for each in person.here if each.pk == said["membership"]), None)
        if held is None:
            raise Http404
        actions.take_role(membership=held, reason=reason, by=by)
    elif do == "anew":
        return actions.begin_anew(user=person, reason=reason, by=by)
    else:
        change = actions.disable if do == "disable" else actions.enable
        change(user=person, reason=reason, by=by)
    return None


def page_of(request: HttpRequest, person: User) -> dict:
    """What the page of a person shows."""
    forms = {f"{kind}_form": form_of(request, None, kind) for kind in FORMS}
    return SECTION | forms | {
        "person": person, "roles": [(each, Role(each.role).label) for each in person.here],
        "tokens": tokens_of(request.user).filter(user=person), "steps": role_steps(person, request.user),
        "is_me": person.pk == request.user.pk, "sites": managed_sites(request.user),
    }  # fmt: skip
