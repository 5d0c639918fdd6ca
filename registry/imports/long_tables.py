"""Tables with one value a row, turned into tables with one row a visit (or patient, or record).

REDCap's EAV export (record, event, field_name, value) and long tables (patient, timepoint, instrument, value) are the
same shape; afterwards each is mapped like any other sheet. Each cell still knows the row that it came from.
"""

from collections.abc import Set

from registry.errors import Refused
from registry.imports.limits import MOST_CELLS, MOST_COLUMNS, refuse
from registry.imports.sheet import Column, Sheet

NO_NAMES: Set[str] = frozenset()


def one_row_each(sheet: Sheet, *, names: str, values: str, several: Set[str] = NO_NAMES) -> Sheet:
    """One row for each combination of the other columns; `several` may have many values, kept as "1 3"."""
    keys = [name for name in sheet.names if name not in (names, values)]
    found = list(dict.fromkeys(filter(None, sheet.values(names))))
    if len(keys) + len(found) > MOST_COLUMNS:
        raise refuse(sheet.file, f"The column {names} names more than {MOST_COLUMNS} things.", rule="I13")
    if set(found) & set(keys):
        message = f"The column {names} names something that is a column of its own already."
        raise refuse(sheet.file, message, column=names)
    rows: dict[tuple, dict[str, str]] = {}
    places: dict[tuple, dict[str, int]] = {}
    for index, row in enumerate(sheet.rows):
        key = tuple(row[name] for name in keys)
        cells, spots = rows.setdefault(key, {}), places.setdefault(key, {})
        if row[names] in cells and row[names] not in several:
            raise twice(sheet, index, names)
        spots.setdefault(row[names], sheet.places[index])
        cells[row[names]] = f"{cells.get(row[names], '')} {row[values]}".strip()
    if len(rows) * (len(keys) + len(found)) > MOST_CELLS:
        raise refuse(sheet.file, f"As one row each, the table has more than {MOST_CELLS} cells.", rule="I13")
    return Sheet(
        file=sheet.file,
        columns=[*(sheet.column(name) for name in keys), *(Column(name=name) for name in found)],
        rows=[
            dict(zip(keys, key, strict=True)) | {name: cells.get(name, "") for name in found}
            for key, cells in rows.items()
        ],
        places=[min(spots.values()) for spots in places.values()],
        cell_places=list(places.values()),
        dialect=sheet.dialect,
    )


def twice(sheet: Sheet, index: int, names: str) -> Refused:
    message = "The same patient, time and name stand in an earlier row already. Keep one of the two."
    return Refused([sheet.problem(index, names, "I1", message)])
