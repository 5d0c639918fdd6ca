"""The supervisor on programs that die, linger, hang or never start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.supervisor import LONGEST_WAIT, DidNotStart, Program, Supervisor, dies_with_parent
from tests.config.processes import eventually, is_alive, launcher

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said):
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop()


@pytest.fixture
def program(tmp_path):
    def build(script: str = SLEEP, **fields) -> Program:
        defaults = {"name": "sleeper", "log": tmp_path / "log", "cwd": tmp_path, "argv": (sys.executable, "-c", script)}
        return Program(**{**defaults, **fields})

    return build


def pid_of(supervisor: Supervisor, name: str = "sleeper") -> int | None:
    process = supervisor.children[name].process
    return process.pid if process else None


def runs_again(supervisor: Supervisor, old: int) -> bool:
    supervisor.tick()
    return pid_of(supervisor) not in (None, old)


def test_a_killed_child_is_started_again_within_five_seconds(supervisor, program, said):
    supervisor.start(program())
    old = pid_of(supervisor)
    os.kill(old, signal.SIGKILL)
    assert eventually(lambda: runs_again(supervisor, old), seconds=5)
    assert not is_alive(old)
    assert "sleeper ended (exit code -9); starting it again in 0.5 s" in said[0]


def test_without_a_tick_a_killed_child_stays_dead(supervisor, program):
    supervisor.start(program())
    old = pid_of(supervisor)
    os.kill(old, signal.SIGKILL)
    assert eventually(lambda: not is_alive(old))
    time.sleep(0.7)
    assert pid_of(supervisor) == old


def test_each_early_death_doubles_the_wait_up_to_the_longest(supervisor, program):
    supervisor.start(program())
    child = supervisor.children["sleeper"]
    waits = []
    for _ in range(6):
        os.kill(child.process.pid, signal.SIGKILL)
        assert eventually(lambda: supervisor.tick() or child.process is None)
        waits.append(round(child.due - time.monotonic(), 1))
        child.due = 0.0
        supervisor.tick()
    assert waits == [0.5, 1.0, 2.0, 4.0, LONGEST_WAIT, LONGEST_WAIT]


def test_what_a_killed_child_had_started_is_ended_before_it_starts_again(supervisor, program, tmp_path):
    script = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "child.wait()"
    )
    supervisor.start(program(script))
    assert eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    left_behind, old = int((tmp_path / "pid").read_text()), pid_of(supervisor)
    os.kill(old, signal.SIGKILL)
    assert eventually(lambda: not is_alive(old)) and is_alive(left_behind)
    assert eventually(lambda: runs_again(supervisor, old))
    assert eventually(lambda: not is_alive(left_behind))


def test_stopping_leaves_no_process(supervisor, program):
    for name in ("one", "two"):
        supervisor.start(program(name=name))
    pids = [pid_of(supervisor, name) for name in ("one", "two")]
    assert all(map(is_alive, pids))
    supervisor.stop()
    assert not any(map(is_alive, pids))


def test_servers_are_stopped_after_the_programs_that_use_them(supervisor, program, tmp_path):
    script = (
        "import signal, sys, time\n"
        "def end(*_): open('order', 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); open(sys.argv[1], 'w'); time.sleep(600)"
    )
    for name, is_server in (("s", True), ("p", False)):
        argv = (sys.executable, "-c", script, name)
        supervisor.start(
            program(name=name, argv=argv, is_server=is_server, is_ready=lambda name=name: (tmp_path / name).exists())
        )
    supervisor.stop()
    assert (tmp_path / "order").read_text() == "ps"


def test_a_child_that_ignores_the_request_to_end_is_ended(supervisor, program, tmp_path):
    script = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w'); {SLEEP}"
    supervisor.start(program(script, stop_seconds=0.2, is_ready=lambda: (tmp_path / "deaf").exists()))
    pid = pid_of(supervisor)
    supervisor.stop()
    assert not is_alive(pid)


def test_a_program_that_ends_at_once_did_not_start_and_its_last_words_are_told(supervisor, program):
    with pytest.raises(DidNotStart, match=r"(?s)sleeper ended with exit code 3.*no such table"):
        supervisor.start(program("import sys; print('no such table'); sys.exit(3)", is_ready=lambda: False))
    assert supervisor.children == {}


def test_a_program_that_never_becomes_ready_did_not_start(supervisor, program):
    with pytest.raises(DidNotStart, match=r"was not ready after 0 s"):
        supervisor.start(program(is_ready=lambda: False, ready_seconds=0.3))


def test_logs_are_read_by_their_owner_only_whatever_the_umask(supervisor, program, tmp_path):
    before = os.umask(0)
    try:
        supervisor.start(program())
    finally:
        os.umask(before)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


SUPERVISES = """
import sys, time
from pathlib import Path
from config.supervisor import Program, Supervisor
supervisor = Supervisor(print)
folder = Path(sys.argv[1])
supervisor.start(Program(name="child", argv=("sleep", "600"), log=folder / "log", cwd=folder))
print(supervisor.children["child"].process.pid, flush=True)
time.sleep(600)
"""
DOES_NOT = """
import subprocess, time
print(subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL).pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_children_end_when_their_supervisor_is_killed(tmp_path):
    process = launcher(SUPERVISES, tmp_path)
    child = int(process.first_line)
    assert is_alive(child)
    process.kill()
    process.communicate()
    assert eventually(lambda: not is_alive(child), seconds=5)


def test_without_our_care_a_child_outlives_its_killed_parent():
    """The test above can fail: this is what it would see."""
    process = launcher(DOES_NOT)
    child = int(process.first_line)
    process.kill()
    process.communicate()
    time.sleep(0.5)
    assert is_alive(child)
    os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_a_child_whose_parent_died_before_it_could_ask_does_not_start():
    asked_by_another = dies_with_parent(signal.SIGTERM)
    script = f"import os, sys, time; sys.path.insert(0, {str(Path.cwd())!r}); {SLEEP}"
    pid = os.fork()
    if pid == 0:  # here we are not the process that `dies_with_parent` noted as the parent
        child = subprocess.Popen([sys.executable, "-c", script], preexec_fn=asked_by_another)
        os._exit(0 if child.wait() == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
