"""The history of a value and of a row: what stood there, since when, whose it was, by which route and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from pghistory.models import Context

from registry.addressed import (
    OWN_COLUMNS,
    NoSuchPlace,
    Standing,
    columns_of,
    model_of,
    name_of,
    of_column,
    of_covariate,
    of_score,
)
from registry.addresses import COVARIATE, VISIT, Address
from registry.chart import FORMS
from registry.models import CovariateValue, Score, User

ROUTES = {"form": "page", "api": "API", "import": "import", "command": "command line", "task": "nightly task",
          "": "database"}  # fmt: skip
# What a row keeps beside its values; their changes are shown in the history of the row.
BESIDE = ("error_marked_at", "error_reason", "locked_at", "unavailable", "unavailable_comment", "collection_method",
          "source_document", "source_date", "certainty")  # fmt: skip


@dataclass(frozen=True)
class Change:
    """A state in which a value was, from `at` on. `who` is empty where nobody is known: a change in the database."""

    at: datetime
    who: str
    route: str
    reason: str
    value: str
    missing: str


@dataclass(frozen=True)
class RowChange:
    """A change of a row: each (label, before, after)."""

    at: datetime
    who: str
    route: str
    reason: str
    what: list[tuple[str, str, str]]


def field_history(address: Address) -> list[Change]:
    """The states in which the value at an address was, the oldest first; only those in which it changed."""
    events, standings = kept_of(address)
    changes: list[Change] = []
    last = ("", "")
    for event, standing, said in zip(events, standings, told(events), strict=True):
        shown = (standing.value, standing.missing)
        if shown != last:
            changes.append(Change(event.pgh_created_at, *said, *shown))
        last = shown
    return changes


def kept_of(address: Address) -> tuple[list[models.Model], list[Standing]]:
    """The history rows of the value's keeper, and what each says of the value."""
    if address.form == COVARIATE:
        rows = events_of(CovariateValue).filter(patient_id=address.row_id, covariate__name=address.field)
        events = list(rows)
        return events, [of_covariate(event) for event in events]
    if address.form == VISIT and address.field not in OWN_COLUMNS[VISIT]:
        rows = events_of(Score).filter(visit_id=address.row_id, instrument__key=address.field)
        events = list(rows.select_related("pgh_context", "instrument"))
        return events, [of_score(event, event.instrument) for event in events]
    column = next((each for each in columns_of(address.form) if each.name == address.field), None)
    if column is None:
        raise NoSuchPlace(address.field)
    events = list(events_of(model_of(address.form)).filter(pgh_obj_id=address.row_id))
    return events, [of_column(event, column) for event in events]


def events_of(model: type[models.Model]) -> models.QuerySet:
    """A model's history, in the order in which it was written."""
    history = model._meta.get_field("history").related_model
    return history.objects.select_related("pgh_context").order_by("pgh_id")


def told(events: Iterable) -> list[tuple[str, str, str]]:
    """(who, by which route, why) of each event, with one query for all names."""
    contexts = [told_by(event.pgh_context) for event in events]
    ids = {actor for actor, _, _ in contexts if actor}
    names = {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "username")}
    return [(names.get(actor, ""), route, reason) for actor, route, reason in contexts]


def told_by(context: Context | None) -> tuple[str, str, str]:
    said = context.metadata if context is not None else {}
    route = said.get("route", "")
    if not route and said.get("actor"):
        route = "command"
    return said.get("actor", ""), ROUTES.get(route, route), said.get("reason", "")


def row_history(form: str, row_id: UUID) -> list[RowChange]:
    """Every change of a row, the oldest first; a visit's with those of its scores."""
    columns = [*columns_of(form), *beside(model_of(form))] if form != COVARIATE else []
    changes = changes_of(list(events_of(model_of(form)).filter(pgh_obj_id=row_id)), columns)
    if form == VISIT:
        scores = events_of(Score).filter(visit_id=row_id).select_related("pgh_context", "instrument")
        changes += values_changed(
            list(scores), lambda event: event.instrument_id, lambda event: event.instrument.name,
            lambda event: of_score(event, event.instrument),
        )  # fmt: skip
    if form == "patient":
        values = events_of(CovariateValue).filter(patient_id=row_id).select_related("pgh_context", "covariate")
        changes += values_changed(
            list(values), lambda event: event.covariate_id, lambda event: event.covariate.label, of_covariate
        )
    return together(changes)


def beside(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.fields if field.name in BESIDE and field.name not in FORMS]


def changes_of(events: list, columns: list[models.Field]) -> list[RowChange]:
    """What differs between each state of a row and the one before."""
    changes: list[RowChange] = []
    before = {column.name: "" for column in columns}
    for event, said in zip(events, told(events), strict=True):
        after = {column.name: shown(of_column(event, column)) for column in columns}
        what = [(name_of(each), before[each.name], after[each.name]) for each in columns
                if before[each.name] != after[each.name]]  # fmt: skip
        if what or not changes:
            changes.append(RowChange(event.pgh_created_at, *said, what))
        before = after
    return changes


def values_changed(events: list, which, label, standing) -> list[RowChange]:
    """The same for tables with a row for each value."""
    changes, before = [], {}
    for event, said in zip(events, told(events), strict=True):
        was, now = before.get(which(event), ""), shown(standing(event))
        if was != now:
            changes.append(RowChange(event.pgh_created_at, *said, [(label(event), was, now)]))
        before[which(event)] = now
    return changes


def shown(standing: Standing) -> str:
    return "" if standing.is_empty else str(standing)


def together(changes: list[RowChange]) -> list[RowChange]:
    """What was done in one transaction is one change."""
    found: dict[tuple, RowChange] = {}
    for change in sorted(changes, key=lambda each: each.at):
        same = found.setdefault((change.at, change.who, change.route, change.reason),
                                RowChange(change.at, change.who, change.route, change.reason, []))  # fmt: skip
        same.what.extend(change.what)
    return list(found.values())
