"""The forms of what leaves a site: a new spec, a decision on one, a bundle to be made."""

from django import forms

from outcomes.pooling.bundle import OVERLAPS
from outcomes.pooling.spec import LARGEST
from registry.errors import Refused
from reports.sharing_words import LEVELS


class SharingForm(forms.Form):
    """A form that says what was refused beside the field that it is about."""

    def refuse(self, error: Refused) -> None:
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


class ProposeForm(SharingForm):
    """A spec that came as a file."""

    site = forms.ModelChoiceField(None, to_field_name="code", empty_label=None)
    spec = forms.FileField(
        help_text="The JSON file that make_spec or the pooling place wrote. Nothing leaves by it yet."
    )

    def __init__(self, data=None, files=None, *, sites):
        super().__init__(data, files)
        self.fields["site"].queryset = sites

    def clean_spec(self):
        if self.cleaned_data["spec"].size > LARGEST:
            raise forms.ValidationError(f"A spec has at most {LARGEST:,} bytes.")
        return self.cleaned_data["spec"]


class ApproveForm(SharingForm):
    """At which levels tables may leave by a spec: a box for each, which says its own name."""

    def __init__(self, data=None, *, levels, approved=()):
        super().__init__(data, initial=dict.fromkeys(approved, True))
        for level in levels:
            self.fields[level] = forms.BooleanField(label=LEVELS[level][0], required=False)


class RetireForm(SharingForm):
    """Why nothing more leaves by a spec."""

    reason = forms.CharField(
        max_length=300, help_text="It is kept in the history. What left already stays where it is."
    )


class SendForm(SharingForm):
    """Which freeze is counted, what of it leaves, and whether its patients may be elsewhere too."""

    freeze = forms.ModelChoiceField(
        None, empty_label=None, help_text="Of this site alone. Freezes of others are not listed."
    )
    level = forms.ChoiceField(label="What leaves")
    overlap = forms.ChoiceField(
        label="Patients of other sites", choices=list(OVERLAPS.items()), help_text="It is said in the bundle."
    )

    def __init__(self, data=None, *, freezes, levels):
        super().__init__(data)
        self.fields["freeze"].queryset = freezes
        self.fields["freeze"].label_from_instance = called
        self.fields["level"].choices = [(level, LEVELS[level][0]) for level in levels]


def called(freeze) -> str:
    """A freeze by its names, when it was made, of how many."""
    names = ", ".join(each.name for each in freeze.names.all()) or "not named"
    flow = freeze.manifest["flow"]
    return f"{names}: {freeze.cohort.name}, {freeze.made_at:%-d %b %Y %H:%M}, {flow['patients']:,} patients"
