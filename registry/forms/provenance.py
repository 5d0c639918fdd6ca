"""Where the values of a form were read: folded on the page, and as the last time until somebody says otherwise."""

from uuid import UUID

from django import forms
from django.db.models import Q

from registry.access import Permission, roles_with
from registry.models import FollowUpVisit, Site, User
from registry.models.provenance import Certainty, CollectionMethod

SOURCE_FIELDS = ("collection_method", "source_document", "source_date", "certainty", "abstractor")
# What stays the same from one chart to the next; a document and its date are this chart's own.
REMEMBERED = ("collection_method", "certainty")


def readers(site: Site, recorded: UUID | None):
    """Who may read charts at a site, and who is recorded as having done so."""
    member = Q(is_active=True, memberships__site=site, memberships__role__in=roles_with(Permission.RECORD))
    return User.objects.filter(member | Q(pk=recorded)).distinct().order_by("username")


def source_fields(site: Site, *, recorded_reader: UUID | None = None) -> dict[str, forms.Field]:
    """The fields of a source at a site, by name."""
    return {
        "collection_method": forms.ChoiceField(
            label="How it was collected", required=False, choices=[("", "not said"), *CollectionMethod.choices]
        ),
        "source_document": forms.CharField(
            label="Document", required=False, max_length=200,
            help_text="Its kind and where it is kept; no names, no record numbers.",
        ),
        "source_date": forms.DateField(
            label="Date of the document", required=False, input_formats=["%Y-%m-%d"],
            widget=forms.DateInput({"placeholder": "YYYY-MM-DD", "autocomplete": "off"}, format="%Y-%m-%d"),
            error_messages={"invalid": "Write the date as 2021-06-14."},
        ),
        "certainty": forms.ChoiceField(
            label="Certainty", required=False, choices=[("", "not said"), *Certainty.choices]
        ),
        "abstractor": forms.ModelChoiceField(
            label="Read by", required=False, queryset=readers(site, recorded_reader), empty_label="not said"
        ),
    }  # fmt: skip


def source_of(row) -> dict[str, object]:
    """The recorded source of a row, as its form starts."""
    return {name: getattr(row, "abstractor_id" if name == "abstractor" else name) or "" for name in SOURCE_FIELDS}


def source_last_time(user: User, site: Site) -> dict[str, object]:
    """What the person said of her source the last time here; the first time, a chart that she reads herself."""
    last = FollowUpVisit.objects.filter(recorded_by=user, site=site).exclude(collection_method="")
    said = last.order_by("-recorded_at").values(*REMEMBERED).first()
    return (said or {"collection_method": CollectionMethod.CHART_REVIEW}) | {"abstractor": user.pk}
