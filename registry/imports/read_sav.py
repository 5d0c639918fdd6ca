"""Reads an SPSS file, in a process of its own: codes stay codes; labels and declared missing codes go to the column.

The rows are numbered as SPSS shows them: the first case is row 1.
"""

import io
import re

import pyreadstat

from registry.imports.child import Rows, Unreadable, answer
from registry.imports.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from registry.imports.written import padded, written

ZERO_PADDED = re.compile(r"N(\d{1,2})")
DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "MOYR", "QYR", "WKYR")
FORMATS = dict.fromkeys(DATES, "date") | {"DATETIME": "datetime", "YMDHMS": "datetime", "TIME": "time", "A": "text"}
# Dates that pyreadstat leaves as seconds since 1582 unless it is told.
ALSO_DATES = ["MOYR", "QYR", "WKYR"]


def read(file: io.BytesIO, asked: dict) -> tuple[dict, Rows]:
    """The head and the rows; one row more than may be read is asked for, so that too many are noticed."""
    width = len(pyreadstat.read_sav(file, metadataonly=True, output_format="dict")[1].column_names)
    if not 1 <= width <= MOST_COLUMNS:
        raise Unreadable(f"The table has {width} columns; between 1 and {MOST_COLUMNS} are read.", rule="I13")
    file.seek(0)
    values, about = pyreadstat.read_sav(
        file,
        user_missing=True,
        output_format="dict",
        extra_date_formats=ALSO_DATES,
        row_limit=min(MOST_ROWS, MOST_CELLS // width) + 1,
    )
    names = about.column_names
    texts = [texts_of(values[name], about.original_variable_types[name]) for name in names]
    columns = [column_of(name, about, set(cells)) for name, cells in zip(names, texts, strict=True)]
    return {"columns": columns, "dialect": {}}, enumerate(map(list, zip(*texts, strict=True)), start=1)


def texts_of(values: list, written_as: str) -> list[str]:
    texts = [written(value).strip() for value in values]
    zeros = ZERO_PADDED.fullmatch(written_as)
    return [padded(text, int(zeros[1])) for text in texts] if zeros else texts


def column_of(name: str, about, seen: set[str]) -> dict:
    """What the file says of a column; a missing code is one that is declared alone, or labelled or seen in a range."""
    labels = {written(code): str(label) for code, label in about.variable_value_labels.get(name, {}).items()}
    ranges = about.missing_ranges.get(name, [])
    alone = [written(one["lo"]) for one in ranges if one["lo"] == one["hi"]]
    missing = dict.fromkeys([*alone, *(code for code in [*labels, *sorted(seen)] if in_a_range(code, ranges))])
    choices = {code: label for code, label in labels.items() if code not in missing}
    kind = FORMATS.get(re.sub(r"[\d.]+$", "", about.original_variable_types[name]), "number")
    return {
        "name": name,
        "label": about.column_names_to_labels.get(name) or "",
        "kind": "choice" if choices and kind in ("number", "text") else kind,
        "choices": choices,
        "missing": {code: labels.get(code, "") for code in missing},
    }


def in_a_range(code: str, ranges: list[dict]) -> bool:
    """Whether a code lies in a declared range of missing numbers."""
    numbers = [one for one in ranges if not isinstance(one["lo"], str) and not isinstance(one["hi"], str)]
    try:
        return any(one["lo"] <= float(code) <= one["hi"] for one in numbers)
    except ValueError:
        return False


if __name__ == "__main__":
    answer(read)
