"""MSTS 1993 of the lower extremity: total, percent, and the two changes that are easily mistaken for each other."""

from collections.abc import Mapping
from decimal import Decimal

from registry.derived.rounding import to_tenth

ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
HIGHEST = 30


def msts_total(items: Mapping[str, int | None]) -> int | None:
    """0 to 30, the sum of the six items of 0 to 5 [V, Enneking 1993]; None unless all six are there: none is imputed.

    ValueError where an item is no whole number from 0 to 5.
    """
    values = [items.get(key) for key in ITEMS]
    if None in values:
        return None
    for key, value in zip(ITEMS, values, strict=True):
        if value not in range(6):
            raise ValueError(f"{key} is {value}; an item is a whole number from 0 to 5")
    return sum(int(value) for value in values)


def msts_percent(total: Decimal | int | None) -> Decimal | None:
    """The total in percent of 30, to one decimal [V] [S]. ValueError outside of 0 to 30."""
    if total is None:
        return None
    if not 0 <= total <= HIGHEST:
        raise ValueError(f"a total lies between 0 and {HIGHEST}, not at {total}")
    return to_tenth(Decimal(total) * 100 / HIGHEST)


def msts_change_points(before: Decimal | int | None, final: Decimal | int | None) -> Decimal | None:
    """Points gained, final minus preoperative: positive is better. None where either is missing."""
    return None if before is None or final is None else Decimal(final) - Decimal(before)


def msts_change_pp(before: Decimal | int | None, final: Decimal | int | None) -> Decimal | None:
    """The change in percentage points of the maximum of 30, to one decimal.

    Cox's 51, 25, 38 and 32 % are these [S]: no score after the procedure, and no change relative to the one before.
    """
    points = msts_change_points(before, final)
    return None if points is None else to_tenth(points * 100 / HIGHEST)
