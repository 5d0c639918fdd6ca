"""The files of a package, read back by the libraries that people would read them with."""

import csv
import io
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pyreadstat

from outcomes.freeze import Frozen
from reports.data import package
from reports.data.missing import STATA_LETTERS

CLOCK = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
FORMATS = {"csv": "csv", "parquet": "parquet", "stata": "dta", "spss": "sav"}
REASON_OF = {letter: code for code, letter in STATA_LETTERS.items()}


def files_of(frozen: Frozen, profile: str = "identified", **extra: bytes) -> dict[str, bytes]:
    """Each file of the zip by its name."""
    with zipfile.ZipFile(io.BytesIO(package(frozen, profile, CLOCK, extra))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def columns_of_csv(content: bytes) -> dict[str, list[str]]:
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def read_labelled(content: bytes, read, user_missing: bool = True) -> tuple[pd.DataFrame, object]:
    """A Stata or SPSS file; with user_missing, missing codes as they stand in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        return read(path, user_missing=user_missing)


def read_stata(content: bytes):
    return read_labelled(content, pyreadstat.read_dta)


def read_spss(content: bytes):
    return read_labelled(content, pyreadstat.read_sav)


def plain_stata(content: bytes) -> pd.DataFrame:
    """A Stata file by pandas' own reader."""
    return pd.read_stata(io.BytesIO(content), convert_categoricals=False)


def plain_spss(content: bytes) -> pd.DataFrame:
    return read_labelled(content, pyreadstat.read_sav, user_missing=False)[0]


def read_parquet(content: bytes):
    return pq.read_table(io.BytesIO(content))


def spelled(content: bytes, name: str) -> str:
    """Everything that a file says, as text: its bytes, and what its readers make of them."""
    found = [content.decode("utf-8", "replace"), content.decode("utf-16-le", "replace")]
    readers = {"dta": read_stata, "sav": read_spss}
    if name.endswith("parquet"):
        rows = read_parquet(content)
        found += [str(rows.to_pylist()), str(rows.schema)]
    if (ending := name.rpartition(".")[2]) in readers:
        frame, about = readers[ending](content)
        found += [str(frame.to_dict("list")), str(vars(about))]
    return "\n".join(found)
