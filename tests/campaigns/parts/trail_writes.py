"""Random writes by every path that PostgreSQL has, and what each must leave in the trail, said beside it."""

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from registry.access import Role
from registry.audit import recording
from registry.models import Membership, Patient, Site, Study, User
from tests.builders import build_member, build_site, build_study

COLUMNS = ("id", "site_id", "study_id", "study_number", "sex", "withdrawn_reason", "version", "error_reason")
SEXES = ("F", "M", "O", "")


class RolledBack(Exception):
    """Work that is taken back."""


@dataclass
class World:
    """Two sites with patients, and what the trail must say: how often (row, label, what it became, whose it was)."""

    rng: random.Random
    sites: list[Site]
    study: Study
    people: list[User]
    sex: dict[uuid.UUID, str] = field(default_factory=dict)
    at: dict[uuid.UUID, Site] = field(default_factory=dict)
    expected: Counter = field(default_factory=Counter)
    done: Counter = field(default_factory=Counter)
    by: User | None = None

    def some(self, most: int = 8) -> list[uuid.UUID]:
        return self.rng.sample(sorted(self.sex), min(len(self.sex), self.rng.randint(1, most)))

    def other(self, pk: uuid.UUID) -> str:
        return self.rng.choice([sex for sex in SEXES if sex != self.sex[pk]])

    def says(self, label: str, pk: uuid.UUID, value: str) -> None:
        self.expected[str(pk), label, value, str(self.by.pk)] += 1

    def changed(self, pk: uuid.UUID, sex: str) -> None:
        self.says("update", pk, sex)
        self.sex[pk] = sex

    def entered(self, pk: uuid.UUID, sex: str, site: Site) -> None:
        self.says("insert", pk, sex)
        self.sex[pk], self.at[pk] = sex, site


def build_world(seed: int) -> World:
    sites = [build_site("trail-a"), build_site("trail-b")]
    study = build_study(slug="trail", site=sites[0])
    people = [build_member(f"writer-{number}", site, "coordinator") for number, site in enumerate(sites)]
    world = World(random.Random(seed), sites, study, people)
    world.by = people[0]
    with recording(by=world.by):
        bulk_create(world)
    return world


def sql(words: str, params=()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(words, params)


def new_rows(world: World, most: int = 8) -> list[Patient]:
    return [
        Patient(site=world.rng.choice(world.sites), study=world.study, sex=world.rng.choice(SEXES),
                study_number=f"T-{uuid.UUID(int=world.rng.getrandbits(128)).hex[:14]}")
        for _ in range(world.rng.randint(1, most))
    ]  # fmt: skip


def save(world: World) -> None:
    patient = Patient.objects.get(pk=world.some(1)[0])
    patient.sex = world.other(patient.pk)
    patient.save()
    world.changed(patient.pk, patient.sex)


def bulk_create(world: World) -> None:
    for patient in Patient.objects.bulk_create(new_rows(world)):
        world.entered(patient.pk, patient.sex, patient.site)


def bulk_update(world: World) -> None:
    rows = list(Patient.objects.filter(pk__in=world.some()))
    for patient in rows:
        patient.sex = world.other(patient.pk)
    Patient.objects.bulk_update(rows, ["sex"])
    for patient in rows:
        world.changed(patient.pk, patient.sex)


def queryset_update(world: World) -> None:
    """Some of the rows are what they shall become already: those leave nothing."""
    chosen, sex = world.some(), world.rng.choice(SEXES)
    Patient.objects.filter(pk__in=chosen).update(sex=sex)
    for pk in chosen:
        if world.sex[pk] != sex:
            world.changed(pk, sex)


def raw_sql(world: World) -> None:
    (pk,) = world.some(1)
    sex = world.other(pk)
    sql("UPDATE registry_patient SET sex = %s WHERE id = %s", [sex, pk])
    world.changed(pk, sex)


def copied(world: World) -> None:
    """COPY writes into tables without a wall alone; of the others PostgreSQL refuses it, whoever asks.

    It goes past Django's wrappers, so it is told who by a statement before it, as any program may.
    """
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="row-level security"), transaction.atomic():
        copy_in("registry_patient", COLUMNS, [])
    user = User.objects.create(username=f"copied-{world.rng.getrandbits(64)}")
    world.says("insert", user.pk, user.username)
    rows = [(uuid.uuid4(), user.pk, site.pk, world.rng.choice(Role.values)) for site in world.sites]
    copy_in("registry_membership", ("id", "user_id", "site_id", "role"), rows)
    for pk, _, _, role in rows:
        world.says("insert", pk, role)


