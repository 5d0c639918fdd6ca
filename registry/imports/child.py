"""The process in which an uploaded file is parsed: it limits itself, reads its standard input, and answers in lines.

One JSON value a line: the head (columns and dialect), then [place, cells] for each row, then "end". A refusal is one
line {"refused": …} in their place. Anything else that ends the process tells the parent only that the file is bad:
the type of the error goes to standard error, never its words, for those could hold a patient's data.
"""

import io
import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from registry.imports.limits import LONGEST_CELL, LONGEST_NAME, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, MOST_TEXT

ONE_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
Rows = Iterable[tuple[int, list[str]]]


class Unreadable(Exception):
    """Why this file is refused; never with a word of what stands in its cells."""

    def __init__(self, message: str, *, rule: str = "I1", row: int | None = None, column: str = ""):
        self.refusal = {"message": message, "rule": rule, "row": row, "column": column}
        super().__init__(message)


def answer(read: Callable[[io.BytesIO, dict], tuple[dict, Rows]]) -> None:
    """Run one reader on standard input under the limits that the parent names."""
    asked = json.loads(sys.argv[1])
    sys.excepthook = say_only_the_type
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (asked["cpu_seconds"], asked["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        head, rows = read(io.BytesIO(sys.stdin.buffer.read()), asked)
        kept = kept_columns(head["columns"])
        say(head | {"columns": [head["columns"][place] for place in kept]})
        for line in checked(rows, kept, head["columns"]):
            say(line)
        say("end")
    except Unreadable as problem:
        say({"refused": problem.refusal})


def say(line: Any) -> None:
    sys.stdout.buffer.write(ONE_LINE(line).encode() + b"\n")


def say_only_the_type(kind: type[BaseException], *_: object) -> None:
    sys.stderr.write(kind.__name__)


def kept_columns(columns: list[dict]) -> list[int]:
    """The places of the columns that have a name; each has one of its own."""
    seen: dict[str, int] = {}
    for place, column in enumerate(columns):
        name = column["name"] = " ".join(column["name"].split())
        check_text(name, 1, "", longest=LONGEST_NAME)
        if name in seen:
            message = f"Columns {seen[name] + 1} and {place + 1} have the same name. Give every column its own."
            raise Unreadable(message, row=1, column=name)
        if name:
            seen[name] = place
    if not seen:
        raise Unreadable("There is no column name in the first row.", row=1)
    if len(seen) > MOST_COLUMNS:
        message = f"The table has {len(seen)} columns; at most {MOST_COLUMNS} are read. Leave out what is not needed."
        raise Unreadable(message, rule="I13", row=1)
    return list(seen.values())


def checked(rows: Rows, kept: list[int], columns: list[dict]) -> Iterator[tuple[int, list[str]]]:
    """The rows within the limits, empty ones and columns without name and content left out."""
    count, text = 0, 0
    for place, cells in rows:
        if not any(cells):
            continue
        count += 1
        text += sum(map(len, cells))
        if count > MOST_ROWS or count * len(kept) > MOST_CELLS or text > MOST_TEXT:
            message = f"The table is too large: at most {MOST_ROWS} rows and {MOST_CELLS} cells are read at once."
            raise Unreadable(f"{message} Send it in parts, or without the columns that are not needed.", rule="I13")
        yield place, row_of(place, cells, kept, columns)


def row_of(place: int, cells: list[str], kept: list[int], columns: list[dict]) -> list[str]:
    for index, cell in enumerate(cells):
        if not cell:
            continue
        name = columns[index]["name"] if index < len(columns) else ""
        if not name:
            message = f"There is a value in column {index + 1}, which has no name in the first row. Name the column."
            raise Unreadable(message, row=place)
        check_text(cell, place, name)
    return [cells[index].strip() if index < len(cells) else "" for index in kept]


def check_text(text: str, row: int, column: str, longest: int = LONGEST_CELL) -> None:
    if len(text) > longest:
        raise Unreadable(
            f"The cell is longer than {longest} characters. Shorten it.", rule="I13", row=row, column=column
        )
    if text.isascii() and text.isprintable():
        return
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unreadable("The cell holds a character that is no text. Type it again.", row=row, column=column)
