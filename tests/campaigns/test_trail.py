"""The campaign of the trail in short."""

import pytest

from tests.campaigns.parts.trail_forks import guarded_again
from tests.campaigns.parts.trail_writes import PATHS, build_world, cascading, write
from tests.campaigns.trail import forked, holds, in_the_trail, sealing_function, sql, tampered, writes

SEED = 7


@pytest.mark.django_db
def test_every_write_by_every_path_is_in_the_trail_and_work_that_is_taken_back_is_not():
    world = build_world(SEED)
    with cascading():
        assert writes(world, 8 * len(PATHS))
    assert set(world.done) == {*PATHS, "taken back"}
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    assert holds()


@pytest.mark.django_db
def test_a_write_past_a_trigger_that_is_off_is_not_in_the_trail_which_the_counting_sees():
    world = build_world(SEED)
    sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    sql("ALTER TABLE registry_patient DISABLE TRIGGER USER")
    write(world, "raw SQL", taken_back=False)
    assert (world.expected - in_the_trail(world)).total() == 1


@pytest.mark.django_db(transaction=True)
def test_each_tampering_is_found_the_last_two_only_with_a_head_that_was_kept_outside():
    world = build_world(SEED)
    with cascading():
        writes(world, 60)
    assert tampered(3, SEED)


@pytest.mark.django_db(transaction=True)
def test_eight_who_write_at_once_never_fork_the_chain_and_without_the_lock_they_do():
    plain = sealing_function()
    try:
        assert forked(build_world(SEED), 10)
    finally:
        sql(plain)
        guarded_again()
