"""What is to be done next: planned visits by their windows, what was left unfinished, queries that wait for an answer.

A closed window is two kinds of work. Where the patient was being followed while it was open, the visit is overdue:
somebody is to be called. Where the patient was entered later, as in a chart review, it is to be abstracted: the chart
is to be read.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, TruncDate

from registry.chart import FORMS, Form
from registry.models import FollowUpVisit, Patient, Query
from registry.models.provenance import CollectionMethod
from registry.planned import OUTSTANDING, Fate, followed, planned_visits, visits_there
from registry.unfinished import never_opened, once_only, unfinished_rows, unfinished_visits

DAYS = 30
FROM_THE_CHART = (CollectionMethod.CHART_REVIEW, CollectionMethod.REGISTRY_LINKAGE, "")


class Work(TextChoices):
    """The kinds of work, in the order in which they press."""

    CLOSING = "closing", "Closing soon"
    DUE = "due", "Open or opening"
    OVERDUE = "overdue", "Overdue"
    ABSTRACT = "abstract", "To abstract"
    VISITS = "visits", "Incomplete visits"
    FORMS = "forms", "Incomplete forms"
    UNOPENED = "unopened", "Never opened"
    QUERIES = "queries", "Open queries"
    LOCKED = "locked", "Locked"
    UNDATED = "undated", "No window"


BY_WINDOW = (Work.DUE, Work.OVERDUE, Work.ABSTRACT, Work.LOCKED, Work.UNDATED)
LATER = "later"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose work, on which day, and which of it. `days`: how far ahead a window opens or closes."""

    user: object
    on: date
    days: int = DAYS
    study: str = ""
    site: str = ""

    def of(self, rows: QuerySet, patient: str = "patient") -> QuerySet:
        """Rows of patients who are still in, at the study and site that are asked for."""
        wanted = {"error_marked_at": None, "withdrawn_on": None}
        wanted |= {"study__slug": self.study} if self.study else {}
        wanted |= {"site__code": self.site} if self.site else {}
        return rows.filter(**{f"{patient}__{name}": value for name, value in wanted.items()})

    @property
    def procedures(self) -> QuerySet:
        return self.of(followed(self.user))

    @property
    def horizon(self) -> date:
        return self.on + timedelta(days=self.days)


def is_locked(patient: str = "patient") -> Q:
    return Q(**{f"{patient}__locked_at__isnull": False}) | Q(**{f"{patient}__study__locked_at__isnull": False})


def unlocked(scope: Scope, rows: QuerySet, patient: str) -> QuerySet:
    """Rows of patients who are still in and whose record takes entries."""
    return scope.of(rows, patient).exclude(is_locked(patient))


def outstanding_visits(scope: Scope) -> QuerySet:
    """The planned visits without a record, each with its `work`."""
    rows = planned_visits(scope.procedures, on=scope.on).filter(~Exists(visits_there()), fate__in=OUTSTANDING)
    soon = Q(fate=Fate.OPEN) | Q(fate=Fate.AHEAD, opens_on__lte=scope.horizon)
    return rows.annotate(
        work=Case(
            When(Q(fate=Fate.UNKNOWN), then=Value(Work.UNDATED)),
            When(is_locked() & (soon | Q(fate=Fate.CLOSED)), then=Value(Work.LOCKED)),
            When(soon, then=Value(Work.DUE)),
            When(Q(fate=Fate.CLOSED, dead=False) & was_followed_then(), then=Value(Work.OVERDUE)),
            When(fate=Fate.CLOSED, then=Value(Work.ABSTRACT)),
            default=Value(LATER),
            output_field=CharField(),
        )
    )


def was_followed_then() -> Q:
    """The window closed after the patient was entered, or an earlier visit did not come from the chart."""
    history = Patient.pgh_event_model.objects.filter(pgh_obj=OuterRef("patient"), pgh_label="insert").order_by()
    entered = Subquery(history.annotate(day=TruncDate("pgh_created_at")).values("day")[:1])
    seen = FollowUpVisit.objects.valid().filter(procedure=OuterRef("pk"))
    live = Exists(seen.exclude(collection_method__in=FROM_THE_CHART))
    return Q(closes_on__gte=entered) | Q(live)


