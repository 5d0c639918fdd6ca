"""Made-up input at every door: nothing crashes, and what is refused has changed no row.

./dev campaign inputs [requests] [files] [parameters]

Everything happens in one transaction, each request in a savepoint that is taken back, on an otherwise empty database.
Whether a row was changed is asked of PostgreSQL's own counters for the transaction, and where they moved, of a hash of
all rows of all tables.
"""

import logging
import os
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Iterator
from http.cookies import SimpleCookie

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings as django_settings  # noqa: E402 (after the set-up)
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from registry.models import ImportBatch, StudySite  # noqa: E402
from tests.builders import build_site  # noqa: E402
from tests.campaigns.parts.made_up import FILE_NAMES, FILES, QUERIES, RAW, Made, requests  # noqa: E402
from tests.campaigns.parts.sheets import sheets_are_safe  # noqa: E402
from tests.campaigns.under_fire import say  # noqa: E402
from tests.cast import build_cast  # noqa: E402
from tests.doors import DOORS, address, rows_of, sent  # noqa: E402
from tests.registry.imports.staged import step  # noqa: E402

SEED = 20261122
# No rows of the record: to be answered at all may write a session, and wrong passwords are counted.
NOT_OURS = {"django_session", "registry_cache"}
PARAMETERS = [
    "page", "page_size", "cursor", "site", "study", "since", "profile", "format", "day", "days", "patient", "q",
    "timepoint", "show", "status", "before", "actor", "table", "visit", "cohort", "level", "release",
]  # fmt: skip


class World:
    """Rows of north, its admin in a session, and the state that every refusal must leave as it is."""

    def __init__(self):
        cast = build_cast()
        self.by = cast["admin"]
        self.rows = rows_of(build_site("north"), "hips", self.by)
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.by)
        self.session = self.client.cookies.output()
        self.statuses: Counter = Counter()
        self.broken: list[str] = []
        self.hash = hash_of_all()
        self.counted = counters()

    def asked(self, what: str, ask) -> int:
        """One request in a savepoint that is taken back; its status."""
        before = self.counted
        self.client.cookies = SimpleCookie(
            self.session.replace("Set-Cookie: ", "")
        )  # a page may have ended the session
        with transaction.atomic():
            answer = ask(self.client)
            if answer.streaming:
                b"".join(answer.streaming_content)
            status = answer.status_code
            self.counted = counters()
            self.statuses[status // 100 * 100] += 1
            if status >= 500:
                self.broken.append(f"{status}: {what}")
            elif status < 400 and not committable():
                self.broken.append(f"500 at the commit, after {status}: {what}")
            elif status >= 400 and self.counted != before and hash_of_all() != self.hash:
                self.broken.append(f"{status} and rows were changed: {what}")
            transaction.set_rollback(True)
        return status


def committable() -> bool:
    """What the database looks at when a transaction is committed."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except DatabaseError:
        return False
    return True


def counters() -> list:
    """How many rows of each table this transaction has written so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables"
                       " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relname")  # fmt: skip
        return [row for row in cursor.fetchall() if row[0] not in NOT_OURS]


def hash_of_all() -> dict[str, tuple]:
    """The rows of every table, each in a number."""
    with connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if table not in NOT_OURS]
        cursor.execute(" UNION ALL ".join(
            f"SELECT '{table}', count(*), COALESCE(sum(hashtextextended(r::text, 0)), 0) FROM \"{table}\" r"
            for table in tables
        ))  # fmt: skip
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


def doors() -> dict[str, bool]:
    """{door: whether it takes JSON}"""
    return {name: name.startswith("api-") for name in DOORS}


def where(made: Made, rows: dict) -> str:
    """The address of the door, at the row that it is about or at an id that was made up."""
    place = address(made.door, rows)
    row = rows.get(DOORS[made.door].row)
    if made.ident is not None and row is not None:
        bent = Made(made.door, "GET", False, [(made.ident, "")]).query_string().removesuffix("=")
        place = place.replace(str(row.pk), bent or "-")
    return place


def send(world: World, made: Made) -> int:
    door = DOORS[made.door]
    good = sent(door.sent, world.rows, "", made.door).get("data", {}) if door.sent else {}
    good = good if isinstance(good, dict) else {}
    body = {name: value for name, value in good.items() if not hasattr(value, "read")}
    options = {"QUERY_STRING": made.query_string()}
    if made.method in ("POST", "PUT", "PATCH"):
        kind = "application/json" if made.as_json else "application/x-www-form-urlencoded"
        options |= {"data": made.json_of(body) if made.as_json else made.form_of(body), "content_type": kind}
    return world.asked(f"{made}", lambda client: client.generic(made.method, where(made, world.rows), **options))


