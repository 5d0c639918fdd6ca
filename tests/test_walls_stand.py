"""The catalogue of PostgreSQL: every table of ours is behind a forced wall, or is named with what it holds instead."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations import RunSQL

from config.walls import WALLS, WITHOUT_PATIENTS, fallen, tables, walls_stand
from registry.walled import DEFINED, PEOPLE, POLICY, raised
from tests.figures import figure
from tests.registry.record import all_models

pytestmark = pytest.mark.django_db
# A unique key says of a row beyond a wall that it is there. It may say so of a row's id, which nobody guesses; where
# all that it holds is known to people of several sites, here is why it tells them nothing of a patient.
SHARED = ["cohort_id", "recipient_id", "requested_by_id", "user_id"]
GUESSED = {
    ("registry_job", ("requested_by_id", "idempotency_key")): "one's own keys",
    ("registry_pseudonym", ("recipient_id", "code")): "codes by chance",
    ("outcomes_freeze", ("cohort_id", "digest", "site_ids")): "a digest, and the sites themselves",
    ("outcomes_freezename", ("cohort_id", "name")): "what a freeze of a cohort of several sites is called",
    ("outcomes_poolingstudy", ("slug",)): "the name of a protocol",
    ("outcomes_sitekey", ("kid",)): "the digest of a key",
    ("reports_document", ("key",)): "a digest over the freeze",
    ("reports_release", ("key",)): "a digest over the freeze",
}
UNIQUE = """
SELECT i.indrelid::regclass::text, array_agg(a.attname::text ORDER BY k.place),
    bool_or(a.atttypid = 'uuid'::regtype AND NOT a.attname = ANY (%(shared)s))
