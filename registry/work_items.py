"""The lines of the worklist: who, what, until when, and the page on which it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from registry.access import Permission, sites_for
from registry.chart import FORMS
from registry.models import Site
from registry.worklist import (
    Scope,
    Work,
    closing,
    in_one_list,
    incomplete_forms,
    incomplete_visits,
    open_queries,
    outstanding_visits,
    unopened_forms,
)

VISIT_COLUMNS = (
    "pk", "patient_id", "patient__study_number", "site_id", "site__code", "patient__study__name", "point_code",
    "point_label", "opens_on", "closes_on", "target", "performed_on", "performed_precision", "dead", "died_by", "fate",
    "opens_day",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line. `days` and `when` say how much time is left or past; `about` is the window or what is asked."""

    number: str
    site: str
    study: str
    what: str
    address: str
    when: str = ""
    about: str = ""
    urgent: bool = False


def recordable_sites(user) -> set[UUID]:
    """The sites where the reader may record."""
    if user.is_system:
        return set(Site.objects.values_list("pk", flat=True))
    return set(Site.objects.filter(pk__in=sites_for(user, Permission.RECORD)).values_list("pk", flat=True))


def lines(work: Work, scope: Scope) -> QuerySet:
    """The rows of one kind of work, the most pressing first; `items` makes lines of them."""
    if work is Work.VISITS:
        return incomplete_visits(scope).values(*INCOMPLETE).order_by("visited_on", "pk")
    if work is Work.FORMS:
        return in_one_list(incomplete_forms(scope), begun=True)
    if work is Work.UNOPENED:
        return in_one_list(unopened_forms(scope), begun=False)
    if work is Work.QUERIES:
        return open_queries(scope).select_related("patient__study", "site").order_by("opened_at", "pk")
    visits = outstanding_visits(scope)
    wanted = closing(visits, scope) if work is Work.CLOSING else visits.filter(work=work)
    return wanted.order_by("closes_on", "opens_on", "patient__study_number", "point_order").values(*VISIT_COLUMNS)


INCOMPLETE = (
    "pk", "procedure__patient_id", "procedure__patient__study_number", "site__code", "site_id",
    "procedure__patient__study__name", "timepoint__label", "visited_on", "day",
)  # fmt: skip


def items(work: Work, rows: Iterable, scope: Scope) -> list[Item]:
    """The lines of a page of rows."""
    may_record = recordable_sites(scope.user)
    make = {
        Work.VISITS: incomplete_visit, Work.FORMS: form_item, Work.UNOPENED: form_item, Work.QUERIES: query_item,
    }.get(work, planned_visit)  # fmt: skip
    return [make(row, scope.on, may_record) for row in rows]


def planned_visit(row: dict, on: date, may_record: set[UUID]) -> Item:
    """A visit to be made, or to be read in the chart: its link carries the timepoint and the day that was planned."""
    patient = reverse("patient-detail", args=[row["patient_id"]])
    link = f"{reverse('visit-create', args=[row['pk']])}?{urlencode(suggested(row))}"
    return Item(
        number=row["patient__study_number"], site=row["site__code"], study=row["patient__study__name"],
        what=row["point_label"], address=link if row["site_id"] in may_record else patient,
        when=time_left(row, on), about=window_of(row), urgent=closes_within(7, row, on),
    )  # fmt: skip


def closes_within(days: int, row: dict, on: date) -> bool:
    return row["closes_on"] is not None and (row["closes_on"] - on).days <= days


def suggested(row: dict) -> dict[str, str]:
    """The timepoint, and the planned day where there is one: the form offers it and fills in nothing."""
    planned = planned_day(row)
    return {"timepoint": row["point_code"]} | ({"on": planned.isoformat()} if planned else {})


def planned_day(row: dict) -> date | None:
    if row["performed_precision"] != "day" or row["target"] is None:
        return None
    return row["performed_on"] + timedelta(days=row["target"])


def window_of(row: dict) -> str:
    """'1 Jun to 16 Jul 2024, planned for 12 Jun'."""
    if row["opens_day"] is None:
        return "The plan gives this visit no window."
    if row["performed_on"] is None:
        return "The date of the procedure is not known."
    if row["performed_precision"] != "day":
        return f"The procedure is dated to the {row['performed_precision']} only."
    planned = planned_day(row)
    about = f"{in_words(row['opens_on'])} to {in_words(row['closes_on'])}"
    about += f", planned for {in_words(planned)}" if planned else ""
    return about + (f"; died {in_words(row['died_by'])}" if row["died_by"] else "; died" if row["dead"] else "")


def in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def time_left(row: dict, on: date) -> str:
    """'closes today', '12 days left', 'opens in 3 days', 'closed 40 days ago'; nothing where no window is known."""
    opens, closes = row["opens_on"], row["closes_on"]
    if row["fate"] == "unknown" or closes is None:
        return ""
    if closes < on:
        return f"closed {days_in_words((on - closes).days)} ago"
    if opens > on:
        return f"opens in {days_in_words((opens - on).days)}"
    return f"{days_in_words((closes - on).days)} left" if closes > on else "closes today"


def days_in_words(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def incomplete_visit(row: dict, on: date, may_record: set[UUID]) -> Item:
    """A visit at which something is not answered."""
    patient = reverse("patient-detail", args=[row["procedure__patient_id"]])
    when = in_words(row["visited_on"]) if row["visited_on"] else f"day {row['day']}" if row["day"] is not None else ""
    return Item(
        number=row["procedure__patient__study_number"], site=row["site__code"],
        study=row["procedure__patient__study__name"], what=row["timepoint__label"] or "Unscheduled visit",
        address=reverse("visit-correct", args=[row["pk"]]) if row["site_id"] in may_record else patient, when=when,
    )  # fmt: skip


def form_item(row: dict, on: date, may_record: set[UUID]) -> Item:
    """A form of the chart, at its row where it was begun."""
    key = row["of_form"]
    if row["of_row"]:
        address = reverse("chart-row", args=[key, row["of_row"]])
    else:
        address = reverse("chart-form", args=[row["of_patient_pk"], key])
    return Item(number=row["of_number"], site=row["of_site_code"], study=row["of_study_name"], what=FORMS[key].title,
                address=address)  # fmt: skip


def query_item(query, on: date, may_record: set[UUID]) -> Item:
    """A query that waits for an answer."""
    waiting = days_in_words(max((on - query.opened_at.date()).days, 0))
    return Item(
        number=query.patient.study_number, site=query.site.code, study=query.patient.study.name, what=query.text,
        address=reverse("query-detail", args=[query.pk]), when=f"open for {waiting}", about=query.rule,
    )  # fmt: skip
