"""The files of a release: each table in each format, the codebook, and words at the door. Pure."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from outcomes.pooling.jcs import jcs
from reports.data import codebook
from reports.data.as_csv import to_csv
from reports.data.as_parquet import to_parquet_file
from reports.data.missing import REASON_LABELS
from reports.data.variables import Table, Variable

README = Template((Path(__file__).parent / "readme.txt").read_text("utf-8"))
PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
# Between these Python and canonical JSON write a float in the same way; whole numbers are exact up to the last one.
SMALLEST, LARGEST, EXACT = 1e-4, 1e16, 2**53
NDJSON, PARQUET, CSV = FORMATS = ("ndjson", "parquet", "csv")
MEDIA_TYPES = {
    NDJSON: "application/x-ndjson", PARQUET: "application/vnd.apache.parquet", CSV: "text/csv; charset=utf-8",
    "json": "application/json", "txt": "text/plain; charset=utf-8",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class File:
    """rows: of a table; None where the file is none."""

    name: str
    content: bytes
    rows: int | None = None

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.name.rpartition(".")[2]]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def files_of(tables: Sequence[Table], formats: Sequence[str], about: str, words: Mapping[str, str]) -> list[File]:
    """Every file, in order of name. about: what the Parquet files say of where they come from."""
    writers = {
        NDJSON: to_ndjson,
        PARQUET: lambda table: to_parquet_file(table, about),
        CSV: lambda table: to_csv(table.rows),
    }
    made = [
        File(name=f"{table.name}.{each}", content=writers[each](table), rows=table.rows.num_rows)
        for table in tables
        for each in formats
    ]
    return sorted([*made, *described(tables), readme(tables, formats, words)], key=lambda file: file.name)


def to_ndjson(table: Table) -> bytes:
    """One row a line, each in canonical JSON: the same rows are the same bytes."""
    return b"".join(line_of(row) + b"\n" for batch in table.rows.to_batches() for row in batch.to_pylist())


def line_of(row: Mapping) -> bytes:
    """A flat row in canonical JSON; Python's own writer does it sooner where it writes names and numbers alike."""
    if not all(map(str.isascii, row)):
        return jcs(row)
    cells = {name: whole(cell) for name, cell in row.items()}
    if any(isinstance(cell, float) and not SMALLEST <= abs(cell) < LARGEST for cell in cells.values()):
        return jcs(row)
    return PLAIN.encode(cells).encode()


def whole(cell: object) -> object:
    """A float that is a whole number as one, which canonical JSON writes without a point."""
    return int(cell) if isinstance(cell, float) and abs(cell) <= EXACT and cell.is_integer() else cell


def described(tables: Sequence[Table]) -> Iterator[File]:
    """The codebook for people and for programs."""
    rows, codes = codebook.codebook(tables), codebook.codes(tables)
    yield File(name="codebook.csv", content=to_csv(rows), rows=rows.num_rows)
    yield File(name="values.csv", content=to_csv(codes), rows=codes.num_rows)
    about = {"tables": [of_table(table) for table in tables], "missing_reasons": REASON_LABELS}
    yield File(name="codebook.json", content=jcs(about) + b"\n")


def of_table(table: Table) -> dict:
    variables = [of_variable(table, variable) for variable in table.variables]
    return {"name": table.name, "title": table.title, "key": list(table.key), "variables": variables}


def of_variable(table: Table, variable: Variable) -> dict:
    """A variable's row of the codebook, its codes as a list in their order."""
    row = codebook.described(table, variable)
    codes = [{"code": code, "label": words} for code, words in variable.labels.items()]
    return {name: text for name, text in row.items() if name not in ("table", "codes", "missing_codes")} | {
        "codes": codes, "missing_in": variable.reason_in or None,
    }  # fmt: skip


def readme(tables: Sequence[Table], formats: Sequence[str], words: Mapping[str, str]) -> File:
    text = README.substitute(
        words,
        formats=", ".join(formats),
        tables="\n".join(f"{table.name:<12}{table.title}; key: {', '.join(table.key)}" for table in tables),
        reasons="\n".join(f"{code:<18}{meaning}" for code, meaning in REASON_LABELS.items()),
    )
    return File(name="README.txt", content=text.encode())
