"""Many who write at one site at once; and the same without the lock under which blocks are numbered."""

import threading

from django.db import DatabaseError, connection, transaction

from registry.audit import recording
from registry.models import Patient, TrailBlock
from registry.trail.sealing import HELD
from registry.trail.verify import rows
from tests.campaigns.parts.trail_tampering import sql
from tests.campaigns.parts.trail_writes import World

WRITERS = 8


def sealing_function() -> str:
    ((definition,),) = rows("SELECT pg_get_functiondef(tgfoid) FROM pg_trigger WHERE tgname LIKE 'pgtrigger_seals_%'")
    return definition


def slower(definition: str) -> str:
    """Between looking at the head and moving it, so that whoever does not wait has the time to be wrong."""
    return definition.replace("sealing := clock_timestamp();", "PERFORM pg_sleep(0.002); sealing := clock_timestamp();")


def without_the_lock(definition: str) -> str:
    assert HELD in definition
    return definition.replace(HELD, "")


def unguarded() -> None:
    """What would refuse a fork is taken away too."""
    sql("ALTER TABLE registry_trailblock DROP CONSTRAINT one_block_of_a_number")
    sql("ALTER TABLE registry_trailhead DISABLE TRIGGER USER")


def guarded_again() -> None:
    """For the tests that come after; the forked chain goes first, in which no number could be the only one."""
    with transaction.atomic():
        sql("ALTER TABLE registry_trailblock DISABLE TRIGGER USER")
        sql("DELETE FROM registry_trailblock")
        sql("ALTER TABLE registry_trailblock ADD CONSTRAINT one_block_of_a_number UNIQUE (chain, seq)")
        for table in ("registry_trailblock", "registry_trailhead"):
            for (name,) in rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                                [table]):  # fmt: skip
                sql(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{name}"')


def write_at_once(world: World, each: int) -> int:
    """Each writer changes rows of one site, a transaction a row; how many transactions."""
    site, begin = world.sites[0], threading.Barrier(WRITERS)
    rows = list(Patient.objects.bulk_create(
        Patient(site=site, study=world.study, study_number=f"W-{number}-{TrailBlock.objects.count()}")
        for number in range(WRITERS)
    ))  # fmt: skip
    failed: list[BaseException] = []

    def writer(row: Patient) -> None:
        begin.wait()
        try:
            for number in range(each):
                with transaction.atomic(), recording(by=world.people[0]):
                    Patient.objects.filter(pk=row.pk).update(withdrawn_reason="", error_reason=str(number))
        except (DatabaseError, AssertionError) as error:
            failed.append(error)
        finally:
            connection.close()

    connection.close()  # the pool has eight
    threads = [threading.Thread(target=writer, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return WRITERS * each


def forks() -> int:
    """Blocks that follow the same block as another does."""
    ((found,),) = rows("SELECT COALESCE(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM registry_trailblock"
                       " WHERE seq IS NOT NULL GROUP BY chain, prev HAVING count(*) > 1) f")  # fmt: skip
    return found
