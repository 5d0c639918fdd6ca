"""Puts a backup into an empty database, and holds every table and definition against the manifest."""

import json
import time
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from config.backup import (
    FORMAT,
    TABLES,
    CannotBackUp,
    conninfo,
    definition_hashes,
    file_digest,
    run,
    snapshot,
    table_hashes,
    tool,
    without_password,
)
from registry.feed.horizon import begin_epoch


def newest(place: Path) -> Path:
    """The manifest that was named, or the newest one of a folder."""
    if place.is_file():
        return place.with_suffix(".json")
    found = sorted(place.glob("promontory-*.json"))
    if not found:
        raise CannotBackUp(f"There is no backup in {place}: a dump and, beside it, its manifest.")
    return found[-1]


def read_manifest(path: Path) -> dict:
    """The manifest of a whole dump. CannotBackUp where the dump is not the one that was made."""
    try:
        manifest = json.loads(path.read_text("utf-8"))
        dump = path.with_name(manifest["dump"])
        whole = manifest["format"] == FORMAT and file_digest(dump) == manifest["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotBackUp(f"{path.name} cannot be read as a backup's manifest ({type(error).__name__}).") from error
    if not whole:
        raise CannotBackUp(f"{dump.name} is not the dump that its manifest describes: its SHA-256 is another one.")
    return manifest


def refuse_newer(manifest: dict) -> list[str]:
    """The migrations that are still to be applied. CannotBackUp where the program is older than the backup."""
    here = {".".join(name) for name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    newer = set(manifest["migrations"]) - here
    if newer:
        raise CannotBackUp(
            f"The backup is of version {manifest['program']}, and this program ({settings.PROGRAM_VERSION}) does not"
            f" know {len(newer)} of its migrations. Restore it with that version, then upgrade."
        )
    return sorted(here - set(manifest["migrations"]))


def refuse_filled() -> int:
    """The server's major version. CannotBackUp where the database has a table."""
    with psycopg.connect(conninfo()) as ours:
        there = ours.execute(TABLES).fetchall()
        if there:
            raise CannotBackUp(
                f"The database is not empty: it has {len(there)} tables. Nothing was changed. Restore into a new one"
                " (CREATE DATABASE ... OWNER promontory), and name it in DATABASE_URL."
            )
        return ours.info.server_version // 10_000


def restore(place: Path) -> dict:
    """All or nothing, then the comparison, then a new epoch of the change feed."""
    began, path = time.monotonic(), newest(place)
    manifest = read_manifest(path)
    missing, server = refuse_newer(manifest), refuse_filled()
    dump = path.with_name(manifest["dump"])
    connection.close()
    run([tool("pg_restore", max(server, manifest["postgresql"])), "--exit-on-error", "--single-transaction",
         "-d", without_password(), str(dump)])  # fmt: skip
    check_restored(manifest)
    epoch = begin_epoch() if not missing else None
    return manifest | {"seconds": time.monotonic() - began, "epoch": epoch, "missing": missing}


def check_restored(manifest: dict) -> None:
    """CannotBackUp, by name, where a table or a definition is not what was dumped."""
    with snapshot() as (ours, _):
        now = {"tables": table_hashes(ours), "definitions": definition_hashes(ours)}
    wrong = [
        name for kind in now for name in sorted(now[kind].keys() | manifest[kind].keys())
        if now[kind].get(name) != manifest[kind].get(name)
    ]  # fmt: skip
    if wrong:
        raise CannotBackUp(f"Restored, but not as it was dumped: {', '.join(wrong)}. Do not use this database.")
