"""One step in a process of its own, so that its peak memory is its own: python -m tests.bench.parts.child STEP ...

Prints one line of JSON: what the step found, and the process's peak in MB before and after the work.
"""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import tests.bench  # noqa: F401 (sets Django up)
from tests.bench.parts import steps


def main(argv: list[str]) -> int:
    step, folder, repeats = argv[0], Path(argv[1]), int(argv[2])
    before = peak()
    found = getattr(steps, step)(folder, repeats, *argv[3:])
    sys.stdout.write(json.dumps(found | {"peak_mb": peak(), "peak_before_mb": before}) + "\n")
    return 0


def peak() -> float:
    """The most memory this program has held so far, MB. getrusage would count what its parent held before it began."""
    status = Path("/proc/self/status")
    if not status.exists():
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return round(int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024, 1)


def run(step: str, folder: Path, repeats: int, *rest: str) -> dict:
    """A step in a process of its own, and what it found."""
    argv = [sys.executable, "-m", "tests.bench.parts.child", step, str(folder), str(repeats), *rest]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
