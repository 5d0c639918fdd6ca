"""The programs of a running Promontory with a Redis of their own: all may be killed, a supervisor watches them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.places import private, server_account, temporary_folder
from config.programs import dispatcher, worker
from config.services import Servers
from config.supervisor import Child, Supervisor
from tests.conftest import test_database_url

TICK_SECONDS = 0.05


def say(line: str = "") -> None:
    """A line of the campaign's report."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@dataclass
class Fire:
    """Programs that are up, and how to hurt them."""

    supervisor: Supervisor
    env: dict[str, str]
    logs: Path
    counts: dict[str, int] = field(default_factory=dict)

    def child(self, name: str) -> Child:
        return self.supervisor.children[name]

    def kill(self, how: str) -> bool:
        """kill -9 of the worker's group, its main process, one of its children, or Redis; whether there was one."""
        name = "redis" if how == "redis" else "worker"
        child = self.child(name)
        if child.process is None:
            return False
        child.failures = 0  # so that it is started again after the shortest wait
        pid = child.process.pid
        if how == "child":
            below = children_of(pid)
            if not below:
                return False
            pid = below[0]
        with suppress(ProcessLookupError):
            (os.killpg if how == "group" else os.kill)(pid, signal.SIGKILL)
        self.counts[how] = self.counts.get(how, 0) + 1
        return True

    def freeze(self, name: str, number: int) -> None:
        """SIGSTOP or SIGCONT."""
        if self.child(name).process is not None:
            os.kill(self.child(name).process.pid, number)

    def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Watch the programs until it holds; whether it came true in time."""
        ends = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > ends:
                return False
            self.rest(TICK_SECONDS)
        return True

    def rest(self, seconds: float) -> None:
        """Let them work, and start again what died."""
        ends = time.monotonic() + seconds
        while True:
            self.supervisor.tick()
            if time.monotonic() >= ends:
                return
            time.sleep(min(TICK_SECONDS, seconds))

    def is_up(self) -> bool:
        return all(child.process is not None for child in self.supervisor.children.values())


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if listed.exists():
        return [int(each) for each in listed.read_text().split()]
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(each) for each in done.stdout.split()]


@contextmanager
def programs(*, app: str = "config", dispatchers: int = 1, processes: int = 2, **environment: str) -> Iterator[Fire]:
    """A worker, dispatchers and a Redis for the time of a campaign, on the database that Django is set up with."""
    account = server_account()
    folder = temporary_folder(account)
    logs, supervisor = private(folder / "logs"), Supervisor(lambda line: None)
    servers = Servers(data=folder, sockets=folder, logs=logs, account=account, durable=True)
    try:
        urls = {"DATABASE_URL": test_database_url(), "REDIS_URL": servers.start_redis(supervisor)}
        fire = Fire(supervisor, os.environ | urls | {"TMPDIR": str(folder)} | environment, logs)
        start_programs(fire, app, dispatchers, processes)
        yield fire
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def start_programs(fire: Fire, app: str, dispatchers: int, processes: int) -> None:
    working = worker(fire.env, fire.logs, processes=processes)
    fire.supervisor.start(replace(working, argv=tuple(app if part == "config" else part for part in working.argv)))
    for number in range(dispatchers):
        fire.supervisor.start(replace(dispatcher(fire.env, fire.logs), name=f"dispatcher{number or ''}"))
