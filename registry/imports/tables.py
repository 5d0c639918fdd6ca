"""Reads a table of a study folder: strict UTF-8, one comma, the columns that are expected, a place for every cell."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from registry.errors import Problem
from registry.imports.limits import LONGEST_CELL, MOST_COLUMNS, refuse

MOST_BYTES = 512 * 1024 * 1024
MOST_ROWS = 2_000_000
csv.field_size_limit(LONGEST_CELL * 10)


@dataclass(frozen=True)
class Table:
    """The rows of a file, and the place of each in it: row 1 is the header, and empty rows count."""

    file: str
    columns: list[str]
    rows: list[dict[str, str]]
    places: list[int]

    def where(self, row: int) -> str:
        """Where the row with this index stands."""
        return f"{self.file}, row {self.places[row]}"

    def problem(self, row: int, column: str, value: str, rule: str, message: str) -> Problem:
        """A problem in the row with index `row`."""
        return Problem(rule=rule, field=column, value=value, message=message, where=self.where(row))


def read_table(path: Path, *, required: list[str], optional: list[str] | None) -> Table:
    """The table in a CSV file; `optional` None lets any further column in. Refused where it cannot be read."""
    if not path.is_file():
        raise refuse(path.name, f"The file is not in the folder {path.parent.name}. A study folder needs it.")
    lines = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        header = next(lines, [])
        check_header(path.name, header, required, optional)
        rows = {place: row_of(path.name, place, header, cells) for place, cells in enumerate(lines, start=2) if cells}
    except csv.Error as error:
        raise refuse(path.name, f"This is not CSV: {error}.", row=lines.line_num) from error
    if len(rows) > MOST_ROWS:
        raise refuse(path.name, f"The file has {len(rows)} rows; {MOST_ROWS} can be imported at once.")
    return Table(path.name, header, list(rows.values()), list(rows))


def text_of(path: Path) -> str:
    """The file's text; a byte order mark is dropped."""
    if not path.is_file():
        raise refuse(path.name, "This is not a file.")
    if path.stat().st_size > MOST_BYTES:
        raise refuse(path.name, f"The file is larger than {MOST_BYTES // 1024**2} MiB.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refuse(path.name, f"Byte {error.start} is not UTF-8. Save the file as CSV UTF-8.") from error
    if "\x00" in text:
        raise refuse(path.name, "The file contains a NUL character, so it is not a text file.")
    return text


def check_header(file: str, header: list[str], required: list[str], optional: list[str] | None) -> None:
    """The columns that are needed are there, once, and no others unless any may be."""
    if len(header) > MOST_COLUMNS:
        raise refuse(file, f"The file has {len(header)} columns; {MOST_COLUMNS} can be imported.", row=1)
    for column in required:
        if column not in header:
            raise refuse(file, f"The column {column} is missing. The columns are: {', '.join(required)}.", row=1)
    for column in header:
        if header.count(column) > 1 or not column.strip():
            raise refuse(file, "Every column needs a name of its own.", row=1, column=column)
        if optional is not None and column not in (*required, *optional):
            expected = ", ".join([*required, *optional])
            raise refuse(file, f"This column is not understood. The columns are: {expected}.", row=1, column=column)


def row_of(file: str, number: int, header: list[str], cells: list[str]) -> dict[str, str]:
    """A row by column name, spaces around the cells dropped."""
    if len(cells) != len(header):
        raise refuse(file, f"The row has {len(cells)} cells, the header {len(header)}.", row=number)
    for column, cell in zip(header, cells, strict=True):
        if len(cell) > LONGEST_CELL:
            raise refuse(file, f"The cell is longer than {LONGEST_CELL} characters.", row=number, column=column)
    return {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
