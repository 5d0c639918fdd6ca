"""The trail of a site as people read it: entry by entry, the latest first, a page at a time.

It is read along the chain. Filters that the chain does not know (who, which patient) are held against a stretch of it;
where that is too short to fill a page, the page says how far it looked and goes on from there.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection, models

from registry.history import ROUTES
from registry.models import Covariate, Instrument, Patient, Site, Timepoint, User
from registry.trail.verify import event_models

PER_PAGE = 50
STRETCH = 5000
LATEST = (2**62, 2**62)
# How a second reading came out stays with those who read until it is settled there.
APART = {"registry_readingevent": {"values", "first_values"}}
BESIDE = {"id", "version"}
TO_PATIENT = {
    "patient_id": "e.patient_id",
    "procedure_id": "(SELECT p.patient_id FROM registry_procedure p WHERE p.id = e.procedure_id)",
    "visit_id": "(SELECT p.patient_id FROM registry_followupvisit v JOIN registry_procedure p ON p.id = v.procedure_id"
                " WHERE v.id = e.visit_id)",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which entries."""

    site: Site
    before: tuple[int, int] = LATEST
    actor: UUID | None = None
    table: str = ""
    day: date | None = None
    patients: list[UUID] = field(default_factory=list)
    hidden: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """An entry: who, when, by which route and why, and each (label, before, after)."""

    seq: int
    at: datetime
    who: str
    route: str
    reason: str
    db_role: str
    kind: str
    done: str
    patient: Patient | None
    what: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Found:
    lines: list[Line]
    # Where the next page begins, if there is more; and whether this one ended before it was full.
    further: tuple[int, int] | None
    cut_short: bool


def kinds() -> dict[str, str]:
    """{history table: what its rows are} of those whose rows belong to a site."""
    found = {each._meta.db_table: str(each.pgh_tracked_model._meta.verbose_name) for each in event_models()
             if "site_id" in columns_of(each)}  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: item[1]))


def columns_of(event_model) -> dict[str, models.Field]:
    return {each.column: each for each in event_model._meta.concrete_fields}


def patient_sql(event_model) -> str:
    if event_model.pgh_tracked_model is Patient:
        return "e.id"
    columns = columns_of(event_model)
    return next((path for column, path in TO_PATIENT.items() if column in columns), "NULL::uuid")


def arms(columns: str) -> str:
    """SQL: the history row of an entry t with its shape s, whichever table it is in."""
    return " UNION ALL ".join(
        f"SELECT {columns.format(patient=patient_sql(each), table=each._meta.db_table)} FROM {each._meta.db_table} e"
        f" WHERE s.event_table = '{each._meta.db_table}' AND e.pgh_id = t.event_id"
        for each in event_models() if each._meta.db_table in kinds()
    )  # fmt: skip


def stretch(asked: Asked) -> tuple[str, dict]:
    """SQL: the entries of a stretch of the chain."""
    wanted, given = "", {"chain": asked.site.pk, "seq": asked.before[0], "place": asked.before[1]}
    if asked.day is not None:
        begin = datetime.combine(asked.day, time.min, UTC)
        wanted += " AND b.sealed_at >= %(begin)s AND b.sealed_at < %(end)s"
        given |= {"begin": begin, "end": begin + timedelta(days=1)}
    if asked.table:
        wanted += " AND t.shape_id IN (SELECT id FROM registry_trailshape WHERE event_table = %(table)s)"
        given["table"] = asked.table
    return (
        "SELECT b.seq, b.sealed_at, b.db_role, t.id AS place, t.shape_id, t.event_id FROM registry_trailblock b"
        " JOIN registry_trailentry t ON t.block_id = b.id WHERE b.chain = %(chain)s AND b.seq <= %(seq)s"
        f" AND (b.seq < %(seq)s OR t.id < %(place)s){wanted} ORDER BY b.seq DESC, t.id DESC LIMIT {STRETCH}",
        given,
    )


