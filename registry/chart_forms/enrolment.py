"""Who a patient is and what was done: typed at enrolment, and corrected later."""

from django import forms
from django.db import transaction

from registry.actions.enrolment import add_procedure, correct_patient, enrol_with_procedure, make_index
from registry.actions.procedures import correct_procedure
from registry.chart_forms.controls import Pressed
from registry.duplicates import Alike, possible_duplicates
from registry.errors import Refused
from registry.models import Patient, Procedure, Site, Study
from registry.partial_dates import PartialDateField, as_typed

SEX_KEYS = ["f", "m", "o"]
VERSION = {"widget": forms.HiddenInput, "min_value": 1, "max_value": 2_000_000_000}


def reason_field(**options) -> forms.CharField:
    return forms.CharField(required=False, max_length=300, **options)


def kind_field() -> forms.ChoiceField:
    keys = [str(place) for place in range(1, len(Procedure.Kind.choices) + 1)]
    return forms.ChoiceField(
        label="What was done", choices=Procedure.Kind.choices, widget=Pressed(choices=Procedure.Kind.choices, keys=keys)
    )


def sex_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Sex", choices=Patient.Sex.choices, required=False, widget=Pressed(keys=SEX_KEYS),
        help_text="Leave it open where the chart does not say.",
    )  # fmt: skip


class Telling(forms.Form):
    """A form whose action may refuse it; each broken rule stands beside its field."""

    # The form's name of a column, where it is another.
    NAMES = {"born_on": "born", "performed_on": "performed"}

    def record(self, *, by):
        """What the action made; None where it refused. StaleSave goes through."""
        try:
            with transaction.atomic():
                return self.act(by)
        except Refused as refused:
            for problem in refused.problems:
                name = self.NAMES.get(problem.field, problem.field)
                self.add_error(name if name in self.fields else None, f"{problem.message} [{problem.rule}]")
            return None


class EnrolForm(Telling):
    """A patient and the index procedure, in one save."""

    site = forms.ModelChoiceField(Site.objects.none(), label="Site", empty_label=None)
    study_number = forms.CharField(
        label="Study number", max_length=60,
        help_text="No name, no hospital number. Letters, digits, dots, hyphens and underscores.",
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )  # fmt: skip
    sex = sex_field()
    born = PartialDateField(label="Born", required=False, help_text="1948-05-17; or 1948-05, or 1948 alone.")
    kind = kind_field()
    performed = PartialDateField(label="Date of the index procedure", required=False)
    not_the_same = reason_field(label="This is another person, because")

    def __init__(self, *args, study: Study, sites, **kwargs):
        self.study, self.alike = study, []
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites
        if len(sites) == 1:
            self.fields["site"].initial = sites[0]
            self.fields["site"].widget = forms.HiddenInput()

    def act(self, by) -> Procedure:
        cleaned = self.cleaned_data
        self.alike = self.those_alike(by)
        return enrol_with_procedure(study=self.study, **cleaned, by=by)

    def those_alike(self, by) -> list[Alike]:
        """Who could be the same person, to be shown side by side."""
        names = ("site", "study_number", "sex", "born", "performed")
        return possible_duplicates(study=self.study, **{name: self.cleaned_data[name] for name in names}, by=by)


class PatientForm(Telling):
    """Corrections of who a patient is."""

    study_number = forms.CharField(label="Study number", max_length=60, widget=forms.TextInput({"autofocus": True}))
    sex = sex_field()
    born = PartialDateField(label="Born", required=False, help_text="1948-05-17; or 1948-05, or 1948 alone.")
    reason = reason_field(label="Reason for the correction", help_text="Needed where something recorded is changed.")
    version = forms.IntegerField(**VERSION)

    def __init__(self, *args, patient: Patient, **kwargs):
        self.patient = patient
        kwargs["initial"] = {
            "study_number": patient.study_number, "sex": patient.sex, "version": patient.version,
            "born": as_typed(patient.born_on, patient.born_precision),
        }  # fmt: skip
        super().__init__(*args, **kwargs)

    def act(self, by) -> Patient:
        cleaned = self.cleaned_data
        born_on, precision = cleaned["born"]
        return correct_patient(
            self.patient, version=cleaned["version"], reason=cleaned["reason"], by=by, sex=cleaned["sex"],
            study_number=cleaned["study_number"].strip(), born_on=born_on, born_precision=precision,
        )  # fmt: skip


class ProcedureForm(Telling):
    """Another procedure of a patient, or the correction of one."""

    kind = kind_field()
    performed = PartialDateField(label="Date of the procedure", required=False)
    is_index = forms.BooleanField(
        label="The patient is followed from this procedure", required=False,
        help_text="Every patient has one; the one before stops being it.",
    )  # fmt: skip
    reason = reason_field(label="Reason", help_text="Needed where something recorded is changed.")
    version = forms.IntegerField(**VERSION, required=False)

    def __init__(self, *args, patient: Patient, procedure: Procedure | None = None, **kwargs):
        self.patient, self.procedure = patient, procedure
        if procedure is not None:
            kwargs["initial"] = {
                "kind": procedure.kind, "version": procedure.version, "is_index": procedure.is_index,
                "performed": as_typed(procedure.performed_on, procedure.performed_precision),
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        if procedure is not None:
            self.fields["version"].required = True
        if procedure is not None and procedure.is_index:
            del self.fields["is_index"]

    def act(self, by) -> Procedure:
        cleaned = self.cleaned_data
        if self.procedure is None:
            return add_procedure(
                patient=self.patient, kind=cleaned["kind"], performed=cleaned["performed"],
                is_index=cleaned["is_index"], reason=cleaned["reason"], by=by,
            )  # fmt: skip
        version, (on, precision) = cleaned["version"], cleaned["performed"]
        now = self.procedure
        if (now.kind, now.performed_on, now.performed_precision) != (cleaned["kind"], on, precision):
            correct_procedure(
                now, version=version, reason=cleaned["reason"], by=by, kind=cleaned["kind"], performed_on=on,
                performed_precision=precision,
            )  # fmt: skip
            version = now.version
        if cleaned.get("is_index"):
            make_index(now, version=version, reason=cleaned["reason"], by=by)
        return now
