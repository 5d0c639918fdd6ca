"""What ./dev demo decides before it starts anything, and how it reads what it fetched."""

import socket

import pytest

from config.demo import already, parse, slug_of
from config.demo_check import newest_run, p_values
from config.places import CannotRun
from config.programs import FIRST_PORT, address, answers_http, environment, listen


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_studys_slug_is_its_folders_name(tmp_path):
    assert slug_of(tmp_path) == tmp_path.name


def test_a_studys_slug_is_what_study_json_says(tmp_path):
    (tmp_path / "study.json").write_text('{"slug": "nhs_proms"}')
    assert slug_of(tmp_path) == "nhs_proms"


def test_study_folders_are_found_from_where_dev_was_called(tmp_path):
    (tmp_path / "chart_review").mkdir()
    assert parse(["--study", "chart_review"], tmp_path).study == [tmp_path / "chart_review"]


def test_a_study_folder_that_is_not_there_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(CannotRun, match="there is no such folder"):
        parse(["--study", "chart_review"], tmp_path)


def test_a_named_port_that_is_taken_is_refused(taken_port):
    with pytest.raises(CannotRun, match=f"Port {taken_port} is not free"):
        listen(taken_port)


def test_without_a_named_port_the_next_free_one_is_taken(taken_port, monkeypatch):
    monkeypatch.setattr("config.programs.FIRST_PORT", taken_port)
    monkeypatch.setattr("config.programs.LAST_PORT", taken_port + 20)
    with listen(None) as listener:
        assert taken_port < listener.getsockname()[1] <= taken_port + 20
    assert FIRST_PORT == 8000


def test_a_port_is_ours_from_the_moment_it_is_chosen():
    with listen(0) as listener, pytest.raises(CannotRun):
        listen(listener.getsockname()[1])


def test_a_port_that_nobody_serves_does_not_answer():
    with listen(0) as listener:
        nobody_there = address(listener)
    assert not answers_http(nobody_there)


def test_a_second_start_is_told_where_the_first_one_is():
    holder = {"what": "./dev demo", "pid": 7, "env": {"PROMONTORY_ADDRESS": "http://127.0.0.1:8000"}}
    assert already(holder).startswith("./dev demo (process 7) is running here already at http://127.0.0.1:8000.")


def test_what_the_caller_has_set_is_kept_except_the_servers_we_started(monkeypatch):
    monkeypatch.setenv("JOB_LEASE_SECONDS", "5")
    monkeypatch.setenv("SECRET_KEY", "the caller's own")
    env = environment({"REDIS_URL": "redis+socket:///ours"}, "ours", "theirs")
    assert (env["JOB_LEASE_SECONDS"], env["SECRET_KEY"]) == ("5", "the caller's own")
    assert env["REDIS_URL"] == "redis+socket:///ours"


def test_of_several_runs_the_newest_is_looked_at():
    old = {"job": "a", "created_at": "2026-01-01T00:00:00Z", "analysis_id": "t1"}
    new = [{"job": "b", "created_at": "2026-01-02T00:00:00Z", "analysis_id": name} for name in ("t2", "t1")]
    assert newest_run([old, *new]) == [new[1], new[0]]
    assert newest_run([]) == []


def test_p_values_are_found_wherever_they_stand_and_nothing_else_is():
    answer = {"n": 3, "z": 2.1, "p_normal": 0.03, "pairs": [{"p": 0.5}, {"p": None}], "p_holm": "not a number"}
    assert list(p_values(answer)) == [0.03, 0.5]
