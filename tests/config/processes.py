"""Looking at processes from outside, for tests that kill them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes true within the time."""
    wait_until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > wait_until:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and only waits to be collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    if sys.platform != "linux":
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it went while we looked
        return False


def launcher(script: str, *argv: object) -> subprocess.Popen:
    """A process of its own that runs this Python; its first line of output says that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, argv)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    process.first_line = process.stdout.readline().strip()
    return process