def copy_in(table: str, columns: tuple[str, ...], rows: list[tuple]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def merged(world: World) -> None:
    """MERGE changes a row that is there and enters one that is not."""
    (pk,), (new,) = world.some(1), new_rows(world, 1)
    sex = world.other(pk)
    sql(
        "MERGE INTO registry_patient p USING (VALUES (%s::uuid, %s), (%s::uuid, %s)) AS s (id, sex) ON p.id = s.id"
        " WHEN MATCHED THEN UPDATE SET sex = s.sex WHEN NOT MATCHED THEN INSERT (id, site_id, study_id, study_number,"
        " sex, withdrawn_reason, version, error_reason) VALUES (s.id, %s, %s, %s, s.sex, '', 1, '')",
        [pk, sex, new.pk, new.sex, new.site_id, new.study_id, new.study_number],
    )
    world.changed(pk, sex)
    world.entered(new.pk, new.sex, new.site)


def upserted(world: World) -> None:
    (pk,), (new,) = world.some(1), new_rows(world, 1)
    sex = world.other(pk)
    rows = [(pk, world.at[pk].pk, f"T-{pk.hex[:9]}", sex), (new.pk, new.site_id, new.study_number, new.sex)]
    sql(
        f"INSERT INTO registry_patient ({', '.join(COLUMNS)}) VALUES "
        + ", ".join(["(%s, %s, %s, %s, %s, '', 1, '')"] * 2)
        + " ON CONFLICT (id) DO UPDATE SET sex = EXCLUDED.sex",
        [value for key, site, number, sex in rows for value in (key, site, world.study.pk, number, sex)],
    )
    world.changed(pk, sex)
    world.entered(new.pk, new.sex, new.site)


def in_a_cte(world: World) -> None:
    """One statement that changes a row and enters another."""
    (pk,), (new,) = world.some(1), new_rows(world, 1)
    sex = world.other(pk)
    sql(
        "WITH changed AS (UPDATE registry_patient SET sex = %s WHERE id = %s RETURNING study_id)"
        f" INSERT INTO registry_patient ({', '.join(COLUMNS)})"
        " SELECT %s, %s, study_id, %s, %s, '', 1, '' FROM changed",
        [sex, pk, new.pk, new.site_id, new.study_number, new.sex],
    )
    world.changed(pk, sex)
    world.entered(new.pk, new.sex, new.site)


def cascaded(world: World) -> None:
    """A foreign key that deletes what hangs on the row (within cascading() one does)."""
    user = User.objects.create(username=f"leaver-{world.rng.getrandbits(64)}")
    world.says("insert", user.pk, user.username)
    for site in world.sites:
        membership = Membership.objects.create(user=user, site=site, role="coordinator")
        world.says("insert", membership.pk, membership.role)
        world.says("delete", membership.pk, membership.role)
    checked()
    sql("DELETE FROM registry_user WHERE id = %s", [user.pk])
    world.says("delete", user.pk, user.username)


def truncated(world: World) -> None:
    checked()
    table = world.rng.choice(["registry_patient", "registry_patientevent", "registry_score", "registry_trailentry"])
    try:
        with transaction.atomic():
            sql(f"TRUNCATE {table} CASCADE")
    except DatabaseError as refused:
        if "trail: Cannot truncate" not in str(refused):
            raise
    else:
        raise AssertionError(f"{table} was emptied")


PATHS: dict[str, Callable[[World], None]] = {
    "save": save, "bulk_create": bulk_create, "bulk_update": bulk_update, "update()": queryset_update,
    "raw SQL": raw_sql, "COPY": copied, "MERGE": merged, "upsert": upserted, "CTE": in_a_cte, "cascade": cascaded,
    "TRUNCATE": truncated,
}  # fmt: skip


@contextmanager
def cascading() -> Iterator[None]:
    """Memberships go with their user, by the database; afterwards they are as they were."""
    query = """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'
        AND conrelid = 'registry_membership'::regclass AND confrelid = 'registry_user'::regclass"""
    with connection.cursor() as cursor:
        ((name, plain),) = cursor.execute(query).fetchall()
    replaced(name, "FOREIGN KEY (user_id) REFERENCES registry_user ON DELETE CASCADE")
    try:
        yield
    finally:
        replaced(name, plain)


def replaced(name: str, definition: str) -> None:
    checked()
    sql(f"ALTER TABLE registry_membership DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition}")


def checked() -> None:
    """Nothing is left to be looked at when the transaction is committed; tables with such work are not altered."""
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def write(world: World, path: str, *, taken_back: bool) -> None:
    """One transaction by a path; one that is taken back must leave nothing."""
    before = (dict(world.sex), dict(world.at), Counter(world.expected))
    world.by = world.rng.choice(world.people)
    try:
        with transaction.atomic(), recording(by=world.by):
            PATHS[path](world)
            if taken_back:
                raise RolledBack
    except RolledBack:
        world.sex, world.at, world.expected = before
    world.done["taken back" if taken_back else path] += 1


def write_many(world: World, count: int) -> None:
    paths = sorted(PATHS)
    for number in range(count):
        write(world, paths[number % len(paths)], taken_back=world.rng.random() < 0.1)


def in_the_trail(world: World) -> Counter:
    """What the history says: (row, label, what it became, whose it was)."""
    found: Counter = Counter()
    writers = [str(person.pk) for person in world.people]
    for table, shown in (("patient", "sex"), ("membership", "role"), ("user", "username")):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT e.id::text, e.pgh_label, e.{shown}, c.metadata->>'actor' FROM registry_{table}event e"
                " JOIN pghistory_context c ON c.id = e.pgh_context_id JOIN registry_trailentry t ON t.event_id ="
                " e.pgh_id JOIN registry_trailshape s ON s.id = t.shape_id AND s.event_table = %s"
                " WHERE c.metadata->>'actor' = ANY(%s)",
                [f"registry_{table}event", writers],
            )
            found.update(cursor.fetchall())
    return found
