"""A table as it stood in an uploaded file: text cells, what the file says of its columns, a place for every cell.

`Sheet` is what every reader gives (registry.imports.reading) and what the staged import works on. A cell is the text
that was written: spaces around it dropped, "" where it is empty, never a number, never a guess. A missing code (9,
999, "NA") is still that code here; the import replaces it once a person has agreed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from registry.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column, and what the file (or its data dictionary) says of it. What nobody says is empty.

    `kind`: text, number, integer, date, datetime, time, choice, choices (several codes in one cell, "1 3"), yes_no,
    computed, status (a REDCap form's completeness), file, or "" where the file does not say.
    `choices`: code → label, as declared. `missing`: code → label of the codes that the file declares missing.
    `part`: what a REDCap column is for: record, event, repeat_instrument, repeat_instance, group, survey; "" = data.
    """

    name: str
    label: str = ""
    kind: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    part: str = ""
    form: str = ""
    identifier: bool = False


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the file was written, as far as it was found or declared."""

    format: str
    delimiter: str = ""
    byte_order_mark: bool = False
    decimal: str = "."
    decimal_comma_columns: tuple[str, ...] = ()
    sheet: str = ""
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Columns and rows. `places`: the row of the file in which each row stands; row 1 is the header (SPSS: a case).

    `cell_places` is filled only where one row here was put together from several of the file (long tables).
    """

    file: str
    columns: list[Column]
    rows: list[dict[str, str]]
    places: list[int]
    dialect: Dialect
    cell_places: list[dict[str, int]] | None = None

    @property
    def names(self) -> list[str]:
        """The columns' names in the order of the file."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of this name; KeyError where there is none."""
        return self.by_name[name]

    @property
    def by_name(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    def values(self, name: str) -> list[str]:
        """The cells of a column, in the order of the rows."""
        return [row[name] for row in self.rows]

    def cells(self) -> Iterator[tuple[int, str, str]]:
        """Every cell: index of its row, name of its column, text."""
        for index, row in enumerate(self.rows):
            for name, text in row.items():
                yield index, name, text

    def where(self, row: int, column: str = "") -> str:
        """Where the row with this index stands, as problems say it: "visits.csv, row 12"."""
        place = self.places[row]
        if self.cell_places is not None:
            place = self.cell_places[row].get(column, place)
        return f"{self.file}, row {place}"

    def problem(self, row: int, column: str, rule: str, message: str) -> Problem:
        """A problem with a cell of the row with this index."""
        value = self.rows[row].get(column, "")
        return Problem(rule=rule, field=column, value=value, message=message, where=self.where(row, column))

    def with_columns(self, columns: list[Column]) -> "Sheet":
        """The same cells under other descriptions of the same columns."""
        return replace(self, columns=columns)
