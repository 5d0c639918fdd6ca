"""Installs the pinned packages into .venv. Run by ./dev with any Python 3.11, so: standard library only."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
INSTALLED = VENV / "installed"
PINS = ("bootstrap.txt", "requirements.txt", "requirements-dev.txt")


class CannotInstall(Exception):
    """Something that this machine lacks; the message says how to mend it."""


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    # The lock is on the project's folder itself: it exists before anything is installed, and dies with its holder.
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        if not is_current():
            install()
    except CannotInstall as problem:
        say(f"Not installed: {problem}")
        return 1
    return 0


def is_current() -> bool:
    """Whether .venv was made from exactly these pins, by this kind of Python."""
    same = all(
        (INSTALLED / pins).is_file() and (INSTALLED / pins).read_bytes() == (ROOT / pins).read_bytes() for pins in PINS
    )
    return same and (VENV / "bin" / "python").exists()


def install() -> None:
    say("Installing the pinned packages into .venv (once; a minute or two) ...")
    shutil.rmtree(INSTALLED, ignore_errors=True)
    make_venv()
    python = str(VENV / "bin" / "python")
    run(python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes", "-r", "bootstrap.txt")
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--no-cache", "--require-hashes", "--python", python]
    if subprocess.run([*sync, *PINS], cwd=ROOT, env=environment()).returncode != 0:
        say("uv could not install them; trying pip, which is slower ...")
        wanted = [part for pins in PINS for part in ("-r", pins)]
        run(python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes", *wanted)
    INSTALLED.mkdir()
    for pins in PINS:
        shutil.copyfile(ROOT / pins, INSTALLED / pins)


def make_venv() -> None:
    """A venv with pip; a half-made one is cleared, a whole one kept, so that new pins only change what differs."""
    if (VENV / "bin" / "python").exists():
        asked = [str(VENV / "bin" / "python"), "-m", "pip", "--version"]
        if subprocess.run(asked, capture_output=True).returncode == 0:
            return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        install_venv_module()
    run(sys.executable, "-m", "venv", "--clear", str(VENV))


def install_venv_module() -> None:
    """Debian keeps venv in a package of its own; root can have it installed, anybody else is told."""
    command = "apt-get update && apt-get install -y --no-install-recommends python3-venv"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotInstall(f"this Python has no venv module. On Debian, as root: {command}")
    say("This Python has no venv module; installing python3-venv ...")
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(command, shell=True, env=apt, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
        raise CannotInstall(f"that failed. Install venv for {sys.executable} by hand, then run ./dev again.")


def run(*argv: str) -> None:
    if subprocess.run(argv, cwd=ROOT, env=environment(), stdout=sys.stderr).returncode != 0:
        raise CannotInstall(f"`{' '.join(argv)}` failed; its words are above. Mend that, then run ./dev again.")


def environment() -> dict[str, str]:
    """uv trusts only its own certificates unless told; a PYTHONPATH could shadow what is being installed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {"UV_SYSTEM_CERTS": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **kept}


if __name__ == "__main__":
    sys.exit(main())
