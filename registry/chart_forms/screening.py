"""A case of the screening log: each criterion a line, answered by a key; the decision follows."""

from django import forms

from registry.actions.screening import correct_case, record_case
from registry.chart_forms.controls import Pressed
from registry.chart_forms.enrolment import VERSION, Telling, reason_field
from registry.models import Patient, ScreenedCase, Study
from registry.partial_dates import PartialDateField, as_typed
from registry.screening import ANSWERS, criteria_of

KEYS = ["y", "n", "u"]


class CaseForm(Telling):
    """Who was looked at, what the criteria say, and the patient once entered."""

    NAMES = {}

    site = forms.ModelChoiceField(None, label="Site", empty_label=None)
    log_number = forms.CharField(
        label="Number in the log", max_length=60, help_text="No name, no hospital number.",
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )  # fmt: skip
    treated = PartialDateField(label="Treated on", required=False)
    patient = forms.ModelChoiceField(
        None, label="Patient, once entered", required=False, empty_label="not entered (yet)"
    )
    not_entered_reason = reason_field(label="Why not entered", help_text="Where the case is eligible and not entered.")
    reason = reason_field(label="Reason for the correction", help_text="Needed where something recorded is changed.")
    version = forms.IntegerField(**VERSION, required=False)

    def __init__(self, *args, study: Study, sites, case: ScreenedCase | None = None, patients, **kwargs):
        self.study, self.case = study, case
        if case is not None:
            kwargs["initial"] = {
                "site": case.site_id, "log_number": case.log_number, "patient": case.patient_id,
                "treated": as_typed(case.treated_on, case.treated_precision), "version": case.version,
                "not_entered_reason": case.not_entered_reason,
                **{f"answer_{code}": answer for code, answer in case.answers.items()},
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset, self.fields["patient"].queryset = sites, patients
        if len(sites) == 1:
            self.fields["site"].initial, self.fields["site"].widget = sites[0], forms.HiddenInput()
        for each in criteria_of(study):
            self.fields[f"answer_{each.code}"] = forms.ChoiceField(
                label=each.text, choices=ANSWERS, required=False, widget=Pressed(keys=KEYS)
            )
        if case is None:
            del self.fields["reason"], self.fields["version"]

    def criteria(self) -> list[tuple[str, list]]:
        """(heading, fields) of each kind of criterion."""
        headings = {
            "include": "All of these are to be yes", "exclude": "All of these are to be no",
            "caution": "Noted, decides nothing",
        }  # fmt: skip
        asked = criteria_of(self.study)
        return [
            (words, [self[f"answer_{each.code}"] for each in asked if each.kind == kind])
            for kind, words in headings.items()
            if any(each.kind == kind for each in asked)
        ]

    def act(self, by) -> ScreenedCase:
        cleaned = self.cleaned_data
        answers = {each.code: cleaned[f"answer_{each.code}"] for each in criteria_of(self.study)}
        said = {
            "log_number": cleaned["log_number"], "treated": cleaned["treated"], "patient": cleaned["patient"],
            "answers": {code: answer for code, answer in answers.items() if answer},
            "not_entered_reason": cleaned["not_entered_reason"], "by": by,
        }  # fmt: skip
        if self.case is None:
            return record_case(study=self.study, site=cleaned["site"], **said)
        return correct_case(self.case, version=cleaned["version"], reason=cleaned["reason"], **said)


def unlisted(patients, case: ScreenedCase | None):
    """Patients of the study that no case of the log is linked to yet, and this case's own."""
    taken = ScreenedCase.objects.valid().exclude(patient=None)
    taken = taken.exclude(pk=case.pk) if case else taken
    return patients.exclude(pk__in=taken.values("patient_id")).order_by("study_number")


def patients_of(study: Study, user) -> "Patient":
    """The valid patients of a study that a person may see."""
    return Patient.objects.valid().visible_to(user).filter(study=study)
