"""What an uploaded file may be, looked at before anything reads it: size, kind, and the directory of a ZIP.

I11: the file is not what its name says, or of a kind that is not read. I13: a limit. A refusal names the file, the row
and the column, never what stands in a cell: refusals may be logged.
"""

import io
import struct
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from registry.errors import Problem, Refused

MIB = 1024**2
MOST_ROWS = 200_000
MOST_COLUMNS = 500
LONGEST_CELL = 10_000
LONGEST_NAME = 1_000
# What a worker must hold at once: 200,000 rows of ten columns, or 4,000 of 500.
MOST_CELLS = 2_000_000
MOST_TEXT = 64 * MIB

# The delimiters that REDCap and spreadsheet programs write.
DELIMITERS = (",", ";", "\t", "|", "^")

MOST_ENTRIES = 200
MOST_UNPACKED = 100 * MIB
HIGHEST_RATIO = 100
# A directory of 200 entries with long names; beyond it, reading the directory itself would be work.
LARGEST_DIRECTORY = 64 * 1024

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0"
SPSS = (b"$FL2", b"$FL3")
# What other files begin with that are sent by mistake under a table's name.
NO_TEXT = {b"PK": "a ZIP archive or a workbook", OLE: "an old Office file", b"%PDF": "a PDF", b"$FL": "an SPSS file",
           b"\x1f\x8b": "a gzip archive", b"\x89PNG": "a picture"}  # fmt: skip
FORMATS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".sav": "sav", ".zsav": "sav"}
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What reading one file may cost."""

    bytes: int = 32 * MIB
    memory: int = 512 * MIB
    cpu_seconds: int = 30
    wall_seconds: float = 60


ORDINARY = Limits()


def refuse(file: str, message: str, *, rule: str = "I1", row: int | None = None, column: str = "") -> Refused:
    """The file cannot be read, in words."""
    where = file if row is None else f"{file}, row {row}"
    return Refused([Problem(rule=rule, field=column, value="", message=message, where=where)])


def format_of(file: str, data: bytes, limits: Limits) -> str:
    """csv, xlsx or sav. Refused where the size, the first bytes or the ZIP directory forbid reading it."""
    found = FORMATS.get(PurePath(file).suffix.lower())
    if found is None:
        raise refuse(file, f"Files of this kind are not read. Send {' '.join(FORMATS)}.", rule="I11")
    if len(data) > limits.bytes:
        message = f"The file is larger than {limits.bytes // MIB} MiB. Send it in parts."
        raise refuse(file, message, rule="I13")
    if not data.strip():
        raise refuse(file, "The file is empty.")
    {"csv": check_text, "xlsx": check_workbook, "sav": check_spss}[found](file, data)
    return found


def check_text(file: str, data: bytes) -> None:
    for start, kind in NO_TEXT.items():
        if data.startswith(start):
            message = f"By its first bytes this is {kind}, not a text file. Save the table as CSV UTF-8."
            raise refuse(file, message, rule="I11")


def check_spss(file: str, data: bytes) -> None:
    if not data.startswith(SPSS):
        raise refuse(file, "By its first bytes this is no SPSS file. Save it from SPSS as .sav.", rule="I11")


def check_workbook(file: str, data: bytes) -> None:
    if data.startswith(OLE):
        message = "The workbook is encrypted, or of the old .xls kind. Save it as .xlsx without a password."
        raise refuse(file, message, rule="I11")
    if not data.startswith(ZIP):
        raise refuse(file, "By its first bytes this is no workbook. Save it from the program as .xlsx.", rule="I11")
    check_directory(file, data)


def check_directory(file: str, data: bytes) -> None:
    """The ZIP's own list of what is in it: how much, how dense, nothing locked, no archive inside."""
    check_end(file, data)
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        raise refuse(file, "The workbook's directory is damaged. Open it and save it again.") from None
    if len(entries) > MOST_ENTRIES:
        raise refuse(file, f"The workbook has more than {MOST_ENTRIES} parts. Save one sheet of it.", rule="I13")
    for entry in entries:
        check_entry(file, entry)
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED or unpacked > HIGHEST_RATIO * max(packed, 1):
        message = f"Unpacked, the workbook has more than {MOST_UNPACKED // MIB} MiB, or {HIGHEST_RATIO} times its size."
        raise refuse(file, f"{message} Save only the sheet with the data, or send it as CSV.", rule="I13")


def check_end(file: str, data: bytes) -> None:
    """The directory ends the file, is small, and is of the plain kind, so that reading it costs nothing."""
    tail = data[-END_OF_DIRECTORY.size :]
    damaged = refuse(file, "The workbook is cut off, or its directory is damaged. Open it and save it again.")
    if len(tail) < END_OF_DIRECTORY.size:
        raise damaged
    signature, _, _, _, entries, size, _, comment = END_OF_DIRECTORY.unpack(tail)
    if signature != b"PK\x05\x06" or comment or b"PK\x06\x07" in data[-END_OF_DIRECTORY.size - 20 :]:
        raise damaged
    if entries > MOST_ENTRIES or size > LARGEST_DIRECTORY:
        raise refuse(file, f"The workbook has more than {MOST_ENTRIES} parts. Save one sheet of it.", rule="I13")


def check_entry(file: str, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 0x1:
        raise refuse(file, "The workbook is encrypted. Save it without a password.", rule="I11")
    if PurePath(entry.filename).suffix.lower() in (".zip", ".xlsx", ".gz", ".7z", ".docx"):
        raise refuse(file, "The workbook holds another archive. Save the sheet with the data alone.", rule="I11")
    if entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1) and entry.file_size > MIB:
        message = f"A part of the workbook unpacks to more than {HIGHEST_RATIO} times its size."
        raise refuse(file, f"{message} Save only the sheet with the data, or send it as CSV.", rule="I13")
