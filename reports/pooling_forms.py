"""The forms of a pooling study's page."""

from django import forms

from outcomes.models import Contributor
from outcomes.pooling.bundle import LARGEST
from registry.errors import Refused


class StudyForm(forms.Form):
    """A form that says what was refused beside the field that it is about."""

    def refuse(self, error: Refused) -> None:
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


class BundleForm(StudyForm):
    """A bundle that came as a file."""

    bundle = forms.FileField(
        label="Bundle", help_text="The signed JSON file that a site's export writes. Taken in whole, or not at all."
    )

    def clean_bundle(self):
        if self.cleaned_data["bundle"].size > LARGEST:
            raise forms.ValidationError(f"A bundle has at most {LARGEST:,} bytes.")
        return self.cleaned_data["bundle"]


class KeyForm(StudyForm):
    """Who may send, and the public half of the key that it signs with."""

    code = forms.CharField(
        max_length=40, validators=Contributor._meta.get_field("code").validators,
        help_text="The site's code, as its bundles carry it: small letters, digits, hyphens.",
    )  # fmt: skip
    name = forms.CharField(max_length=200, required=False, help_text="What the site is called in words.")
    public = forms.CharField(
        label="Public key", max_length=44, help_text=(
            "The line of 44 characters under Keys on the site's own page Sharing; its command "
            "manage.py site_key --site CODE writes the same line."
        ),
    )  # fmt: skip


class RevokeForm(StudyForm):
    """The key that is to open nothing more, and why."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, help_text="For the history, for example: the key was lost.")
