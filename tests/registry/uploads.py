"""Files as people send them, made for tests: tables as CSV, workbook or SPSS; workbooks with a part replaced."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pandas
import pyreadstat

from registry.errors import Problem, Refused
from registry.imports.reading import read_upload
from registry.imports.sheet import Sheet

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def csv_bytes(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def workbook(*rows: list, **sheets: list[list]) -> bytes:
    """A workbook with one sheet of these rows, or with the named sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in (sheets or {"Sheet1": rows}).items():
        page = book.create_sheet(title)
        for line in lines:
            page.append(line)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def with_parts(data: bytes, parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same archive with these parts put in or replaced."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return file.getvalue()


def with_texts(data: bytes, texts: list[str], page: str) -> bytes:
    """The workbook with these texts kept once, and a page whose cells refer to them: <c r="A1" t="s"><v>0</v></c>."""
    listed = "".join(f"<si><t>{text}</t></si>" for text in texts)
    kinds = part_of(data, "[Content_Types].xml").decode()
    known = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TEXTS}"/></Types>'
    return with_parts(data, {
        "[Content_Types].xml": kinds.replace("</Types>", known).encode(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{listed}</sst>'.encode(),
        SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>{page}</sheetData></worksheet>'.encode(),
    })  # fmt: skip


def part_of(data: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(data)).read(name)


def spss(folder: Path, columns: dict[str, list], **about) -> bytes:
    """An SPSS file with these columns; `about` is what pyreadstat.write_sav takes."""
    path = folder / "made.sav"
    pyreadstat.write_sav(pandas.DataFrame(columns), str(path), **about)
    return path.read_bytes()


def read_file(path: Path, **how) -> Sheet:
    return read_upload(path.name, path.read_bytes(), **how)


def refusal(name: str, data: bytes, **how) -> Problem:
    """The one problem for which a file is refused."""
    try:
        sheet = read_upload(name, data, **how)
    except Refused as error:
        (problem,) = error.problems
        return problem
    raise AssertionError(f"{name} was read: {len(sheet.rows)} rows")
