"""What ./dev demo --sites decides before it starts anything, and how its instances are found again."""

from pathlib import Path

import pytest

from config.demo import parse
from config.demo_sites import instances, refuse_foreign_servers
from config.dev import manage_at
from config.places import CannotRun
from config.stack import Stack
from config.turns import take_turn

SERVERS = {
    "DATABASE_URL": "postgresql://promontory_app@/promontory?host=/s",
    "MIGRATION_DATABASE_URL": "postgresql://promontory@/promontory?host=/s",
    "REDIS_URL": "redis+socket:///s/r?virtual_host=0",
}


def several(tmp_path: Path):
    return instances(Stack(None, SERVERS, tmp_path, tmp_path), 3)


def test_three_sites_are_three_instances_a_centre_and_one_that_holds_all_rows(tmp_path):
    assert [each.name for each in several(tmp_path)] == ["a", "b", "c", "centre", "whole"]


@pytest.mark.parametrize("name", [*SERVERS, "SECRET_KEY"])
def test_no_two_instances_share_a_database_a_queue_or_a_secret(tmp_path, name):
    values = [each.env[name] for each in several(tmp_path)]
    assert len(set(values)) == len(values) == 5
    assert SERVERS.get(name) not in values


def test_an_instance_keeps_its_secret_from_one_start_to_the_next(tmp_path):
    assert [each.env for each in several(tmp_path)] == [each.env for each in several(tmp_path)]


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_servers_from_outside_are_refused(name):
    with pytest.raises(CannotRun, match="databases of its own"):
        refuse_foreign_servers({name: "somewhere"})


@pytest.mark.parametrize("more", [["--study", "."], ["--port", "8000"]])
def test_several_sites_bring_their_own_studies_and_ports(tmp_path, more, capsys):
    with pytest.raises(SystemExit):
        parse(["--sites", "3", *more], tmp_path)
    assert "its own studies and ports" in capsys.readouterr().err


def test_a_command_at_a_site_needs_a_running_demo_of_sites(tmp_path):
    with pytest.raises(CannotRun, match=r"Start ./dev demo --sites 3 first"):
        manage_at(tmp_path, "a", "check")


def test_a_command_at_a_site_that_is_not_there_names_those_that_are(tmp_path):
    take_turn(tmp_path, "a test").announce({}, {"a": {}, "centre": {}})
    with pytest.raises(CannotRun, match="There are: a, centre"):
        manage_at(tmp_path, "b", "check")
