"""A document -> a workbook: what is in it, a sheet a table, and a sheet of every number behind them, unrounded.

Text is written as text: nothing that a person typed becomes a formula or a link, and an id keeps its zeros.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.documents import widths
from reports.documents.contents import Contents, Facts, Heading, Points, Words, unit_words
from reports.layout import Cell, Flow, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBER = re.compile(r"[\u2212-]?(?:0|[1-9]\d*)(?:\.(\d+))?")
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
LONGEST_NAME, LONGEST_TEXT, MOST_ROWS = 31, 32_000, 1_000_000
EXACT = "value, all digits"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class Looks:
    """The formats of the cells."""

    title: Format
    bold: Format
    wrapped: Format
    head: Format
    over: Format
    row: Format
    indented: Format
    cell: Format
    note: Format
    link: Format


def xlsx(document: Contents) -> bytes:
    """The document's bytes; its clock is the freeze's."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, OPTIONS)
    book.set_properties(
        {"title": document.title[:250], "author": "Promontory", "comments": document.footer, "created": document.clock}
    )
    looks = looks_of(book)
    names = sheet_names(document.tables)
    contents_sheet(book, document, names, looks)
    text_sheet(book, document, looks)
    for name, table in zip(names, document.tables, strict=True):
        table_sheet(book, book.add_worksheet(name), table, looks)
    number_sheets(book, document, looks)
    book.close()
    return content.getvalue()


def looks_of(book: Workbook) -> Looks:
    font = {"font_name": "Calibri", "font_size": 10, "valign": "top"}
    centred = font | {"align": "center", "text_wrap": True}

    def look(**said) -> Format:
        return book.add_format(font | said)

    return Looks(
        title=look(bold=True, font_size=14),
        bold=look(bold=True),
        wrapped=look(text_wrap=True),
        head=book.add_format(centred | {"bold": True, "bottom": 1, "valign": "bottom"}),
        over=book.add_format(centred | {"bold": True, "bottom": 1}),
        row=look(text_wrap=True),
        indented=look(text_wrap=True, indent=1),
        cell=book.add_format(centred),
        note=look(font_size=9, text_wrap=True),
        link=look(font_color="#0B5A73", underline=1),
    )


def sheet_names(tables: Sequence[Table]) -> list[str]:
    """What each table's sheet is called: no two alike, none longer or other than a workbook takes."""
    taken, names = {"contents", "text", "numbers"}, []
    for table in tables:
        whole = FORBIDDEN.sub(" ", table.called).strip(" '")[:LONGEST_NAME] or "Table"
        name, again = whole, 1
        while name.lower() in taken:
            again += 1
            name = f"{whole[: LONGEST_NAME - 5]} ({again})"
        taken.add(name.lower())
        names.append(name)
    return names


def contents_sheet(book: Workbook, document: Contents, names: Sequence[str], looks: Looks) -> None:
    """Whose numbers these are, and what stands on which sheet."""
    sheet = book.add_worksheet("Contents")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100)
    put(sheet, 0, 0, document.title, looks.title)
    place = 2
    for name, what in (*([("", document.banner)] if document.banner else []), *document.facts.pairs):
        put(sheet, place, 0, name, looks.bold)
        put(sheet, place, 1, what, looks.wrapped)
        place += 1
    place += 1
    rest = [("Text", "Methods, results in words, who is in, limits"), ("Numbers", "Every number, unrounded")]
    titles = [(name, table.title) for name, table in zip(names, document.tables, strict=True)]
    for name, what in (rest[0], *titles, rest[1]):
        address = "internal:'" + name.replace("'", "''") + "'!A1"
        sheet.write_url(place, 0, address, looks.link, string=name)
        put(sheet, place, 1, what, looks.wrapped)
        place += 1


def text_sheet(book: Workbook, document: Contents, looks: Looks) -> None:
    """What the report says in words, in order."""
    sheet = book.add_worksheet("Text")
    sheet.set_column(0, 0, 130)
    for place, (text, look) in enumerate(said_in(document, looks)):
        put(sheet, place, 0, text, look)


def said_in(document: Contents, looks: Looks) -> Iterator[tuple[str, Format]]:
    for part in document.parts:
        match part:
            case Heading():
                yield part.text, looks.bold
            case Words():
                yield part.text, looks.wrapped
            case Points():
                yield from ((item, looks.wrapped) for item in part.items)
            case Facts():
                yield from ((f"{name}: {what}", looks.wrapped) for name, what in part.pairs)
            case Flow():
                yield from ((line, looks.wrapped) for line in flow_lines(part))
            case Table():
                yield f"{part.called}. {part.title}: on its own sheet", looks.note


