"""Nine ways past a wall, each tried by the program's own role, and each again with the walls down: then it leaks."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from config.walls import WALLS
from registry import walls
from tests.builders import build_patient, build_procedure, build_study
from tests.conftest import test_database_url as database_url
from tests.figures import figure
from tests.registry.record import full_record

pytestmark = pytest.mark.django_db
FOREIGN = "SELECT count(*) FROM {} WHERE site_id <> '{}'"
DOWN = "ALTER TABLE {} DISABLE ROW LEVEL SECURITY"
BY_NUMBER = "CREATE UNIQUE INDEX ON registry_patient (study_id, study_number)"
ANOTHER_PATIENT = """INSERT INTO registry_patient SELECT (jsonb_populate_record(p, jsonb_build_object(
    'id', gen_random_uuid(), 'study_number', %s, 'site_id', %s))).* FROM registry_patient p WHERE p.site_id = %s"""
ANOTHER_PROCEDURE = """INSERT INTO registry_procedure SELECT (jsonb_populate_record(p, jsonb_build_object(
    'id', gen_random_uuid(), 'is_index', false, 'patient_id', %s))).* FROM registry_procedure p WHERE p.site_id = %s"""
SAME_SITE = "ALTER TABLE registry_procedure DROP CONSTRAINT procedure_at_the_site_of_its_patient"


@pytest.fixture
def world(north, south) -> dict:
    """A study in which two sites enrol, a patient with a procedure at each."""
    study = build_study(slug="hips", site=north)
    rows = {site: build_patient(study=study, site=site, study_number=f"{site.code}-1") for site in (north, south)}
    for patient in rows.values():
        build_procedure(patient=patient)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    return {"north": north, "south": south, "here": rows[north], "there": rows[south], "study": study}


def run(sql: str, params=()) -> int:
    with connection.cursor() as cursor:
        return cursor.execute(sql, params).rowcount


def number(sql: str, params=()) -> int:
    with connection.cursor() as cursor:
        return cursor.execute(sql, params).fetchone()[0]


@contextmanager
def as_the_program() -> Iterator[None]:
    """What is asked inside is asked by the program's role; taken back after it."""
    with transaction.atomic():
        if settings.APP_ROLE:
            run(f"SET LOCAL ROLE {settings.APP_ROLE}")
        try:
            yield
        finally:
            transaction.set_rollback(True)


def foreign(world, table: str = "registry_patient") -> int:
    return number(FOREIGN.format(table, world["north"].pk))


def as_owner(world) -> int:
    """The tables' owner is not above their walls; nor does it write over them."""
    moved = run("UPDATE registry_patient SET study_number = study_number || '!' WHERE id = %s", [world["there"].pk])
    return foreign(world) + moved


def through_a_view(world) -> int:
    run("CREATE VIEW seen AS SELECT * FROM registry_patient; GRANT SELECT ON seen TO PUBLIC")
    with as_the_program():
        return foreign(world, "seen")


def through_a_materialised_view(world) -> int:
    run("CREATE MATERIALIZED VIEW kept AS SELECT * FROM registry_patient; GRANT SELECT ON kept TO PUBLIC")
    with as_the_program():
        return foreign(world, "kept")


def through_a_function_with_its_owners_rights(world) -> int:
    run("CREATE FUNCTION seen() RETURNS SETOF registry_patient SECURITY DEFINER LANGUAGE sql AS"
        " 'SELECT * FROM registry_patient'")  # fmt: skip
    with as_the_program():
        return foreign(world, "seen()")


def by_a_foreign_key(world) -> int:
    """A procedure of north for the patient of south."""
    with as_the_program():
        return accepted(ANOTHER_PROCEDURE, [str(world["there"].pk), world["north"].pk])


def by_a_unique_key(world) -> int:
    """Whether south has a patient of this number: a refusal would tell."""
    with as_the_program():
        values = [world["there"].study_number, str(world["north"].pk), world["north"].pk]
        return 1 - accepted(ANOTHER_PATIENT, values)


def by_copy(world) -> int:
    """Out, and in."""
    with as_the_program():
        with connection.cursor() as cursor, cursor.cursor.copy("COPY registry_patient TO STDOUT") as copy:
            out = sum(str(world["south"].pk).encode() in bytes(line) for line in copy)
        return out + accepted(ANOTHER_PATIENT, ["new", str(world["south"].pk), world["north"].pk])


