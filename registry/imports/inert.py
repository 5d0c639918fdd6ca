"""Text for files that spreadsheet programs open: nothing in it runs as a formula."""

import re

from registry.imports.cells import NUMBER

# A sign that begins a formula, also in full width, after what a spreadsheet may skip. A tab or a line end alone may
# begin another cell.
FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def is_formula(text: str) -> bool:
    return FORMULA.match(text) is not None and not NUMBER.match(text)


def inert(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula; numbers are what they are.

    A text that is such a formula behind apostrophes gets one more, so that `as_it_was` gives back every text.
    """
    return f"'{text}" if is_formula(text.lstrip("'")) else text


def as_it_was(text: str) -> str:
    """What stood there before `inert`."""
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text