def flow_lines(flow: Flow) -> Iterator[str]:
    for stage in flow.stages:
        yield " ".join(filter(None, [f"{stage.n} {stage.words}", stage.detail]))
        for step in stage.left:
            yield from (f"    left out: {n} {why}" for n, why in step.lines)
    yield unit_words(flow)


def table_sheet(book: Workbook, sheet: Worksheet, table: Table, looks: Looks) -> None:
    """The title, the head, the rows, the notes; what is a number is one."""
    put(sheet, 0, 0, f"{table.called}. {table.title}", looks.bold)
    place = heads(sheet, table, looks)
    sheet.freeze_panes(place, 1)
    for size, column in zip(widths.widths(table), range(len(table.columns)), strict=True):
        sheet.set_column(column, column, min(max(size, 9), 48))
    for group in table.groups:
        if group.label:
            put(sheet, place, 0, group.label, looks.bold)
            place += 1
        for row in group.rows:
            put(sheet, place, 0, row.head, looks.indented if row.indented or group.label else looks.row)
            for at, cell in enumerate(row.cells, start=1):
                put_cell(book, sheet, place, at, cell, looks, numeric=table.columns[at].numeric)
            place += 1
    for note in table.notes:
        place += 1
        put(sheet, place, 0, f"{note.mark} {note.text}".strip(), looks.note)
        sheet.merge_range(place, 0, place, max(len(table.columns) - 1, 1), "", looks.note)
        put(sheet, place, 0, f"{note.mark} {note.text}".strip(), looks.note)


def heads(sheet: Worksheet, table: Table, looks: Looks) -> int:
    """The headings; the first row below them."""
    place = 2
    if table.spans:
        at = 0
        for label, span in table.spans:
            if label and span > 1:
                sheet.merge_range(place, at, place, at + span - 1, "", looks.over)
            if label:
                put(sheet, place, at, label, looks.over)
            at += span
        place += 1
    for at, column in enumerate(table.columns):
        put(sheet, place, at, f"{column.label} {column.mark}".strip(), looks.head)
    return place + 1


def put(sheet: Worksheet, row: int, column: int, text: str, look: Format) -> None:
    """Text, as text."""
    if text:
        sheet.write_string(row, column, text[:LONGEST_TEXT], look)
    else:
        sheet.write_blank(row, column, None, look)


def put_cell(book, sheet: Worksheet, row: int, column: int, cell: Cell, looks: Looks, *, numeric: bool) -> None:
    """A number with the decimals it is printed with; else what stands there, and its second line below it."""
    found = NUMBER.fullmatch(cell.text) if numeric and not cell.detail else None
    if found and len(cell.text) < 15:
        sheet.write_number(row, column, float(cell.text.replace("\u2212", "-")), decimals(book, len(found[1] or "")))
    else:
        put(sheet, row, column, "\n".join(filter(None, [cell.text, cell.detail])), looks.cell)


def decimals(book: Workbook, places: int) -> Format:
    """The format of a number with so many decimals; one for each in a book."""
    known = book.__dict__.setdefault("promontory_decimals", {})
    if places not in known:
        shown = "0." + "0" * places if places else "0"
        known[places] = book.add_format(
            {"font_name": "Calibri", "font_size": 10, "align": "center", "valign": "top", "num_format": shown}
        )
    return known[places]


def number_sheets(book: Workbook, document: Contents, looks: Looks) -> None:
    """Analysis, path, value; the digits that a workbook's own numbers have no room for stand beside as text."""
    numbers, count = iter(document.numbers), 0
    while rows := list(islice(numbers, MOST_ROWS)) or ([] if count else [None]):
        count += 1
        sheet = book.add_worksheet("Numbers" if count == 1 else f"Numbers {count}")
        for at, (head, size) in enumerate((("analysis", 40), ("path", 60), ("value", 22), (EXACT, 26))):
            sheet.set_column(at, at, size)
            put(sheet, 0, at, head, looks.head)
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": f"D2:D{len(rows) + 1}"})
        for place, (analysis, path, value) in enumerate(filter(None, rows), start=1):
            sheet.write_string(place, 0, analysis[:LONGEST_TEXT])
            sheet.write_string(place, 1, path[:LONGEST_TEXT])
            sheet.write_number(place, 2, value)
            sheet.write_string(place, 3, repr(value))
