"""What a freeze's page says of its releases, to who may share: to whom, what was pulled, and a form to make one."""

from django import forms
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce

from outcomes.models import Freeze
from registry.errors import Refused
from registry.models import Job, Pull, User
from reports.models import Release, ReleaseAgreement
from reports.releases.access import RELEASE, may_share, recalled, recipients_of
from reports.releases.asking import LONGEST_WORDS, Terms
from reports.releases.profiles import FEWEST, LIMITED, SAFE_HARBOR

MOST_SHOWN = 100
PROFILE_WORDS = [
    (
        SAFE_HARBOR.name,
        f"Safe harbor: no dates, ages of 90 and more as 90, no patient alike with fewer than {FEWEST - 1} others",
    ),
    (LIMITED.name, "Limited, under an agreement: ages and typed dates as they are"),
]
NEEDS_WORDS = "Name the agreement: under this choice rows leave by one alone."


class ReleaseForm(forms.Form):
    """To whom rows of a freeze go, and in which form."""

    recipient = forms.ModelChoiceField(
        User.objects.none(), empty_label="Choose a person",
        help_text="People who have a role for pulling rows at every site of this freeze.",
    )  # fmt: skip
    profile = forms.ChoiceField(choices=PROFILE_WORDS, initial=SAFE_HARBOR.name, widget=forms.RadioSelect)
    fewest = forms.IntegerField(
        required=False, min_value=1, max_value=FEWEST, label="Patients who have to be alike",
        help_text=f"Safe harbor asks for {FEWEST} in age band, sex, disease, procedure and its year. Fewer need an "
        "agreement, which then holds for this person and cohort until another is written.",
    )  # fmt: skip
    agreement = forms.CharField(
        required=False, max_length=LONGEST_WORDS, label="Agreement",
        help_text="Which contract allows it, for example: DUA 12 of 3 May 2026. No names of patients.",
    )  # fmt: skip

    def __init__(self, freeze: Freeze, data=None):
        super().__init__(data, prefix="release")
        self.fields["recipient"].queryset = recipients_of(freeze)

    def clean(self):
        said = super().clean()
        needs = said.get("profile") == LIMITED.name or said.get("fewest")
        if needs and not said.get("agreement", "").strip():
            self.add_error("agreement", NEEDS_WORDS)
        return said

    @property
    def terms(self) -> Terms | None:
        words = self.cleaned_data["agreement"].strip()
        return Terms(fewest=self.cleaned_data["fewest"] or FEWEST, words=words) if words else None

    def refuse(self, error: Refused) -> None:
        for problem in error.problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


def releases_page(freeze: Freeze, user: User, form: ReleaseForm | None = None) -> dict:
    """The releases of a freeze and the form; nothing for who may not share at every site of it."""
    if not may_share(user, freeze):
        return {}
    agreements = ReleaseAgreement.objects.filter(cohort=freeze.cohort_id, site_ids__contains=freeze.site_ids)
    under_way = Job.objects.filter(kind=RELEASE, params__freeze=str(freeze.pk), state__in=Job.UNDER_WAY)
    return {
        "releases": releases_of(freeze),
        "release_form": form or ReleaseForm(freeze),
        "release_jobs": list(under_way.order_by("created_at")[:MOST_SHOWN]),
        "agreements": list(agreements.select_related("recipient", "made_by")[:MOST_SHOWN]),
    }


def releases_of(freeze: Freeze) -> list[Release]:
    """The releases, newest first, with `recalled`, `pulls` and `pulled_at`; in one query."""
    pulls = Pull.objects.filter(release=OuterRef("digest"), user=OuterRef("recipient"), status__in=(200, 206))
    pulls = pulls.order_by().values("release")
    rows = Release.objects.filter(freeze=freeze).select_related("recipient", "made_by")
    rows = rows.annotate(
        recalled=recalled(),
        pulls=Coalesce(Subquery(pulls.annotate(n=Count("pk")).values("n")), 0),
        pulled_at=Subquery(pulls.annotate(at_last=Max("at")).values("at_last")),
    )
    return list(rows.defer("manifest", "patient_ids")[:MOST_SHOWN])
