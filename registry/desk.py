"""The list of queries: which are asked for, how long they are open, and the list as a file."""

import csv
import io
from datetime import datetime, timedelta

from django import forms
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from registry.access import Permission, sites_for
from registry.addressed import labels_of, title_of
from registry.addresses import Address
from registry.imports.inert import inert
from registry.models import Query, QueryStep, Site, Study, User

UNSETTLED = ("open", "answered")
LONGEST_FILE = 20_000
HEADER = ("patient", "study", "site", "form", "field", "rule", "category", "status", "assigned to", "days open",
          "question", "opened by", "opened at", "last step", "last comment", "last step by", "last step at",
          "comments", "query")  # fmt: skip


class QueryFilter(forms.Form):
    """Which queries; nothing chosen: those that are open or answered."""

    status = forms.ChoiceField(
        required=False, choices=[("", "open and answered"), *Query.Status.choices, ("all", "all")]
    )
    study = forms.ModelChoiceField(
        Study.objects.none(), required=False, to_field_name="slug", empty_label="all studies"
    )
    site = forms.ModelChoiceField(Site.objects.none(), required=False, to_field_name="code", empty_label="all sites")
    category = forms.ChoiceField(required=False, choices=[("", "all categories"), *Query.Category.choices])
    rule = forms.CharField(required=False, max_length=20)
    days = forms.IntegerField(required=False, min_value=0, max_value=36_500, label="Open for days, at least")
    mine = forms.BooleanField(required=False, label="Assigned to me")

    def __init__(self, data, *, user: User):
        super().__init__(data)
        self.user = user
        sites = Site.objects.all() if user.is_system else Site.objects.filter(
            pk__in=sites_for(user, Permission.VIEW_PATIENTS)
        )  # fmt: skip
        self.fields["study"].queryset = Study.objects.visible_to(user).order_by("slug")
        self.fields["site"].queryset = sites.order_by("code")

    def queries(self) -> QuerySet[Query]:
        """The queries that are asked for, the oldest first."""
        asked, rows = self.cleaned_data, Query.objects.visible_to(self.user)
        if asked["status"] != "all":
            rows = rows.filter(status__in=[asked["status"]] if asked["status"] else UNSETTLED)
        for name, path in (("study", "patient__study"), ("site", "site"), ("category", "category"), ("rule", "rule")):
            if asked[name]:
                rows = rows.filter(**{path: asked[name]})
        if asked["mine"]:
            rows = rows.filter(assigned_to=self.user)
        if asked["days"]:
            rows = rows.filter(opened_at__lte=timezone.now() - timedelta(days=asked["days"]))
        return rows.select_related("patient__study", "site", "assigned_to", "opened_by").order_by("opened_at", "id")


def waiting_for(user: User) -> QuerySet[Query]:
    """The queries that a person is to act on: open ones where they record, answered ones where they check."""
    to_answer = Q(status="open", site__in=sites_for(user, Permission.RECORD))
    to_check = Q(status="answered", site__in=sites_for(user, Permission.CHECK))
    nobody_else = Q(assigned_to=None) | Q(assigned_to=user)
    return Query.objects.visible_to(user).filter(to_answer & nobody_else | to_check)


def days_open(query: Query, now: datetime | None = None) -> int:
    """Whole days from its opening to its end, or to now."""
    return ((query.ended_at or now or timezone.now()) - query.opened_at).days


def with_places(queries) -> list[Query]:
    """The queries with what they are about in words (`place`) and their `days`, in one more query for all."""
    queries = list(queries)
    labels = labels_of(Address(query.form, query.row_id, query.field) for query in queries)
    for query in queries:
        label = labels[query.form, query.field]
        query.place = f"{title_of(query.form)}: {label}" if label else title_of(query.form)
        query.days = days_open(query)
    return queries


def as_csv(queries: QuerySet[Query]) -> str:
    """The queries with their first and last words; text that a spreadsheet would compute gets an apostrophe."""
    last = QueryStep.objects.filter(query=OuterRef("pk")).order_by("-at", "-id")
    rows = queries.annotate(
        comments=Count("steps"), last_action=Subquery(last.values("action")[:1]),
        last_comment=Subquery(last.values("comment")[:1]), last_at=Subquery(last.values("at")[:1]),
        last_by=Subquery(last.annotate(name=F("by__username")).values("name")[:1]),
    )  # fmt: skip
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    labels = labels_of(Address(query.form, query.row_id, query.field) for query in rows)
    for query in rows[:LONGEST_FILE]:
        writer.writerow(csv_row(query, labels[query.form, query.field]))
    return file.getvalue()


def csv_row(query: Query, label: str) -> list:
    action = QueryStep.Action(query.last_action).label if query.last_action else ""
    cells = [
        query.patient.study_number, query.patient.study.slug, query.site.code, title_of(query.form), label, query.rule,
        query.get_category_display(), query.get_status_display(), str(query.assigned_to or ""), days_open(query),
        query.text, str(query.opened_by), moment(query.opened_at), action, query.last_comment or "",
        query.last_by or "", moment(query.last_at), query.comments, str(query.pk),
    ]  # fmt: skip
    return [inert(cell) if isinstance(cell, str) else cell for cell in cells]


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
