"""Numbers as people write them."""

from decimal import Decimal

MOST_DECIMALS = 8


def plain(number: Decimal) -> str:
    """A number as people write it: 10, not 1E+1 or 10.00000000."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