def hypothesised(strategy: st.SearchStrategy, count: int, seed_of: int, use) -> None:
    """Make up so many, always the same ones."""

    @seed(seed_of)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def each(made):
        use(made)

    each()


def known_ones(world: World, share: float) -> int:
    """The six of a plain Django REST framework first: each body and each query at every door, or at some."""
    asked, rng = 0, random.Random(SEED)
    for door, is_json in doors().items():
        if rng.random() >= share:
            continue
        for raw in RAW if is_json else ():
            send(world, Made(door, "POST", True, raw=raw))
            asked += 1
        for query in QUERIES:
            place = address(door, world.rows)
            world.asked(f"{place}?{query}", lambda client, place=place, query=query: client.generic(
                "GET", place, QUERY_STRING=query))  # fmt: skip
            asked += 1
    return asked


def made_up_files(world: World, count: int) -> None:
    """Files that are uploaded and, where they are taken, read as the worker reads them."""
    study = world.rows["study"]
    place = str(StudySite.objects.get(study=study, site=world.rows["batch"].site).pk)

    def upload(made) -> None:
        content, name = made

        def ask(client):
            there = set(ImportBatch.objects.values_list("pk", flat=True))
            file = SimpleUploadedFile(name, content)
            answer = client.post(address("import-upload", world.rows), {"where": place, "file": file})
            for batch in ImportBatch.objects.exclude(pk__in=there):
                if batch.job_id and not batch.job.is_over:
                    step(batch)
            return answer

        world.asked(f"file {made}", ask)

    hypothesised(st.tuples(FILES, FILE_NAMES), count, SEED + 1, upload)


def api_lists() -> Iterator[str]:
    yield from (name for name in DOORS if name.startswith("api-") and name.endswith("-list"))


def unknown_parameters(world: World, count: int) -> int:
    """A parameter that no list knows is refused by each of them; how many were not."""
    rng, taken = random.Random(SEED), 0
    for _ in range(count):
        length = rng.randint(1, 12)
        name = "".join(rng.choice(string.ascii_letters + string.digits + "_-.[]é") for _ in range(length))
        if name in PARAMETERS:
            name += "x"
        for door in api_lists():
            status = world.asked(f"{door}?{name}", lambda client, door=door, name=name: client.get(
                address(door, world.rows), {name: "1"}))  # fmt: skip
            taken += status != 400
    return taken


def fuzzed(many: int, files: int, parameters: int, share: float = 1) -> bool:
    """All of it; whether every promise was kept. Inside a transaction, which the caller takes back."""
    begun = time.perf_counter()
    world = World()
    first = known_ones(world, share)
    hypothesised(requests(doors(), PARAMETERS), many, SEED, lambda made: send(world, made))
    made_up_files(world, files)
    say(f"{first} known and {many} made-up requests at {len(doors())} doors, {files} files, in"
        f" {time.perf_counter() - begun:.0f} s: {dict(sorted(world.statuses.items()))}")  # fmt: skip
    taken = unknown_parameters(world, parameters)
    lists = len(list(api_lists()))
    say(f"{parameters} unknown parameters x {lists} lists: {parameters * lists - taken} refused with 400")
    crashed = sum(each.startswith("5") for each in world.broken)
    say(f"crashes: {crashed}; refusals that changed a row: {len(world.broken) - crashed}")
    for each in world.broken[:20]:
        say(f"  {each[:600]}")
    return not world.broken and taken == 0


def control() -> bool:
    """A request that is accepted does change rows, and the counting and the hash both see it."""
    world = World()
    before = counters()
    seen = []

    def ask(client):
        answer = client.post(address("visit-create", world.rows), sent("visit", world.rows)["data"])
        seen.extend([counters() != before, hash_of_all() != world.hash])
        return answer

    status = world.asked("control", ask)
    say(f"control, a request that is accepted ({status}): counted and hashed as a change: {all(seen)}")
    return status == 302 and all(seen)


def sheets(count: int = 2000) -> bool:
    return sheets_are_safe(count, SEED, say)


def main(argv: list[str]) -> int:
    many, files, parameters = (int(argv[place]) if len(argv) > place else default
                               for place, default in enumerate((10_000, 1_000, 1_000)))  # fmt: skip
    say(f"seed {SEED}")
    logging.disable()  # each refusal is a line of the log
    django_settings.SECURE_SSL_REDIRECT = False
    django_settings.ALLOWED_HOSTS = [*django_settings.ALLOWED_HOSTS, "testserver"]
    kept = []
    for part in (control, sheets, lambda: fuzzed(many, files, parameters)):
        with transaction.atomic():
            kept.append(part())
            transaction.set_rollback(True)
    say("kept" if all(kept) else "BROKEN")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
