"""Forms of a site's admin: a new person, what is done to one, a token, a site's name."""

from datetime import timedelta

from django import forms

from registry.access import SCOPES, Profile, Role
from registry.actions.people import LONGEST_TOKEN_LIFE
from registry.actions.staff import sites_of_tokens
from registry.models import Site, Study, User
from registry.staff import managed_sites

WHY = {"max_length": 300, "label": "Reason", "help_text": "It is kept in the history, with your name."}


class PersonForm(forms.Form):
    """Somebody new, and the first role."""

    username = forms.CharField(
        max_length=150, help_text="The person logs in with it; it stays in the history for good."
    )
    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="code", empty_label=None)
    role = forms.ChoiceField(choices=Role)
    reason = forms.CharField(**WHY)

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = managed_sites(by)
        self.fields["username"].widget.attrs |= {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class RoleForm(forms.Form):
    """Another role, at one of the admin's sites."""

    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="code", empty_label=None)
    role = forms.ChoiceField(choices=Role)
    reason = forms.CharField(**WHY)

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = managed_sites(by)


class ReasonForm(forms.Form):
    """Why; for what needs nothing else said."""

    reason = forms.CharField(**WHY)


class TakeForm(ReasonForm):
    """One of the person's roles, and why it is taken."""

    membership = forms.UUIDField(label="Role")


class TokenForm(forms.Form):
    """What a token is for, and how far it reaches."""

    name = forms.CharField(max_length=100, label="What it is for", help_text="For example: nightly pull to the centre.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], widget=forms.CheckboxSelectMultiple
    )
    sites = forms.ModelMultipleChoiceField(
        Site.objects.none(), to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    study = forms.ModelChoiceField(
        Study.objects.none(), to_field_name="slug", required=False, empty_label="every study of these sites"
    )
    days = forms.IntegerField(
        label="Days",
        initial=30,
        min_value=1,
        max_value=LONGEST_TOKEN_LIFE.days,
        help_text="How long it lives: 1 to 90.",
    )
    profile = forms.ChoiceField(
        choices=[("", "the strictest that its scopes can work with"), *Profile.choices], required=False
    )
    agreement = forms.CharField(
        max_length=200, required=False, help_text="Under which agreement rows leave; the limited profile needs one."
    )

    def __init__(self, *args, person: User, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        mine = sites_of_tokens(person, list(managed_sites(by)))
        self.fields["sites"].queryset = Site.objects.filter(pk__in=[site.pk for site in mine])
        self.fields["sites"].initial = [site.code for site in mine]
        self.fields["study"].queryset = Study.objects.filter(sites__in=mine).distinct().order_by("slug")

    def asked(self) -> dict:
        """As issue_token takes it."""
        said = dict(self.cleaned_data)
        return said | {"life": timedelta(days=said.pop("days"))}


class SiteForm(forms.Form):
    """What a site is called."""

    name = forms.CharField(max_length=200)
    reason = forms.CharField(**WHY)
