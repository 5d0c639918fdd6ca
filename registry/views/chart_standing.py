"""Forms that cannot be filled, rows that should not have been: marked with a reason, and back again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from registry.actions.chart import mark_form_available, mark_form_unavailable, mark_row_as_error, restore_row
from registry.chart import FORMS
from registry.chart_forms import ReasonForm, UnavailableForm
from registry.chart_words import FormState, summary
from registry.errors import Refused, StaleSave
from registry.views.chart import address_of, place_of, row_of, rows_of
from registry.views.gates import patient_of, recordable, typed

PAGE = "registry/reason_form.html"


def answer(request: HttpRequest, form, act, *, to: str, said: str, **shown) -> HttpResponse:
    """A small form: what the action refuses stands beside its field; a stale save says so with the form kept."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refused:
            form.say(refused.problems)
        except StaleSave as error:
            form.add_error(None, str(error))
            status = 409
        else:
            messages.success(request, said)
            return redirect(to)
    status = 400 if form.errors and status == 200 else status
    return render(request, PAGE, {"form": form, "back": to, "section": "patients", **shown}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def chart_unavailable(request: HttpRequest, pk, key: str) -> HttpResponse:
    """Say why a form cannot be filled, that there was nothing to fill in, or that it can be filled after all."""
    form, parent = place_of(request, pk, key)
    patient = patient_of(parent)
    recordable(request, patient)
    state = FormState(form, parent, list(rows_of(form, parent).valid()))
    row = state.unavailable or (state.row if state.code != "never" else None)
    shown = {"patient": patient, "synthetic": patient.study.synthetic, "crumb": (form.title, address_of(form, parent))}
    if state.unavailable:
        return available_again(request, form, parent, state.unavailable, shown)
    given = UnavailableForm(typed(request), repeats=form.repeats, initial={"version": row and row.version})

    def act(cleaned):
        mark_form_unavailable(
            form=form, parent=parent, row=row, reason_code=cleaned["reason_code"], comment=cleaned["reason"],
            version=cleaned["version"], by=request.user,
        )  # fmt: skip

    return answer(
        request, given, act, to=reverse("patient-detail", args=[patient.pk]), said=f"{form.title} is marked.",
        title=f"{form.title}: nothing to fill in", button="Mark the form",
        lede="The whole form is answered by one reason. It leaves the list of what is open, and can be undone.",
        **shown,
    )  # fmt: skip


def available_again(request: HttpRequest, form, parent, row, shown: dict) -> HttpResponse:
    """Undo of an unavailable form."""
    given = ReasonForm(typed(request), initial={"version": row.version})
    given.fields["reason"].required = False

    def act(cleaned):
        mark_form_available(form=form, parent=parent, row=row, version=cleaned["version"], by=request.user)

    return answer(
        request, given, act, to=address_of(form, parent), said=f"{form.title} can be filled again.",
        title=f"{form.title}: fill it after all", button="Make it available",
        lede=f"It is marked {summary(form, row)}. That it was stays in the history.", **shown,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def chart_row_error(request: HttpRequest, key: str, pk) -> HttpResponse:
    """Mark a row as entered in error, or take the mark back."""
    row, parent = row_of(request, key, pk, valid=False)
    form, patient = FORMS[key], patient_of(parent)
    recordable(request, patient)
    given = ReasonForm(typed(request), initial={"version": row.version})
    undo = row.error_marked_at is not None
    change = restore_row if undo else mark_row_as_error

    def act(cleaned):
        change(row=row, version=cleaned["version"], reason=cleaned["reason"], by=request.user)

    words = summary(form, row)
    title = "Restore" if undo else "Entered in error"
    lede = f"{form.title}: {words}. " + (
        f"It was marked as an error: {row.error_reason}" if undo else "It stays in the history and counts no more."
    )
    return answer(
        request, given, act, to=address_of(form, parent), said=f"{form.title}: done.", title=title, lede=lede,
        button="Restore it" if undo else "Mark as entered in error", danger=not undo, patient=patient,
        synthetic=patient.study.synthetic, crumb=(form.title, address_of(form, parent)),
    )  # fmt: skip
