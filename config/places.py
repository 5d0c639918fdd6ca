"""Where ./dev keeps things: data that stay, data thrown away, sockets, the lock that says who is running here."""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
TEMPORARY = "promontory-"  # in /tmp: a socket's path may have 107 bytes, and TMPDIR can be long
UNREACHABLE_HOME = Path("/var/lib/promontory")


class CannotRun(Exception):
    """What keeps ./dev from doing as asked, and how to mend it."""


@dataclass(frozen=True)
class Account:
    """The user that servers run as, where we are root and they refuse to be."""

    name: str
    uid: int
    gid: int

    def can(self, *argv: str) -> bool:
        """Whether this user can run a command, and it succeeds."""
        try:
            done = subprocess.run(argv, capture_output=True, user=self.uid, group=self.gid, extra_groups=[], cwd="/")
        except PermissionError:  # it may not even look into the folder
            return False
        return done.returncode == 0


def server_account() -> Account | None:
    """None for an ordinary user, who runs the servers as himself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise CannotRun("PostgreSQL refuses to run as root, and there is no user postgres or nobody here. Add one.")


def private(folder: Path, account: Account | None = None) -> Path:
    """Make a folder that only its owner enters, whatever the umask."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def data_home(account: Account | None) -> Path:
    """The folder whose data stay from one start to the next."""
    home = ROOT / ".data"
    if account is not None and not account.can("/bin/sh", "-c", 'cd "$0"', str(ROOT)):
        home = UNREACHABLE_HOME / hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
    try:
        if home.parent == UNREACHABLE_HOME:
            passable(UNREACHABLE_HOME, account)
        passable(home, account)
    except OSError as problem:
        raise CannotRun(f"{home} cannot be used ({problem.strerror}). Run as its owner, or remove it.") from problem
    return home


def passable(folder: Path, account: Account | None) -> Path:
    """A folder of ours that a server's user may pass through, to folders of its own, but not list."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700 if account is None else 0o711)
    return folder


def temporary_folder(account: Account | None) -> Path:
    """A short-named private folder in /tmp, held by a lock as long as we live; see `sweep`."""
    sweep(account)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir="/tmp"))
    held = os.open(folder / "held", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    return private(folder, account)


def sweep(account: Account | None) -> None:
    """Remove temporary folders whose holder was killed before it could."""
    ours = {os.geteuid()} | ({account.uid} if account else set())
    for folder in Path("/tmp").glob(f"{TEMPORARY}*"):
        try:
            held = os.open(folder / "held", os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(held).st_uid in ours:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(held)


def secret_key(home: Path) -> str:
    """What the sessions and forms of the data in this folder are signed with."""
    return kept_secret(home / "secret_key", secrets.token_urlsafe(48))


def field_key(home: Path) -> str:
    """What the secret fields of the data in this folder are encrypted with."""
    return kept_secret(home / "field_key", Fernet.generate_key().decode())


def kept_secret(path: Path, fresh: str) -> str:
    """Made once, readable by its owner only."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(fresh)
    return path.read_text(encoding="ascii")
