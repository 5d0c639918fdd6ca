"""Holds the whole trail against itself, against the record, and against heads that were kept outside.

All of it is asked of the database, table by table, in one snapshot. A break is (chain, number of the block, what).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.apps import apps
from django.db import connection

from registry.migrations._trail import PLAIN_TEXT
from registry.models import TrailCheck, TrailHead
from registry.snapshot import snapshot
from registry.trail.guards import guards_missing
from registry.trail.heads import Head
from registry.trail.keeping import HASHED, listed
from registry.trail.sealing import BLOCK_TEXT, SUM_OF_ENTRIES

KEPT_OF_A_CHECK = 100
# Memory for each step of a question; what is more goes to disk.
WORK_MEMORY = "SET LOCAL work_mem = '64MB'"
# The blocks of each chain, each held against the one before and against its own entries.
BLOCKS = f"""
WITH summed AS (SELECT block_id, count(*) AS counted, {SUM_OF_ENTRIES} AS digest
    FROM registry_trailentry GROUP BY block_id),
linked AS (SELECT b.*, COALESCE(s.counted, 0) AS counted,
    COALESCE(s.digest, sha256(''::bytea)) AS digest,
    lag(b.seq, 1, 0) OVER along AS seq_before, lag(b.hash, 1, ''::bytea) OVER along AS hash_before
    FROM registry_trailblock b LEFT JOIN summed s ON s.block_id = b.id
    WINDOW along AS (PARTITION BY b.chain ORDER BY b.seq)),
looked AS (SELECT l.*, sha256(l.prev || l.digest || convert_to({
    BLOCK_TEXT.format(b="l", seq="l.seq", entries="l.entries", at="l.sealed_at")
}, 'UTF8')) AS should FROM linked l)
SELECT chain, seq, unnest(array_remove(ARRAY[
    CASE WHEN seq IS NULL THEN 'a block was never sealed' END,
    CASE WHEN seq <> seq_before + 1 THEN 'blocks ' || seq_before + 1 || ' to ' || seq - 1 || ' are gone' END,
    CASE WHEN prev IS DISTINCT FROM hash_before THEN 'it does not follow the block before it' END,
    CASE WHEN counted <> entries THEN 'it says ' || entries || ' entries, and has ' || counted END,
    CASE WHEN hash IS DISTINCT FROM should THEN 'its hash is not that of its content' END], NULL))
FROM looked WHERE seq IS NULL OR seq <> seq_before + 1 OR prev IS DISTINCT FROM hash_before OR counted <> entries
    OR hash IS DISTINCT FROM should ORDER BY chain, seq
"""
HEADS = """
SELECT COALESCE(h.chain, b.chain), COALESCE(b.seq, h.seq), 'the head says another end of the chain'
FROM registry_trailhead h FULL JOIN (SELECT chain, max(seq) AS seq, sum(entries) AS entries
    FROM registry_trailblock WHERE seq IS NOT NULL GROUP BY chain) b ON b.chain = h.chain
LEFT JOIN registry_trailblock latest ON latest.chain = b.chain AND latest.seq = b.seq
WHERE (h.seq, h.entries, h.hash) IS DISTINCT FROM (b.seq, b.entries, latest.hash)
"""
LOOSE = """
SELECT NULL::uuid, NULL::bigint, 'entry ' || e.id || ' is of no block'
FROM registry_trailentry e WHERE NOT EXISTS (SELECT FROM registry_trailblock b WHERE b.id = e.block_id)
"""


class Break(NamedTuple):
    chain: str
    seq: int | None
    what: str


@dataclass(frozen=True)
class Verified:
    """What a verification looked at, and what it found."""

    entries: int
    heads: list[Head]
    breaks: list[Break]
    anchored: bool


def verify(anchors: Iterable[Head] = ()) -> Verified:
    """Look at everything, in one snapshot."""
    anchors = list(anchors)
    with snapshot():
        heads = [Head.of(each) for each in TrailHead.objects.order_by("chain")]
        breaks = [*altered(anchors), *(Break("", None, words) for words in guards_missing())]
        ((entries,),) = rows("SELECT count(*) FROM registry_trailentry")
    return Verified(entries, heads, breaks, bool(anchors))


def altered(anchors: Iterable[Head] = ()) -> Iterator[Break]:
    """What of the rows is not as it was sealed. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"{PLAIN_TEXT}; {WORK_MEMORY}")
    yield from (*asked(BLOCKS), *asked(HEADS), *asked(LOOSE), *contents(), *record_differs())
    yield from (found for anchor in anchors for found in against(anchor))


def kept_check(verified: Verified) -> TrailCheck:
    """What the page says of the last verification."""
    return TrailCheck.objects.create(
        entries=verified.entries, anchored=verified.anchored, found=len(verified.breaks),
        breaks=[list(each) for each in verified.breaks[:KEPT_OF_A_CHECK]],
        heads={head.chain: [head.seq, head.entries, head.hash] for head in verified.heads},
    )  # fmt: skip


