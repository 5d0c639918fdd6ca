"""Numbers written with a decimal comma: where they stand, and the same numbers with a point."""

import re
from collections.abc import Iterable
from dataclasses import replace

from registry.imports.sheet import Sheet

WITH_COMMA = re.compile(r"[+-]?\d*,\d+\Z", re.ASCII)
NUMBER = re.compile(r"[+-]?\d+([.,]\d*)?\Z|[+-]?[.,]\d+\Z", re.ASCII)


def decimal_comma_columns(sheet: Sheet) -> list[str]:
    """The columns with at least one number like 1,54 and nothing else but numbers."""
    candidates = {name for _, name, text in sheet.cells() if WITH_COMMA.match(text)}
    return [
        name
        for name in sheet.names
        if name in candidates and all(NUMBER.match(text) for text in sheet.values(name) if text)
    ]


def with_decimal_points(sheet: Sheet, columns: Iterable[str]) -> Sheet:
    """The sheet with 1,54 as 1.54 in these columns; everything else as it was written."""
    chosen = set(columns)
    rows = [
        {
            name: text.replace(",", ".") if name in chosen and WITH_COMMA.match(text) else text
            for name, text in row.items()
        }
        for row in sheet.rows
    ]
    return replace(sheet, rows=rows)
