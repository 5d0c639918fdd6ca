"""What a writer that knows only files writes, as bytes."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

# As the file formats spell them, in whatever language the machine speaks.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def written(write: Callable, frame: pd.DataFrame, **options) -> bytes:
    """The bytes of the file that `write` makes of the frame; the file itself is gone at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        write(frame, path, **options)
        return path.read_bytes()
