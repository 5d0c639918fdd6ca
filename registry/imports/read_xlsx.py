"""Reads one sheet of a workbook, in a process of its own: the values that the cells show last, as text.

Numbers are written without a trailing .0, dates as ISO, and a number whose format pads it (00000) keeps its zeros.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

import openpyxl

from registry.imports.child import Rows, Unreadable, answer
from registry.imports.written import padded, written

LAST_ROW = 1_048_576
PADDED = re.compile(r"0{2,60}")


class PrologIsOver(Exception):
    """The root element has begun: a DOCTYPE cannot follow."""


def read(file: io.BytesIO, asked: dict) -> tuple[dict, Rows]:
    """The head and the rows of the sheet that was asked for, or of the first that is not hidden."""
    archive = zipfile.ZipFile(file)
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            no_doctype(archive.open(part))
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    names = [sheet.title for sheet in book.worksheets]
    chosen = asked["sheet"] or next((sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"), "")
    if chosen not in names:
        raise Unreadable(f"The workbook has no sheet of this name. Its sheets: {', '.join(names)}.")
    rows = numbered(book[chosen])
    header = next(rows, (1, []))[1]
    body = with_formulas_checked(rows, file, chosen, header) if has_formulas(archive) else rows
    columns = [{"name": name} for name in header]
    return {"columns": columns, "dialect": {"sheet": chosen, "sheets": names}}, body


def no_doctype(part) -> None:
    """Refused where the XML declares a document type: that is how entities multiply. Stops at the first element."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = leave_prolog
    try:
        parser.ParseFile(part)
    except PrologIsOver:
        return


def refuse_doctype(*_: object) -> None:
    message = "The workbook declares an XML document type, which no spreadsheet program writes. Save it again in one."
    raise Unreadable(message, rule="I11")


def leave_prolog(*_: object) -> None:
    raise PrologIsOver


def has_formulas(archive: zipfile.ZipFile) -> bool:
    """Whether any sheet has a formula; then it must be seen that each has a stored value."""
    sheets = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
    return any(re.search(rb"<(\w+:)?f[ >/]", archive.read(part)) for part in sheets)


def numbered(sheet) -> Iterator[tuple[int, list[str]]]:
    """Each row by its number, as text, empty cells at its end dropped."""
    sheet.reset_dimensions()
    for place, cells in enumerate(sheet.iter_rows(), start=1):
        if place > LAST_ROW:
            raise Unreadable(f"The sheet has more than {LAST_ROW} rows.", rule="I13")
        texts = [text_of(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        yield place, texts


def with_formulas_checked(rows: Rows, file: io.BytesIO, chosen: str, header: list[str]) -> Rows:
    """The same rows; refused where a formula was never computed, for its cell would look empty."""
    book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    formulas = book[chosen]
    formulas.reset_dimensions()
    written = enumerate(formulas.iter_rows(), start=1)
    next(written, None)
    for (place, texts), (_, cells) in zip(rows, written, strict=False):
        for index, cell in enumerate(cells):
            if cell.data_type == "f" and (index >= len(texts) or not texts[index]):
                message = "The cell has a formula without a stored value. Open the workbook in a spreadsheet program"
                name = header[index] if index < len(header) else cell.column_letter
                raise Unreadable(f"{message}, save it there, and send it again.", row=place, column=name)
        yield place, texts


def text_of(cell) -> str:
    text = written(cell.value)
    zeros = PADDED.fullmatch(cell.number_format or "") if cell.data_type == "n" and text.isdigit() else None
    return padded(text, len(zeros[0])) if zeros else text


if __name__ == "__main__":
    answer(read)