def by_another_role(world) -> int:
    """Back to the role that logged in, and as somebody whom no policy holds."""
    with as_the_program():
        run("RESET ROLE")
        found = foreign(world)
        with transaction.atomic():
            run("SET LOCAL row_security = off")
            try:
                found += foreign(world)
            except DatabaseError:
                transaction.set_rollback(True)
        return found


def without_saying_who(world) -> int:
    with walls.no_site(), as_the_program():
        return sum(number(f"SELECT count(*) FROM {table}") for table in ("registry_patient", "registry_procedure"))


def accepted(sql: str, params) -> int:
    """How many rows were written; none where that was refused, be it at the end of the transaction."""
    try:
        with transaction.atomic():
            rows = run(sql, params)
            run("SET CONSTRAINTS ALL IMMEDIATE")
            return rows
    except DatabaseError:
        return 0


ATTEMPTS: list[Callable[[dict], int]] = [
    as_owner, through_a_view, through_a_materialised_view, through_a_function_with_its_owners_rights, by_a_foreign_key,
    by_a_unique_key, by_copy, by_another_role, without_saying_who,
]  # fmt: skip


def tried(attempt: Callable[[dict], int], world: dict) -> int:
    """How much of another site somebody at north gets in this way."""
    with transaction.atomic():
        with walls.at_sites([world["north"].pk]):
            found = attempt(world)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_no_way_leads_past_the_walls(attempt, world):
    assert tried(attempt, world) == 0


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__)
def test_with_the_walls_down_the_same_way_leads_to_the_other_site(attempt, world):
    for table in WALLS:
        run(DOWN.format(table))
    if attempt is by_a_foreign_key:
        run(SAME_SITE)
    if attempt is by_a_unique_key:
        run(BY_NUMBER)
    assert tried(attempt, world) > 0


def test_the_nine_ways_at_once(world):
    led = {attempt.__name__: tried(attempt, world) for attempt in ATTEMPTS}
    figure(f"ways past the walls tried: {len(led)}; that led past them: {sum(found > 0 for found in led.values())}")
    assert not any(led.values())


def test_who_says_nothing_finds_no_row_in_any_table_behind_a_wall(db):
    full_record()
    counts = {table: f"SELECT count(*) FROM {table}" for table in WALLS}
    filled = {table for table, sql in counts.items() if number(sql)}
    with walls.no_site(), as_the_program():
        assert {table: found for table, sql in counts.items() if (found := number(sql))} == {}
    with walls.at_sites([uuid.uuid4()]), as_the_program():
        assert {table: found for table, sql in counts.items() if (found := number(sql))} == {}
    figure(f"tables behind a wall with rows: {len(filled)} of {len(WALLS)}; rows found by who says nothing: 0")
    assert len(filled) > 60


@pytest.fixture
def program() -> Iterator[psycopg.Connection]:
    """The program's own connection, not one that came down to its role."""
    if not settings.APP_ROLE:
        pytest.skip("These tests were started with one role for everything: no MIGRATION_DATABASE_URL.")
    with psycopg.connect(database_url(), autocommit=True) as ours:
        yield ours


@pytest.mark.parametrize(
    "attack",
    [
        "SET ROLE {owner}",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION {owner}",
        "ALTER TABLE registry_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE registry_patient NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY within_sites ON registry_patient",
        "ALTER POLICY within_sites ON registry_patient USING (true)",
        "ALTER TABLE registry_patient OWNER TO {role}",
        "ALTER ROLE {role} BYPASSRLS",
        "TRUNCATE registry_patient CASCADE",
        "CREATE OR REPLACE FUNCTION walls_are_open() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE TABLE public.kept AS SELECT * FROM registry_patient",
        "CREATE FUNCTION public.seen() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM registry_patient'",
        "ALTER TABLE registry_patient DISABLE TRIGGER ALL",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('registry', 'none', now())",
    ],
)
def test_the_program_can_take_no_wall_down(attack, program):
    owner = connection.settings_dict["USER"]
    with pytest.raises(psycopg.Error) as refused:
        program.execute(attack.format(owner=owner, role=settings.APP_ROLE))
    assert refused.value.sqlstate in ("42501", "22023"), refused.value
