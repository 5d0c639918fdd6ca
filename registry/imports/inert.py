"""Text for files that spreadsheet programs open: nothing in it runs as a formula."""

from registry.imports.cells import NUMBER

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet would take it for a formula; numbers are what they are."""
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.match(text) else text


def as_it_was(text: str) -> str:
    """What stood there before `inert`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text
