"""Servers up, work done, servers down: the frame around every ./dev command."""

import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from config.places import ROOT, data_home, field_key, private, secret_key, server_account, temporary_folder
from config.programs import environment
from config.services import Servers
from config.supervisor import Supervisor, dies_with_parent


def say(line: str) -> None:
    """To the person at the terminal. Standard output belongs to the command that was asked for."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Interrupted(BaseException):
    """Ctrl-C, or a signal that asks us to end; `code` is the exit code that says so."""

    def __init__(self, signum: int):
        super().__init__(signum)
        self.code = 128 + signum


@dataclass
class Stack:
    """Servers that are up, and the environment in which programs find them."""

    supervisor: Supervisor
    env: dict[str, str]
    home: Path
    logs: Path

    def run(self, argv: Sequence[str]) -> int:
        """Run a step to its end while the servers are watched. All its words go to standard error."""
        dies = dies_with_parent(signal.SIGTERM)
        step = subprocess.Popen(
            argv, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=dies
        )
        try:
            return wait_for(step, self.supervisor.tick)
        finally:
            if step.poll() is None:  # something interrupted the wait
                step.terminate()
                step.wait()


def catch_signals() -> None:
    """Turn the first request to end into Interrupted; while we clean up, further ones are ignored."""

    def end(signum, frame):
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signum)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, end)


@contextmanager
def lasting_servers(home: Path):
    """Servers on the data that stay."""
    account = server_account()
    sockets = temporary_folder(account)
    servers = Servers(data=home, sockets=sockets, logs=private(home / "logs"), account=account, durable=True)
    with _up(servers, home, secret_key(home), field_key(home)) as stack:
        yield stack


@contextmanager
def throwaway_servers(*, durable: bool = False):
    """Servers on data that are deleted at the end. Durable ones write as a real server does, for honest timings."""
    account = server_account()
    folder = temporary_folder(account)
    servers = Servers(data=folder, sockets=folder, logs=private(folder / "logs"), account=account, durable=durable)
    with _up(servers, folder, secrets.token_urlsafe(48), Fernet.generate_key().decode()) as stack:
        yield stack


@contextmanager
def _up(servers: Servers, home: Path, *keys: str):
    supervisor = Supervisor(say)
    # What a killed program leaves behind goes with our folder.
    places = {"TMPDIR": str(servers.sockets)}
    try:
        yield Stack(supervisor, environment(servers.start(supervisor), *keys) | places, home, servers.logs)
    finally:
        supervisor.stop()
        shutil.rmtree(servers.sockets, ignore_errors=True)


def foreground(argv: Sequence[str], *, env: dict[str, str], cwd: Path, tick: Callable[[], None] = lambda: None) -> int:
    """Run the command that was asked for, with our terminal, and return its exit code.

    Ctrl-C reaches it directly, as it shares our terminal: it decides, we wait. A request to end is passed on.
    """
    child = subprocess.Popen(argv, env=env, cwd=cwd, preexec_fn=dies_with_parent(signal.SIGTERM))
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, lambda signum, frame: None)
    for each in (signal.SIGTERM, signal.SIGHUP):
        if before[each] != signal.SIG_IGN:
            signal.signal(each, lambda signum, frame: child.send_signal(signum))
    try:
        return wait_for(child, tick)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def wait_for(process: subprocess.Popen, tick: Callable[[], None]) -> int:
    """The exit code, as a shell would give it; meanwhile `tick` a few times a second."""
    while True:
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            tick()
            continue
        return code if code >= 0 else 128 - code


def open_home() -> Path:
    return data_home(server_account())