def rows(sql: str, params=None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def asked(sql: str) -> Iterator[Break]:
    yield from (Break(str(chain or ""), seq, what) for chain, seq, what in rows(sql))


def event_models() -> list:
    """The history table of each tracked model."""
    return [model for model in apps.get_models() if getattr(model, "pgh_tracked_model", None) and model._meta.managed]


def contents() -> Iterator[Break]:
    """History rows that are not what was sealed, are gone, or were never sealed."""
    shapes: dict[str, dict[int, list[str]]] = {}
    for pk, table, columns in rows("SELECT id, event_table, columns::text FROM registry_trailshape ORDER BY id"):
        shapes.setdefault(table, {})[pk] = json.loads(columns)
    there = {table: set() for table in {*shapes, *(model._meta.db_table for model in event_models())}}
    for table, column in rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_name = ANY(%s)", [list(there)]
    ):
        there[table].add(column)
    for table, columns in sorted(there.items()):
        yield from contents_of(table, shapes.get(table, {}), columns)


def contents_of(table: str, shapes: dict[int, list[str]], there: set[str]) -> Iterator[Break]:
    """The same for one table."""
    gone = {column for columns in shapes.values() for column in columns} - there
    if gone:
        yield Break("", None, f"{table} has no {', '.join(sorted(gone))} any more: its rows cannot be verified")
        return
    texts = " ".join(f"WHEN {pk} THEN ROW({listed(columns, 'e')})::text" for pk, columns in shapes.items())
    row = f"CASE t.shape_id {texts} END" if shapes else "''"
    ids = ", ".join(map(str, shapes)) or "NULL"
    words = "(SELECT c.metadata::text FROM pghistory_context c WHERE c.id = e.pgh_context_id)"
    sql = f"""
        WITH t AS (SELECT block_id, event_id, shape_id, sha256 FROM registry_trailentry WHERE shape_id IN ({ids})),
        looked AS (SELECT t.*, e.pgh_id, t.sha256 IS NOT DISTINCT FROM
            {HASHED.format(table=table, row=row, words=words)} AS same
            FROM t FULL JOIN "{table}" e ON e.pgh_id = t.event_id)
        SELECT b.chain, b.seq, CASE WHEN l.pgh_id IS NULL THEN 'row ' || l.event_id || ' of {table} is gone'
            WHEN l.event_id IS NULL THEN 'row ' || l.pgh_id || ' of {table} was never sealed'
            ELSE 'row ' || l.pgh_id || ' of {table} is not what was sealed' END
        FROM looked l LEFT JOIN registry_trailblock b ON b.id = l.block_id
        WHERE l.pgh_id IS NULL OR l.event_id IS NULL OR NOT l.same
        UNION ALL SELECT NULL, NULL, 'row ' || event_id || ' of {table} was sealed twice'
            FROM t GROUP BY event_id HAVING count(*) > 1"""
    yield from asked(sql)


def record_differs() -> Iterator[Break]:
    """Rows of the record that are not what their latest history row says: a write that the triggers did not see."""
    for history in event_models():
        yield from record_differs_of(history)


def record_differs_of(history) -> Iterator[Break]:
    model, kept = history.pgh_tracked_model, {field.column for field in history._meta.concrete_fields}
    columns = [field.column for field in model._meta.concrete_fields if field.column in kept]
    key, chain = model._meta.pk.column, "COALESCE(r.site_id, l.site_id)" if "site_id" in kept else "NULL::uuid"
    yield from asked(f"""
        WITH l AS (SELECT DISTINCT ON (pgh_obj_id) * FROM "{history._meta.db_table}" ORDER BY pgh_obj_id, pgh_id DESC)
        SELECT {chain}, NULL::bigint, 'row ' || COALESCE(r."{key}", l.pgh_obj_id)
            || ' of {model._meta.db_table} is not what its history says'
        FROM "{model._meta.db_table}" r FULL JOIN l ON l.pgh_obj_id = r."{key}"
        WHERE CASE WHEN r."{key}" IS NULL THEN l.pgh_label <> 'delete' WHEN l.pgh_id IS NULL THEN TRUE
        ELSE l.pgh_label = 'delete' OR ROW({listed(columns, "r")}) IS DISTINCT FROM ROW({listed(columns, "l")}) END""")


def against(anchor: Head) -> Iterator[Break]:
    """What an older head says must still be so."""
    found = rows(
        "SELECT encode(hash, 'hex'), (SELECT sum(entries) FROM registry_trailblock s WHERE s.chain = b.chain AND"
        " s.seq <= b.seq)::bigint FROM registry_trailblock b WHERE chain = %s AND seq = %s",
        [anchor.chain, anchor.seq],
    )
    if not found:
        yield Break(anchor.chain, anchor.seq, "the head that was kept outside says a block that is gone")
    elif found[0] != (anchor.hash, anchor.entries):
        yield Break(anchor.chain, anchor.seq, "it is not what the head that was kept outside says")
