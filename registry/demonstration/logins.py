"""Keeps what a demo's people log in with, in a file that only its owner reads."""

import json
import os
from collections.abc import Callable
from pathlib import Path


def keep_logins(path: Path, make: Callable[[], dict]) -> None:
    """Write what `make` gives, once: a file that is there already is kept, and nothing is made."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(make(), file, indent=1)
