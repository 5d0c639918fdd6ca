"""Where ./dev keeps things, and who has the turn to run them."""

import os
import shutil

from config import places
from config.places import TEMPORARY, secret_key, server_account, sweep, temporary_folder
from config.turns import joined, take_turn, whose_turn
from tests.config.processes import launcher

HOLDS_A_FOLDER = """
import time
from config.places import server_account, temporary_folder
print(temporary_folder(server_account()), flush=True)
time.sleep(600)
"""
HOLDS_A_TURN = """
import sys, time
from pathlib import Path
from config.turns import take_turn
turn = take_turn(Path(sys.argv[1]), "./dev demo")
turn.announce({"REDIS_URL": "redis+socket:///there"})
print("ready", flush=True)
time.sleep(600)
"""


def test_temporary_folders_are_private_and_short_enough_for_a_socket(monkeypatch):
    monkeypatch.setenv("TMPDIR", f"/tmp/{'long' * 30}")
    folder = temporary_folder(server_account())
    try:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(f"{folder}/.s.PGSQL.5432.lock") < 107
    finally:
        shutil.rmtree(folder)


def test_the_folder_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not():
    process = launcher(HOLDS_A_FOLDER)
    folder = places.Path(process.first_line)
    assert folder.name.startswith(TEMPORARY)
    sweep(server_account())
    assert folder.is_dir()
    process.kill()
    process.communicate()
    sweep(server_account())
    assert not folder.exists()


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(tmp_path):
    before = os.umask(0)
    try:
        first = secret_key(tmp_path)
    finally:
        os.umask(before)
    assert len(first) >= 50
    assert secret_key(tmp_path) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_data_of_root_go_where_the_servers_user_can_reach_them(tmp_path, monkeypatch):
    account = server_account()
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "UNREACHABLE_HOME", tmp_path.with_name("elsewhere"))
    tmp_path.chmod(0o700)
    home = places.data_home(account)
    if account is None:
        assert home == tmp_path / ".data"
    else:
        assert home.parent.name == "elsewhere"


def test_only_one_process_has_the_turn_and_the_second_is_told_who(tmp_path):
    process = launcher(HOLDS_A_TURN, tmp_path)
    assert process.first_line == "ready"
    assert take_turn(tmp_path, "./dev demo") is None
    assert whose_turn(tmp_path)["what"] == "./dev demo"
    with joined(tmp_path) as holder:
        assert holder["env"] == {"REDIS_URL": "redis+socket:///there"}
    process.kill()
    process.communicate()
    assert whose_turn(tmp_path) == {}
    assert take_turn(tmp_path, "./dev demo") is not None


def test_nobody_joins_a_holder_that_is_leaving(tmp_path):
    turn = take_turn(tmp_path, "./dev manage shell")
    turn.announce({})
    turn.wait_for_guests(print)
    with joined(tmp_path) as holder:
        assert holder is None