def found(asked: Asked) -> Found:
    """A page of entries."""
    looked, given = stretch(asked)
    given |= {"actor": str(asked.actor or ""), "patients": asked.patients, "hidden": asked.hidden}
    said = "e.pgh_context_id, {patient} AS patient, e.pgh_label, e.pgh_created_at, to_jsonb(e) AS now"
    picked = query(
        f"""WITH looked AS ({looked})
        SELECT t.seq, t.place, t.sealed_at, t.db_role, s.event_table, x.patient, x.pgh_label, x.pgh_created_at,
            x.now::text, c.metadata::text, t.event_id, t.shape_id
        FROM looked t JOIN registry_trailshape s ON s.id = t.shape_id JOIN LATERAL ({arms(said)}) x ON TRUE
        LEFT JOIN pghistory_context c ON c.id = x.pgh_context_id
        WHERE (%(actor)s = '' OR c.metadata->>'actor' = %(actor)s)
            AND (cardinality(%(patients)s::uuid[]) = 0 OR x.patient = ANY(%(patients)s))
            AND (x.patient IS NULL OR NOT x.patient = ANY(%(hidden)s::uuid[]))
        ORDER BY t.seq DESC, t.place DESC LIMIT {PER_PAGE + 1}""",
        given,
    )
    end = query(f"SELECT seq, place FROM ({looked}) l OFFSET {STRETCH - 1}", given)
    shown = picked[:PER_PAGE]
    cut_short = len(picked) <= PER_PAGE and bool(end)
    further = tuple(shown[-1][:2]) if len(picked) > PER_PAGE else tuple(end[0]) if end else None
    return Found(lines_of(shown), further, cut_short)


def query(sql: str, given: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.fetchall()


def lines_of(picked: list[tuple]) -> list[Line]:
    """Rows of the database in words."""
    before = earlier([(row[11], row[10]) for row in picked])
    contexts = [json.loads(row[9] or "{}") for row in picked]
    people = named(User, [context.get("actor") for context in contexts])
    patients = named(Patient, [row[5] for row in picked])
    events = {each._meta.db_table: each for each in event_models()}
    rows = [json.loads(row[8]) for row in picked]
    names = names_of([(events[row[4]], now) for row, now in zip(picked, rows, strict=True)])
    lines = []
    for row, context, now in zip(picked, contexts, rows, strict=True):
        seq, _, _, role, table, patient, label, at, _ = row[:9]
        actor, route = context.get("actor", ""), context.get("route", "")
        person = people.get(str(actor))
        lines.append(Line(
            seq=seq, at=at, who=person.username if person else "", reason=context.get("reason", ""), db_role=role,
            route=ROUTES.get(route or ("command" if actor else ""), route),
            kind=str(events[table].pgh_tracked_model._meta.verbose_name), done=label,
            patient=patients.get(str(patient)),
            what=changed(events[table], label, before.get((row[11], row[10]), {}), now, names),
        ))  # fmt: skip
    return lines


def earlier(entries: list[tuple[int, int]]) -> dict[tuple[int, int], dict]:
    """{entry: the history row before it of the same row}."""
    said = ("(SELECT to_jsonb(p)::text FROM {table} p WHERE p.pgh_obj_id = e.pgh_obj_id AND p.pgh_id < e.pgh_id"
            " ORDER BY p.pgh_id DESC LIMIT 1) AS was")  # fmt: skip
    rows = query(
        "SELECT t.shape_id, t.event_id, x.was FROM unnest(%(shapes)s::int[], %(events)s::bigint[])"
        " AS t(shape_id, event_id) JOIN registry_trailshape s ON s.id = t.shape_id"
        f" JOIN LATERAL ({arms(said)}) x ON TRUE",
        {"shapes": [shape for shape, _ in entries], "events": [event for _, event in entries]},
    )
    return {(shape, event): json.loads(was) for shape, event, was in rows if was}


def named(model: type[models.Model], ids: Iterable) -> dict[str, models.Model]:
    found = model.objects.filter(pk__in={str(each) for each in ids if each})
    return {str(each.pk): each for each in found}


def names_of(rows: list[tuple]) -> dict[str, str]:
    """{id: name} of the instruments, moments and attributes that rows of the history are about."""
    found: dict[type[models.Model], set[str]] = {model: set() for model in (Covariate, Instrument, Timepoint)}
    for event_model, now in rows:
        for column, each in columns_of(event_model).items():
            if each.is_relation and each.related_model in found and now.get(column):
                found[each.related_model].add(str(now[column]))
    return {str(row.pk): getattr(row, "label", "") or row.name for model, ids in found.items()
            for row in model.objects.filter(pk__in=ids)}  # fmt: skip


def changed(event_model, label: str, was: dict, now: dict, names: dict[str, str]) -> list[tuple[str, str, str]]:
    """Each column that is not what it was. A row that was deleted became nothing."""
    apart = APART.get(event_model._meta.db_table, set()) | BESIDE
    columns = {column: each for column, each in columns_of(event_model).items()
               if not column.startswith("pgh_") and column not in apart and column != "site_id"}  # fmt: skip
    if label == "delete":
        was, now = now, {}
    pairs = [(each, in_words(each, was.get(column), names), in_words(each, now.get(column), names))
             for column, each in columns.items()]  # fmt: skip
    return [(str(each.verbose_name), before, after) for each, before, after in pairs if before != after]


def in_words(column: models.Field, value, names: dict[str, str]) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.is_relation:
        return names.get(str(value), f"row {str(value)[:8]}")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
