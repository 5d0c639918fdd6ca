"""Rounding of values that the specification defines as rounded. Everything else is exact until it is shown."""

from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")


def to_tenth(number: Decimal) -> Decimal:
    """Half up, to one decimal: 24.65 is 24.7, as the papers round."""
    return number.quantize(TENTH, ROUND_HALF_UP)
