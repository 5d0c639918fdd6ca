"""The trigger that seals a transaction's blocks when it is committed: number, sum of entries, hash of the one before.

All blocks of the transaction are sealed at once, in the order of their chains, so that two transactions never wait for
each other; and as late as can be, so that a long import does not hold up who writes beside it.
"""

import pgtrigger

from registry.trail.always import Always

# What is hashed of a block, beside the hash of the one before and the sum of its entries.
BLOCK_TEXT = """concat_ws('|', {b}.chain, {seq}, {b}.id, {b}.xid, {entries}, {b}.db_role,
    to_char({at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))"""
SUM_OF_ENTRIES = "sha256(COALESCE(string_agg(sha256, ''::bytea ORDER BY id), ''::bytea))"
# Whoever numbers a block holds the head of its chain. (The tests take this away, to see the chain fork.)
HELD = "FOR UPDATE"

SEAL = f"""
    FOR of_tx IN SELECT * FROM registry_trailblock WHERE xid = NEW.xid AND seq IS NULL ORDER BY chain, id LOOP
        SELECT count(*), {SUM_OF_ENTRIES} INTO counted, summed FROM registry_trailentry WHERE block_id = of_tx.id;
        INSERT INTO registry_trailhead (chain, seq, entries, hash, sealed_at)
            VALUES (of_tx.chain, 0, 0, ''::bytea, clock_timestamp()) ON CONFLICT (chain) DO NOTHING;
        SELECT * INTO head FROM registry_trailhead WHERE chain = of_tx.chain {HELD};
        sealing := clock_timestamp();
        hashed := sha256(head.hash || summed || convert_to({
    BLOCK_TEXT.format(b="of_tx", seq="head.seq + 1", entries="counted", at="sealing")
}, 'UTF8'));
        UPDATE registry_trailblock SET seq = head.seq + 1, entries = counted, sealed_at = sealing, prev = head.hash,
            hash = hashed WHERE id = of_tx.id;
        UPDATE registry_trailhead SET seq = head.seq + 1, entries = head.entries + counted, hash = hashed,
            sealed_at = sealing WHERE chain = of_tx.chain;
    END LOOP;
    RETURN NULL;"""


def seals() -> Always:
    variables = {"of_tx": "record", "head": "record", "counted": "bigint", "summed": "bytea", "hashed": "bytea",
                 "sealing": "timestamptz"}  # fmt: skip
    return Always(
        name="seals", when=pgtrigger.After, operation=pgtrigger.Insert, timing=pgtrigger.Deferred,
        declare=list(variables.items()), func=SEAL,
    )  # fmt: skip
