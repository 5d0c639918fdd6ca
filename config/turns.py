"""Who runs Promontory's servers in this folder, and how a second command joins the first."""

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WORKING, LEAVING = "working", "leaving"


@dataclass
class Turn:
    """Our turn to run the servers of one data folder. It ends with our process, however that ends."""

    home: Path
    what: str
    lock: int

    def announce(self, env: dict[str, str], instances: dict[str, dict[str, str]] | None = None) -> None:
        """From now on others may join, with these variables; with those of one of several instances, by its name."""
        about = {"pid": os.getpid(), "what": self.what, "state": WORKING, "env": env}
        self._write(about | {"instances": instances or {}})

    def wait_for_guests(self, say) -> None:
        """Let nobody else join, and return when those who joined have left."""
        self._write({"pid": os.getpid(), "what": self.what, "state": LEAVING})
        with open_lock(self.home / "guests.lock") as guests:
            try:
                fcntl.flock(guests, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Done. Waiting for another command that uses the same servers ...")
                fcntl.flock(guests, fcntl.LOCK_EX)

    def _write(self, content: dict) -> None:
        data = json.dumps(content).encode()
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, data, 0)


def take_turn(home: Path, what: str) -> Turn | None:
    """The turn, or None where another process has it."""
    lock = os.open(home / "turn.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    os.ftruncate(lock, 0)
    return Turn(home, what, lock)


def whose_turn(home: Path) -> dict:
    """What the holder announced: {} while it starts, and where what is written is half written or a dead one's."""
    try:
        content = json.loads((home / "turn.lock").read_bytes())
        os.kill(content["pid"], 0)
    except (OSError, ValueError):
        return {}
    return content


@contextmanager
def joined(home: Path):
    """Use the holder's servers: gives its announcement, or None if there is nobody to join. The holder waits for us."""
    with open_lock(home / "guests.lock") as guests:
        fcntl.flock(guests, fcntl.LOCK_SH)
        holder = whose_turn(home)
        yield holder if holder.get("state") == WORKING else None


@contextmanager
def open_lock(path: Path):
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