FROM pg_index i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indisunique AND i.indrelid::regclass::text = ANY (%(tables)s) AND NOT i.indisprimary
GROUP BY i.indexrelid, i.indrelid"""
FOREIGN = """
SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, array_agg(a.attname::text ORDER BY k.place)
FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY k(number, place)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY (%(walled)s)
    AND c.confrelid::regclass::text = ANY (%(walled)s) GROUP BY c.oid, c.conrelid, c.confrelid"""


def asked(sql: str, params=()) -> list[tuple]:
    with connection.cursor() as cursor:
        return cursor.execute(sql, params).fetchall()


def test_every_table_of_ours_is_behind_a_forced_wall_or_named_with_what_it_holds():
    found = tables(connection)
    assert {table for table, forced in found.items() if forced} == set(WALLS)
    assert {table for table, forced in found.items() if not forced} == set(WITHOUT_PATIENTS)
    assert all(WITHOUT_PATIENTS.values())
    figure(f"tables of ours: {len(found)}; behind a forced wall: {len(WALLS)}; named: {len(WITHOUT_PATIENTS)}")


def test_the_tables_of_our_models_are_all_among_them():
    many = {field.m2m_db_table() for model in all_models() for field in model._meta.local_many_to_many}
    shared = {cache["LOCATION"] for cache in settings.CACHES.values()}
    assert {model._meta.db_table for model in all_models()} | many | shared == set(tables(connection))


def test_a_table_with_a_site_that_has_no_wall_says_who_works_where_or_what_is_asked():
    beside = {table for table in WITHOUT_PATIENTS if {"site_id", "site_ids"} & set(columns_of(table))}
    assert {WITHOUT_PATIENTS[table] for table in beside} <= {PEOPLE, DEFINED}
    assert not any("patient" in column for table in WITHOUT_PATIENTS for column in columns_of(table))


def columns_of(table: str) -> list[str]:
    named = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
    return [name for (name,) in asked(named, [table])]


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE registry_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE registry_patient NO FORCE ROW LEVEL SECURITY",
        f"DROP POLICY {POLICY} ON registry_patient",
        "CREATE POLICY another ON registry_patient USING (true)",
        f"ALTER POLICY {POLICY} ON registry_patient TO CURRENT_USER",
        f"ALTER POLICY {POLICY} ON registry_patient USING (true)",
        f"ALTER POLICY {POLICY} ON registry_patient WITH CHECK (true)",
    ],
)
def test_a_wall_that_was_taken_down_is_found(broken):
    assert tables(connection)["registry_patient"]
    assert walls_stand(None, databases=["default"]) == []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(broken)
        assert fallen(connection) == ["registry_patient"]
        assert "registry_patient" in walls_stand(None, databases=["default"])[0].msg
        transaction.set_rollback(True)


def test_a_function_that_lets_everybody_through_is_found():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE FUNCTION walls_are_open() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
        assert fallen(connection) == ["walls_are_open()"]
        transaction.set_rollback(True)


def test_before_the_first_migration_nothing_is_missed():
    with psycopg.connect(**connection.get_connection_params() | {"dbname": "postgres"}) as empty:
        assert fallen(empty) == []


def test_no_view_shows_what_a_table_does_not():
    """None is there. One that is made must say security_invoker, and none may be kept as rows of its own."""
    assert asked("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                 " WHERE nspname = 'public' AND relkind IN ('v', 'm')") == []  # fmt: skip


def test_triggers_alone_are_run_with_their_owners_rights_and_one_function_alone_looks_past_the_walls():
    """A trigger cannot be called; these find tables by a path that nobody can put another schema into."""
    ours = "FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
    fixed = "prorettype = 'trigger'::regtype AND 'search_path=public, pg_temp' = ANY (proconfig)"
    assert asked(f"SELECT count(*) > 0, bool_and({fixed}) {ours} AND prosecdef") == [(True, True)]
    assert asked(f"SELECT proname {ours} AND prosrc ~ 'set_config..app.sites'") == [("jobs_waiting_before",)]
    assert asked(f"SELECT proname {ours} AND proconfig::text ~ 'app.sites'") == []


def test_a_row_behind_a_wall_refers_only_to_rows_that_are_behind_the_same():
    found = asked(FOREIGN, {"walled": list(WALLS)})
    of_a_site = {(child, parent, *set(columns) - {"site_id"}) for child, parent, columns in found if len(columns) > 1}
    alone = {(child, parent, columns[0]) for child, parent, columns in found if len(columns) == 1} - of_a_site
    assert alone
    unseen = [
        (child, parent, column) for child, parent, column in alone
        if f"{child}.{column}" not in WALLS[child].check or f"{parent}" not in WALLS[child].check
    ]  # fmt: skip
    assert unseen == []


def test_a_unique_key_tells_of_no_row_beyond_the_wall_that_somebody_could_guess():
    keys = asked(UNIQUE, {"tables": list(WALLS), "shared": SHARED})
    assert {(table, tuple(columns)) for table, columns, has_id in keys if not has_id} == set(GUESSED)
    numbers = {tuple(columns) for table, columns, _ in keys if table in ("registry_patient", "registry_screenedcase")}
    assert all(columns[0] == "site_id" for columns in numbers if columns[-1] in ("study_number", "log_number"))


def test_a_wall_can_be_taken_down_and_raised_again_by_its_migration():
    migration = raised(WALLS, "registry_patient")[0]
    assert isinstance(migration, RunSQL)
    with connection.cursor() as cursor:
        cursor.execute(migration.reverse_sql)
        assert not tables(connection)["registry_patient"]
        cursor.execute(migration.sql)
    assert tables(connection)["registry_patient"]


def test_the_program_owns_nothing_and_may_neither_empty_nor_change_a_table():
    role = settings.APP_ROLE
    if not role:
        pytest.skip("These tests were started with one role for everything: no MIGRATION_DATABASE_URL.")
    flags = asked("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s", [role])
    assert flags == [(False, False, False, False)]
    assert asked("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = %s", [role]) == []
    assert asked("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [role]) == []
    may = "SELECT c.relname FROM pg_class c WHERE c.relname = ANY (%s) AND has_table_privilege(%s, c.oid, %s)"
    assert asked(may, [list(WALLS), role, "TRUNCATE, REFERENCES, TRIGGER"]) == []
    assert len(asked(may, [list(WALLS), role, "SELECT"])) == len(WALLS)
