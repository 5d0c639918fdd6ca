"""./dev campaign walls: every door for every role, every canary, every way past the walls, with the figures.

The rows of two sites, all addresses by GET and POST as each of the cast; the word that stands in every text of the
other site looked for in all that is answered, with both walls, with the second alone, and with none.
"""

import os
import subprocess
import sys

FILES = [
    "tests/registry/test_walls.py", "tests/test_walls_stand.py", "tests/test_walls_hold.py", "tests/test_access.py",
    "tests/test_canary.py", "tests/test_second_wall.py",
]  # fmt: skip


def main(argv: list[str]) -> int:
    """0 where every promise held."""
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", *FILES, *argv], env=os.environ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