def closing(visits: QuerySet, scope: Scope) -> QuerySet:
    """Those of the due visits whose window closes within the days."""
    return visits.filter(work=Work.DUE, closes_on__lte=scope.horizon)


def incomplete_visits(scope: Scope) -> QuerySet:
    visits = FollowUpVisit.objects.valid().visible_to(scope.user).filter(procedure__error_marked_at=None)
    return unfinished_visits(unlocked(scope, visits, "procedure__patient")).order_by()


def open_queries(scope: Scope) -> QuerySet:
    """Queries that wait for an answer."""
    return scope.of(Query.objects.visible_to(scope.user).filter(status=Query.Status.OPEN)).order_by()


def incomplete_forms(scope: Scope) -> list[tuple[Form, QuerySet]]:
    """The rows of each form that were begun and are not complete."""
    return [
        (form, unlocked(scope, unfinished_rows(form).visible_to(scope.user), form.model.PATIENT_PATH))
        for form in FORMS.values()
        if form.required
    ]


def unopened_forms(scope: Scope) -> list[tuple[Form, QuerySet]]:
    """The followed procedures for which a form that is filled once was never opened, in studies that use it."""
    open_ones = scope.procedures.exclude(is_locked())
    return [(form, never_opened(form, open_ones)) for form in once_only()]


NAMES = {
    "patient_pk": "pk", "number": "study_number", "site_code": "site__code", "study_slug": "study__slug",
    "study_name": "study__name",
}  # fmt: skip


def named(rows: QuerySet, patient: str, form: str, row) -> QuerySet:
    """The same columns of every form, to be put in one list."""
    about = {f"of_{name}": F(f"{patient}__{path}") for name, path in NAMES.items()}
    rows = rows.annotate(**about, of_form=Value(form, output_field=CharField()), of_row=row)
    return rows.values(*about, "of_form", "of_row")


def in_one_list(parts: list[tuple[Form, QuerySet]], *, begun: bool) -> QuerySet:
    """The rows of all forms with the same columns, in the order of the patients. `begun`: they have a row to open."""
    row = Cast(F("pk"), UUIDField()) if begun else Value(None, output_field=UUIDField())
    lists = [named(rows, form.model.PATIENT_PATH if begun else "patient", form.key, row) for form, rows in parts]
    return lists[0].union(*lists[1:], all=True).order_by("of_study_slug", "of_site_code", "of_number", "of_form")


def counts(scope: Scope, *, by: str = "study__slug") -> dict[str, dict[str, int]]:
    """How much there is of each kind of work, for each value of a column of the patient."""
    parts = [
        (outstanding_visits(scope), "patient", closing_or_work(scope)),
        (incomplete_visits(scope), "procedure__patient", Value(Work.VISITS)),
        (open_queries(scope), "patient", Value(Work.QUERIES)),
        *((rows, form.model.PATIENT_PATH, Value(Work.FORMS)) for form, rows in incomplete_forms(scope)),
        *((rows, "patient", Value(Work.UNOPENED)) for _, rows in unopened_forms(scope)),
    ]
    found: dict[str, dict[str, int]] = {}
    for rows, patient, work in parts:
        keyed = rows.order_by().annotate(of=F(f"{patient}__{by}"), what=work).values_list("of", "what")
        for of, what, many in keyed.annotate(many=Count("*")):
            here = found.setdefault(of, dict.fromkeys([*Work.values, LATER], 0))
            here[what] += many
            here[Work.DUE] += many if what == Work.CLOSING else 0
    return found


def closing_or_work(scope: Scope) -> Case:
    """The work of a planned visit; the due ones that close within the days stand apart, and are due all the same."""
    soon = Q(work=Work.DUE, closes_on__lte=scope.horizon)
    return Case(When(soon, then=Value(Work.CLOSING)), default=F("work"), output_field=CharField())


def in_all(by_group: dict[str, dict[str, int]]) -> dict[str, int]:
    """The counts of all groups together."""
    return {work: sum(group[work] for group in by_group.values()) for work in Work.values}
