"""The peers: a venv of their own for the Python ones, Rscript where there is one. Each runs in its own process."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.places import ROOT

HERE = Path(__file__).resolve().parent.parent
REQUIREMENTS = HERE / "requirements.txt"
VENV = ROOT / ".data" / "bench"


@dataclass(frozen=True)
class Programs:
    """The peers' Python and Rscript; None where there is none."""

    python: str | None
    rscript: str | None

    def words(self) -> list[str]:
        absent = {"SciPy, scikit-posthocs and tableone": self.python, "R": self.rscript}
        return [f"Not compared with {name}: it is not installed." for name, program in absent.items() if not program]


def installed() -> Programs:
    return Programs(python_of_peers(), shutil.which("Rscript"))


def python_of_peers() -> str | None:
    """The venv's Python, made or brought up to date where the requirements have changed; None where that fails."""
    python, stamp = VENV / "bin" / "python", VENV / "requirements.txt"
    if not stamp.is_file() or stamp.read_bytes() != REQUIREMENTS.read_bytes():
        made = subprocess.run(
            [sys.executable, "-m", "uv", "venv", "--quiet", "--clear", "--python", sys.executable, VENV]
        )
        wanted = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--system-certs", "--python", python]
        if made.returncode or subprocess.run([*wanted, "-r", REQUIREMENTS]).returncode:
            return None
        shutil.copyfile(REQUIREMENTS, stamp)
    return str(python)


def run(programs: Programs, folder: Path, repeats: int) -> dict[str, dict]:
    """What each peer took and found, by name."""
    found = {}
    if programs.python:
        script = [programs.python, "-I", str(HERE / "peers" / "python_peer.py"), str(folder), str(repeats)]
        found |= {step: answer(*script, step) for step in ("scipy", "tableone")}
    if programs.rscript:
        found["R"] = answer(programs.rscript, str(HERE / "peers" / "peer.R"), str(folder), str(repeats))
    return found


def answer(*argv: str) -> dict:
    """The JSON on the last line of what the program says."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])
