"""Reads an uploaded file: CSV, XLSX or SPSS in, a `Sheet` out, or `Refused` in words. The one door for files.

    sheet = read_upload(file.name, file.read())
    sheet = read_upload("visits.csv", data, options=Options(delimiter=";", decimal=","))
    sheet = describe(sheet, read_dictionary(read_upload("dictionary.csv", more)))      # registry.imports.redcap

The first looks (size, first bytes, ZIP directory) cost nothing; parsing happens in a process of its own that may use so
much memory and time and no more, so that no file can take a worker down. Rules: I1 the file cannot be read as a table;
I11 it is not what its name says, or holds what a table never holds; I13 a limit.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from registry.errors import Refused
from registry.imports.decimals import decimal_comma_columns, with_decimal_points
from registry.imports.limits import DELIMITERS, ORDINARY, Limits, format_of, refuse
from registry.imports.sheet import Column, Dialect, Sheet

ROOT = Path(__file__).resolve().parents[2]
SAVE_AGAIN = {
    "csv": "Save the table again as CSV UTF-8.",
    "xlsx": "Open it in a spreadsheet program and save it again as .xlsx, or as CSV UTF-8.",
    "sav": "Open it in SPSS and save it again, or as CSV UTF-8; it may be cut off.",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person says of the file; empty is found out. `sheet` names the sheet of a workbook, the first if empty."""

    delimiter: str = ""
    decimal: str = "."
    sheet: str = ""


AS_FOUND = Options()


def read_upload(name: str, data: bytes, *, options: Options = AS_FOUND, limits: Limits = ORDINARY) -> Sheet:
    """The table in a file that somebody sent. Refused where it is hostile, damaged, too large or no table."""
    file = shown_name(name)
    if options.delimiter not in ("", *DELIMITERS) or options.decimal not in (".", ","):
        raise refuse(file, "The delimiter is one of , ; | ^ or a tab; the decimal mark a point or a comma.")
    kind = format_of(file, data, limits)
    lines = parsed(file, kind, data, options, limits)
    head = next(lines)
    columns = [Column(**column) for column in head["columns"]]
    names = [column.name for column in columns]
    places, rows, same = [], [], {}
    for place, cells in lines:
        places.append(place)
        rows.append(dict(zip(names, (same.setdefault(cell, cell) for cell in cells), strict=True)))
    if not rows:
        raise refuse(file, "There is a header and no row below it.")
    dialect = Dialect(format=kind, **{name: as_tuple(value) for name, value in head["dialect"].items()})
    return settled(Sheet(file=file, columns=columns, rows=rows, places=places, dialect=dialect), options)


def settled(sheet: Sheet, options: Options) -> Sheet:
    """Decimal commas: turned into points where the file is said to be written so, else only remarked on."""
    found = tuple(decimal_comma_columns(sheet))
    if options.decimal == ",":
        sheet = with_decimal_points(sheet, found)
    return replace(sheet, dialect=replace(sheet.dialect, decimal=options.decimal, decimal_comma_columns=found))


def as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def shown_name(name: str) -> str:
    """The file's name without folders, short and printable, as problems and pages say it."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter if letter.isprintable() else "?" for letter in last)[-100:] or "file"


def parsed(file: str, kind: str, data: bytes, options: Options, limits: Limits) -> Iterator:
    """The head and the rows, from the process that reads this kind of file."""
    asked = {"delimiter": options.delimiter, "sheet": options.sheet, "memory": limits.memory}
    asked["cpu_seconds"] = limits.cpu_seconds
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"registry.imports.read_{kind}", json.dumps(asked)],
            input=data, capture_output=True, timeout=limits.wall_seconds, cwd=ROOT, env=environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise took_too_long(file) from None
    if done.returncode != 0:
        raise why_it_ended(file, kind, done)
    return answers(file, done.stdout)


def answers(file: str, output: bytes) -> Iterator:
    for line in io.BytesIO(output):
        said = json.loads(line)
        if isinstance(said, dict) and "refused" in said:
            problem = said["refused"]
            raise refuse(file, **problem)
        if said != "end":
            yield said


def why_it_ended(file: str, kind: str, done: subprocess.CompletedProcess) -> Refused:
    """What to say of a process that did not finish: it may have run into a limit, or the file is damaged."""
    if done.returncode == -signal.SIGXCPU:
        return took_too_long(file)
    if done.returncode == -signal.SIGKILL or b"MemoryError" in done.stderr:
        return refuse(file, "Reading the file takes more memory than a file may. Send it in parts.", rule="I13")
    return refuse(file, f"The file is damaged, or is not of the kind that its name says. {SAVE_AGAIN[kind]}")


def took_too_long(file: str) -> Refused:
    return refuse(file, "Reading the file takes longer than a file may. Send it in parts, or as CSV.", rule="I13")


def environment() -> dict[str, str]:
    """No secret of ours is in the process that meets a stranger's file."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
