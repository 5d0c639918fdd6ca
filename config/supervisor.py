"""Starts child processes, starts again what dies, stops them all. None outlives its supervisor."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 5.0  # seconds before a dead child is started again: doubled each time, capped
STEADY_AFTER = 30.0  # a child that has lived this long counts as healthy again
LARGEST_LOG = 5_000_000  # bytes kept of a log from earlier runs
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1


class DidNotStart(Exception):
    """A program ended, or never became ready; the message carries the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run, as whom, how to tell that it is ready and how to end it."""

    name: str
    argv: tuple[str, ...]
    log: Path
    cwd: Path
    env: Mapping[str, str] | None = None  # None: ours
    account: tuple[int, int] | None = None  # user and group id, for what refuses to run as root
    pass_fds: tuple[int, ...] = ()
    is_ready: Callable[[], bool] = lambda: True
    ready_seconds: float = 30.0
    is_server: bool = False  # stopped after the programs that use it
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10.0


@dataclass
class Child:
    """A running program and its record of failures. `process` is None while it waits to be started again."""

    program: Program
    process: subprocess.Popen | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0
    restarts: int = 0


class Supervisor:
    """Use from the main thread only: the kernel ties a child's life to the thread that started it."""

    def __init__(self, say: Callable[[str], None]):
        self.say = say
        self.children: dict[str, Child] = {}

    def start(self, program: Program) -> None:
        """Start it and wait until it is ready. Raises DidNotStart."""
        child = self.children[program.name] = Child(program)
        _spawn(child)
        wait_until = time.monotonic() + program.ready_seconds
        while True:
            if _has_ended(child.process):
                del self.children[program.name]
                raise DidNotStart(_why(program, f"ended with exit code {_collect(child.process)}"))
            if program.is_ready():
                return
            if time.monotonic() > wait_until:
                raise DidNotStart(_why(program, f"was not ready after {program.ready_seconds:.0f} s"))
            self.tick(besides=program.name)
            time.sleep(0.02)

    def tick(self, *, besides: str = "") -> None:
        """Notice what died, and start again what is due. Call it a few times a second."""
        for name, child in self.children.items():
            if name == besides:
                continue
            if child.process is None and time.monotonic() >= child.due:
                child.restarts += 1
                _spawn(child)
            elif child.process is not None and _has_ended(child.process):
                self._bury(child)

    def stop(self) -> None:
        """End everything: first the programs together, then the servers they use."""
        for servers in (False, True):
            ending = [c for c in reversed(self.children.values()) if c.program.is_server == servers and c.process]
            for child in ending:
                if not _has_ended(child.process):
                    child.process.send_signal(child.program.stop_signal)
            for child in ending:
                _end(child)
        self.children.clear()

    def _bury(self, child: Child) -> None:
        code = _collect(child.process)
        child.failures = 1 if time.monotonic() - child.started > STEADY_AFTER else child.failures + 1
        wait = min(SHORTEST_WAIT * 2 ** (child.failures - 1), LONGEST_WAIT)
        child.process, child.due = None, time.monotonic() + wait
        program = child.program
        self.say(f"{program.name} ended (exit code {code}); starting it again in {wait:.1f} s. Log: {program.log}")


def dies_with_parent(sent: int) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends this signal to the child when its parent is gone, however it went."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if LIBC is None:
            return
        LIBC.prctl(PR_SET_PDEATHSIG, sent, 0, 0, 0)
        if os.getppid() != parent:  # it went before we could ask
            os._exit(1)

    return ask_the_kernel


def _spawn(child: Child) -> None:
    program = child.program
    user, group = program.account or (None, None)
    with open_log(program.log) as log:
        child.process = subprocess.Popen(
            program.argv,
            cwd=program.cwd,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=program.pass_fds,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            start_new_session=True,  # a Ctrl-C reaches us alone, and the group can be ended as one
            preexec_fn=dies_with_parent(program.stop_signal),
        )
    child.started = time.monotonic()


def open_log(path: Path):
    """Append to a log that only its owner reads; one that has grown too long starts anew."""
    too_long = path.exists() and path.stat().st_size > LARGEST_LOG
    fresh = os.O_TRUNC if too_long else 0
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | fresh, 0o600), "ab")


def _has_ended(process: subprocess.Popen) -> bool:
    """Whether it ended; leaves it uncollected, so that its id still stands for its group."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _collect(process: subprocess.Popen) -> int:
    """End what is left of its group (a killed worker leaves its children behind), then take its exit code."""
    with suppress(ProcessLookupError, PermissionError):  # nothing left; macOS says "not permitted" of a dead group
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _end(child: Child) -> None:
    """Wait for it to end as asked, then end it without asking."""
    wait_until = time.monotonic() + child.program.stop_seconds
    while not _has_ended(child.process) and time.monotonic() < wait_until:
        time.sleep(0.02)
    _collect(child.process)


def _why(program: Program, what: str) -> str:
    lines = program.log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    return "\n    ".join([f"{program.name} {what}. The end of {program.log}:", *lines])
