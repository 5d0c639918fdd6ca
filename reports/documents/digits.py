"""Where a number in a table's cell is cut, so that a column stands digit under digit. Pure."""

import re

NUMBER = re.compile(r"([<>≤≥]?\s?[+\u2212-]?\d[\d,]*)(.*)", re.S)


def at_the_digit(text: str) -> tuple[str, str] | None:
    """('< 0', '.001'), ('12', '/14 (86 %)'), ('7', '.5 (5 to 8)'); None where the text does not begin with a number."""
    found = NUMBER.fullmatch(text)
    return (found.group(1), found.group(2)) if found else None
