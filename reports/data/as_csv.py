"""Tables as CSV: UTF-8, commas, decimal points, an empty field where nothing is; no cell is a formula. Pure."""

import io
import re

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

# What a spreadsheet may take for a formula: at the start of a cell, or after what it may split a cell at.
FORMULA = r"(^|[;\t\r\n])(\s*)([=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}])"
PLAIN_NUMBER = r"^[+-]?[0-9]+(\.[0-9]+)?$"


def to_csv(rows: pa.Table) -> bytes:
    """The rows as CSV; every text is in quotes, so that a number in quotes is a text."""
    columns = [inert(column) if pa.types.is_string(column.type) else column for column in rows.columns]
    names = [inert_text(name) for name in rows.column_names]
    sink = io.BytesIO()
    csv.write_csv(pa.table(columns, names=names), sink)
    return sink.getvalue()


def inert(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts, a ' before each sign that would begin a formula; a plain number is none."""
    guarded = pc.replace_substring_regex(texts, FORMULA, r"\1\2'\3")
    return pc.if_else(pc.match_substring_regex(texts, PLAIN_NUMBER), texts, guarded)


def inert_text(text: str) -> str:
    return text if re.fullmatch(PLAIN_NUMBER, text) else inert(pa.chunked_array([[text]]))[0].as_py()
