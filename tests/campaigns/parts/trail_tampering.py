"""Whoever owns the tables alters the trail, in a transaction that is taken back; the verification has to see it."""

import random
from collections.abc import Callable

from django.db import connection, transaction

from registry.migrations._trail import PLAIN_TEXT
from registry.trail.heads import Head
from registry.trail.keeping import NO_SITE
from registry.trail.sealing import BLOCK_TEXT, SUM_OF_ENTRIES
from registry.trail.verify import altered, rows

TRAIL = ("registry_trailblock", "registry_trailentry", "registry_trailhead", "registry_trailshape", "pghistory_context")
REPAIRED = ("registry_patient", "registry_membership")


class TakenBack(Exception):
    pass


def sql(words: str, params=()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(words, params)
        return cursor.rowcount


def event_tables() -> list[str]:
    return [table for (table,) in rows("SELECT DISTINCT event_table FROM registry_trailshape ORDER BY 1")]


def triggers_off() -> None:
    """As only the owner of the tables can; told by the verification too, which is asked of the rows alone here."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("SET CONSTRAINTS ALL DEFERRED")
    for table in (*TRAIL, *event_tables(), *REPAIRED):
        sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def found_after(tamper: Callable[[random.Random], None], rng: random.Random, anchors=()) -> list:
    """What the verification says of a tampering, which is taken back."""
    found = []
    try:
        with transaction.atomic():
            tamper(rng)
            found = list(altered(anchors))
            raise TakenBack
    except TakenBack:
        return found


def a_row(rng: random.Random, table: str = "") -> tuple[str, int]:
    """A history row: any table that has one, any row."""
    tables = [table] if table else event_tables()
    rng.shuffle(tables)
    for each in tables:
        ids = [pk for (pk,) in rows(f"SELECT pgh_id FROM {each} ORDER BY pgh_id")]
        if ids:
            return each, rng.choice(ids)
    raise LookupError("no history row")


def edit(rng: random.Random) -> None:
    """Another value in a column of a history row."""
    table, pk = a_row(rng)
    types = dict(rows("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [table]))
    column = rng.choice(sorted(name for name in types if not name.startswith("pgh_")))
    quoted = f'"{column}"'
    other = {
        "uuid": "gen_random_uuid()", "boolean": f"NOT COALESCE({quoted}, FALSE)", "jsonb": """'["x"]'""",
        "date": f"COALESCE({quoted}, '2001-01-01') + 1", "ARRAY": "'{}'", "bytea": "'x'::bytea",
        "timestamp with time zone": f"COALESCE({quoted}, now()) + interval '1 s'",
        "text": f"COALESCE({quoted}, '') || 'x'",
        "character varying": f"CASE WHEN {quoted} = 'x' THEN 'y' ELSE 'x' END",
    }.get(types[column], f"COALESCE({quoted}, 0) + 1")  # fmt: skip
    before = rows(f"SELECT {quoted}::text FROM {table} WHERE pgh_id = %s", [pk])
    sql(f"UPDATE {table} SET {quoted} = {other} WHERE pgh_id = %s", [pk])
    if rows(f"SELECT {quoted}::text FROM {table} WHERE pgh_id = %s", [pk]) == before:
        edit(rng)


def actor(rng: random.Random) -> None:
    """Another person did it: in the context, or by another context."""
    contexts = [pk for (pk,) in rows("SELECT DISTINCT pgh_context_id FROM registry_patientevent WHERE"
                                     " pgh_context_id IS NOT NULL ORDER BY 1")]  # fmt: skip
    if rng.random() < 0.5:
        sql("UPDATE pghistory_context SET metadata = metadata || '{\"actor\": \"somebody\"}' WHERE id = %s",
            [rng.choice(contexts)])  # fmt: skip
        return
    _, pk = a_row(rng, "registry_patientevent")
    sql("UPDATE registry_patientevent SET pgh_context_id = NULL WHERE pgh_id = %s AND pgh_context_id IS NOT NULL"
        " RETURNING 1", [pk]) or actor(rng)  # fmt: skip


def moment(rng: random.Random) -> None:
    table, pk = a_row(rng)
    sql(f"UPDATE {table} SET pgh_created_at = pgh_created_at - interval '{rng.randint(1, 10_000)} s'"
        " WHERE pgh_id = %s", [pk])  # fmt: skip


def delete(rng: random.Random) -> None:
    """A history row goes; half of the times its entry too."""
    table, pk = a_row(rng)
    sql(f"DELETE FROM {table} WHERE pgh_id = %s", [pk])
    if rng.random() < 0.5:
        sql("DELETE FROM registry_trailentry t USING registry_trailshape s WHERE s.id = t.shape_id AND"
            " s.event_table = %s AND t.event_id = %s", [table, pk])  # fmt: skip


def insert(rng: random.Random) -> None:
    """A history row that never was; half of the times with an entry in some block."""
    _, pk = a_row(rng, "registry_patientevent")
    sql("INSERT INTO registry_patientevent SELECT (jsonb_populate_record(e, jsonb_build_object('pgh_id',"
        " (SELECT max(pgh_id) + 1 FROM registry_patientevent)))).* FROM registry_patientevent e WHERE pgh_id = %s",
        [pk])  # fmt: skip
    if rng.random() < 0.5:
        sql("INSERT INTO registry_trailentry SELECT block_id, (SELECT max(id) + 1 FROM registry_trailentry), shape_id,"
            " (SELECT max(pgh_id) FROM registry_patientevent), sha256 FROM registry_trailentry"
            " ORDER BY random() LIMIT 1")  # fmt: skip


def reorder(rng: random.Random) -> None:
    """Two blocks change places, or two entries of a block."""
    longest = "SELECT chain FROM registry_trailblock GROUP BY chain HAVING count(*) > 2 ORDER BY count(*) DESC LIMIT 1"
    ((chain,),) = rows(longest)
    seqs = [seq for (seq,) in rows("SELECT seq FROM registry_trailblock WHERE chain = %s ORDER BY seq", [chain])]
    pairs = rows("SELECT block_id, min(id), max(id) FROM registry_trailentry GROUP BY 1 HAVING count(*) > 1 ORDER BY 1")
    if rng.random() < 0.5 and pairs:
        block, one, other = rng.choice(pairs)
        swap = "UPDATE registry_trailentry SET id = %s WHERE block_id = %s AND id = %s"
        for now, was in ((-1, one), (one, other), (other, -1)):
            sql(swap, [now, block, was])
        return
    one, other = rng.sample(seqs, 2)
    for now, was in ((-1, one), (one, other), (other, -1)):
        sql("UPDATE registry_trailblock SET seq = %s WHERE chain = %s AND seq = %s", [now, chain, was])


def tail_cut(rng: random.Random) -> None:
    """The last blocks of a site go with their rows; the head and the record are made to say that they never were."""
    chains = [str(chain) for (chain,) in rows("SELECT chain FROM registry_trailhead WHERE seq > 8 ORDER BY chain")]
    chain = rng.choice([each for each in chains if each != NO_SITE])
    cut = "SELECT id FROM registry_trailblock WHERE chain = %s ORDER BY seq DESC LIMIT %s"
    gone = [pk for (pk,) in rows(cut, [chain, rng.randint(1, 5)])]
    for (table,) in rows("SELECT DISTINCT event_table FROM registry_trailentry t JOIN registry_trailshape s"
                         " ON s.id = t.shape_id WHERE block_id = ANY(%s)", [gone]):  # fmt: skip
        sql(f"DELETE FROM {table} e USING registry_trailentry t, registry_trailshape s WHERE s.id = t.shape_id"
            f" AND s.event_table = '{table}' AND t.event_id = e.pgh_id AND t.block_id = ANY(%s)", [gone])  # fmt: skip
    sql("DELETE FROM registry_trailentry WHERE block_id = ANY(%s)", [gone])
    sql("DELETE FROM registry_trailblock WHERE id = ANY(%s)", [gone])
    head_repaired(chain)
    for table in REPAIRED:
        record_repaired(table)


def record_repaired(table: str) -> None:
    """The record is made to say what is left of its history: rows go, come back, or are what they were."""
    latest = f"(SELECT DISTINCT ON (id) * FROM {table}event ORDER BY id, pgh_id DESC)"
    sql(f"DELETE FROM {table} r WHERE NOT EXISTS (SELECT FROM {latest} l WHERE l.id = r.id"
        " AND to_jsonb(l) @> to_jsonb(r))")  # fmt: skip
    sql(f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(l))).* FROM {latest} l"
        f" WHERE pgh_label <> 'delete' AND NOT EXISTS (SELECT FROM {table} r WHERE r.id = l.id)")  # fmt: skip


def head_repaired(chain: str) -> None:
    sql(
        "UPDATE registry_trailhead h SET seq = b.seq, hash = b.hash, sealed_at = b.sealed_at, entries ="
        " (SELECT sum(entries) FROM registry_trailblock s WHERE s.chain = h.chain) FROM registry_trailblock b"
        " WHERE b.chain = h.chain AND h.chain = %s AND b.seq ="
        " (SELECT max(seq) FROM registry_trailblock s WHERE s.chain = h.chain)",
        [chain],
    )


def rewritten(rng: random.Random) -> None:
    """A block is taken from the middle of a chain (its rows, the record), and every hash after it is made anew."""
    chains = rows("SELECT chain, seq FROM registry_trailhead WHERE seq > 12 AND chain <> %s ORDER BY chain", [NO_SITE])
    chain, last = rng.choice(chains)
    at = rng.randint(last - 5, last)
    sql(PLAIN_TEXT)
    sql("UPDATE registry_trailblock SET db_role = 'somebody' WHERE chain = %s AND seq = %s", [chain, at])
    for seq in range(at, last + 1):
        sql(
            "UPDATE registry_trailblock b SET prev = p.hash, hash = sha256(p.hash || (SELECT"
            f" {SUM_OF_ENTRIES} FROM registry_trailentry WHERE block_id = b.id) || convert_to("
            f"{BLOCK_TEXT.format(b='b', seq='b.seq', entries='b.entries', at='b.sealed_at')}, 'UTF8'))"
            " FROM registry_trailblock p WHERE p.chain = b.chain AND p.seq = b.seq - 1 AND b.chain = %s AND b.seq = %s",
            [chain, seq],
        )
    head_repaired(chain)


TAMPERINGS: dict[str, Callable[[random.Random], None]] = {
    "edit": edit, "actor": actor, "time": moment, "delete": delete, "insert": insert, "reorder": reorder,
    "tail cut": tail_cut, "rewritten": rewritten,
}  # fmt: skip
# What leaves a trail that agrees with itself: only what was kept outside says otherwise.
NEEDS_THE_ANCHOR = {"tail cut", "rewritten"}


def heads() -> list[Head]:
    found = rows("SELECT chain, seq, entries, encode(hash, 'hex'), sealed_at FROM registry_trailhead ORDER BY chain")
    return [Head(str(chain), seq, entries, digest, str(at)) for chain, seq, entries, digest, at in found]
