"""The trail under fire: every write by every path is in it, nothing is altered unseen, no writers fork it.

./dev campaign trail [writes] [places] [transactions of each of eight writers]
"""

import os
import random
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 (after the set-up)

from registry.trail.verify import rows, verify  # noqa: E402
from tests.campaigns.parts.trail_forks import (  # noqa: E402
    forks,
    sealing_function,
    slower,
    unguarded,
    without_the_lock,
    write_at_once,
)
from tests.campaigns.parts.trail_tampering import (  # noqa: E402
    NEEDS_THE_ANCHOR,
    TAMPERINGS,
    found_after,
    heads,
    sql,
    triggers_off,
)
from tests.campaigns.parts.trail_writes import (  # noqa: E402
    World,
    build_world,
    cascading,
    in_the_trail,
    write_many,
)
from tests.campaigns.under_fire import say  # noqa: E402

SEED = 20261122


def writes(world: World, count: int) -> bool:
    """Everything that was written is in the trail, and nothing else."""
    begun = time.perf_counter()
    write_many(world, count)
    took, found = time.perf_counter() - begun, in_the_trail(world)
    lost, extra = world.expected - found, found - world.expected
    say(f"{count} writes in {took:.1f} s: {dict(sorted(world.done.items()))}")
    say(f"  rows in the trail: {world.expected.total() - lost.total()} of {world.expected.total()} expected,"
        f" {extra.total()} that nobody wrote or that were taken back")  # fmt: skip
    return not lost and not extra


def holds() -> bool:
    begun = time.perf_counter()
    verified = verify()
    took = time.perf_counter() - begun
    say(f"verify: {verified.entries} entries in {took:.2f} s = {verified.entries / took:,.0f} a second,"
        f" {len(verified.breaks)} breaks{''.join(f' {each}' for each in verified.breaks[:3])}")  # fmt: skip
    return not verified.breaks


def tampered(places: int, seed: int = SEED) -> bool:
    """Each tampering at so many random places, in a transaction that is taken back."""
    rng, anchors, good = random.Random(seed), heads(), True
    with transaction.atomic():
        triggers_off()
        for name, tamper in TAMPERINGS.items():
            need = name in NEEDS_THE_ANCHOR
            found = sum(bool(found_after(tamper, rng, anchors if need else ())) for _ in range(places))
            say(f"{name}: found at {found} of {places} places{' with the outside head' if need else ''}")
            good = good and found == places
            if need:
                without = sum(bool(found_after(tamper, rng)) for _ in range(places))
                say(f"{name}, control without the outside head: found at {without} of {places}")
                good = good and without == 0
        untouched = found_after(lambda rng: None, rng, anchors)
        say(f"control, nothing altered: {len(untouched)} findings")
        transaction.set_rollback(True)
    return good and not untouched


def forked(world: World, each: int) -> bool:
    """Eight writers at once with the lock, then without it. The last thing done: it leaves a broken trail behind."""
    plain = sealing_function()
    sql(slower(plain))
    begun = time.perf_counter()
    count = write_at_once(world, each)
    with_lock, took = forks(), time.perf_counter() - begun
    sql(plain)
    say(f"8 writers, {count} transactions in {took:.1f} s: {with_lock} forks")
    unguarded()
    sql(slower(without_the_lock(plain)))
    write_at_once(world, each)
    without = forks()
    say(f"the same without the lock: {without} forks")
    return with_lock == 0 and without > 0


def main(argv: list[str]) -> int:
    count, places, each = (int(argv[place]) if len(argv) > place else default
                           for place, default in enumerate((5000, 100, 100)))  # fmt: skip
    say(f"seed {SEED}, PostgreSQL {rows('SHOW server_version')[0][0]}")
    world = build_world(SEED)
    with cascading():
        kept = [writes(world, count)]
    kept += [holds(), tampered(places), holds(), forked(world, each)]
    say("kept" if all(kept) else "BROKEN")
    connection.close()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
