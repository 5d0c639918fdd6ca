"""Forms of second readings: drawing a sample, reading a visit again, settling a disagreement."""

import secrets
from decimal import Decimal

from django import forms

from registry.access import MAY, Permission, sites_for
from registry.forms.numbers import NumberField
from registry.forms.scores import ScoresForm
from registry.models import MissingReason, Reading, Resolution, Site, Study, User
from registry.reabstraction import asked_of, in_words

READERS = [role for role, permissions in MAY.items() if Permission.VIEW_PATIENTS in permissions]


class SampleForm(forms.Form):
    """What to draw, and who reads it."""

    study = forms.ModelChoiceField(Study.objects.none(), to_field_name="slug", empty_label="choose a study")
    site = forms.ModelChoiceField(Site.objects.none(), to_field_name="code", empty_label="choose a site")
    reader = forms.ModelChoiceField(
        User.objects.none(), label="Second reader", to_field_name="username", empty_label="choose a person",
        help_text="What this person read first is not drawn. A patient is hidden from the reader until read again.",
    )  # fmt: skip
    share = forms.DecimalField(
        label="Per cent of the visits", initial=5, min_value=Decimal("0.01"), max_value=100, max_digits=5,
        decimal_places=2,
    )  # fmt: skip
    seed = forms.IntegerField(
        min_value=0,
        max_value=2_000_000_000,
        help_text="The same seed draws the same visits again; keep the one offered.",
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        sites = Site.objects.filter(pk__in=sites_for(user, Permission.CHECK)) if not user.is_system else Site.objects
        self.fields["site"].queryset = sites.all()
        self.fields["study"].queryset = Study.objects.visible_to(user, Permission.CHECK)
        members = User.objects.filter(is_active=True, memberships__site__in=sites.all(), memberships__role__in=READERS)
        self.fields["reader"].queryset = members.distinct().order_by("username")
        self.fields["seed"].initial = secrets.randbelow(1_000_000)

    def clean(self):
        cleaned = super().clean()
        site, reader = cleaned.get("site"), cleaned.get("reader")
        if site and reader and not reader.memberships.filter(site=site, role__in=READERS).exists():
            self.add_error("reader", "This person has no role at the site.")
        return cleaned


class ReadingForm(ScoresForm):
    """A visit's scores, asked again with nothing of the first reading shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, reading: Reading, **kwargs):
        super().__init__(*args, initial={"version": reading.version}, **kwargs)
        self.ask(asked_of(reading.visit))


class ResolutionForm(forms.Form):
    """How one disagreement is settled."""

    field = forms.CharField(widget=forms.HiddenInput, max_length=60)
    taken = forms.ChoiceField(label="What the chart says", widget=forms.RadioSelect)
    value = NumberField(label="The other value", required=False, max_length=30)
    missing = forms.ChoiceField(
        label="Or the reason why there is none",
        required=False,
        choices=[("", "there is a value"), *MissingReason.choices],
    )
    reason = forms.CharField(label="How it was decided", max_length=300)

    def __init__(self, *args, found=None, **kwargs):
        super().__init__(*args, **kwargs)
        first, second = (in_words(found.first), in_words(found.second)) if found else ("", "")
        self.fields["taken"].choices = [
            (Resolution.Taken.FIRST, f"first reading: {first}"),
            (Resolution.Taken.SECOND, f"second reading: {second}"),
            (Resolution.Taken.OTHER, "another value"),
        ]

    def decision(self) -> dict:
        """What was decided, as the action takes it."""
        cleaned = dict(self.cleaned_data)
        missing = cleaned.pop("missing")
        return cleaned | {"value": MissingReason(missing) if missing else cleaned["value"]}
