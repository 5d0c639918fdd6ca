"""Reads a CSV file, in a process of its own: strict UTF-8, one delimiter, every row as long as the header."""

import csv
import io
import itertools

from registry.imports.child import Rows, Unreadable, answer
from registry.imports.limits import DELIMITERS, LONGEST_CELL

LOOKED_AT = 50
csv.field_size_limit(LONGEST_CELL * 10)


def read(file: io.BytesIO, asked: dict) -> tuple[dict, Rows]:
    """The head and the rows; the delimiter is the declared one, or the one by which the rows agree."""
    data = file.getvalue()
    text = decoded(data)
    delimiter = asked["delimiter"] or found_delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = next(records(lines, 1))[1]
    dialect = {"delimiter": delimiter, "byte_order_mark": data.startswith(b"\xef\xbb\xbf")}
    return {"columns": [{"name": name} for name in header], "dialect": dialect}, rows_of(lines, len(header))


def decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("The file is UTF-16. Save it as CSV UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("A letter here is not UTF-8. Save the file as CSV UTF-8.", row=row) from None
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        raise Unreadable("The file contains a NUL character, so it is not a text file.", row=row)
    return text


def records(lines, first: int) -> Rows:
    """Each record and its number; what the csv module says no to is a refusal."""
    for place in itertools.count(first):
        try:
            yield place, next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            message = "A quote is opened and not closed, or closed in the middle of a cell. Quote such cells again."
            if "field larger" in str(error):
                message = f"A cell is longer than {LONGEST_CELL} characters, or a quote is opened and not closed."
            raise Unreadable(message, row=place) from None


def rows_of(lines, width: int) -> Rows:
    for place, cells in records(lines, 2):
        if cells and len(cells) != width:
            message = f"The row has {len(cells)} cells, the header {width}. Quote cells that hold the delimiter."
            raise Unreadable(message, row=place)
        yield place, cells


def found_delimiter(text: str) -> str:
    """The delimiter that cuts the first rows into the most columns, rows alike before unlike; else the comma."""
    cuts = {delimiter: cut_by(text, delimiter) for delimiter in DELIMITERS}
    best = [delimiter for delimiter in DELIMITERS if cuts[delimiter] == max(cuts.values())]
    if len(best) > 1 and cuts[best[0]][1] > 1:
        raise Unreadable("The rows can be cut by more than one delimiter. Say which it is.")
    return best[0]


def cut_by(text: str, delimiter: str) -> tuple[bool, int]:
    """Whether this delimiter cuts the first rows into more than one column, all alike; the columns of the header."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        widths = [len(cells) for cells in itertools.islice(lines, LOOKED_AT) if cells]
    except csv.Error:
        return False, 1
    return len(set(widths)) == 1 and widths[0] > 1, max(widths[:1], default=1)


if __name__ == "__main__":
    answer(read)
