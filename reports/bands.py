"""Levels that are numbers, summed within the bands that a line of a plan names: ages as printed papers count them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

IN_NO_BAND = "In none of these bands"
Band = Sequence[float | None]  # (first, last), both in it; None is no end


def number_of(level: str) -> Decimal | None:
    """The number that a level is; None for one in words."""
    try:
        number = Decimal(level)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def banded(found, bands: Sequence[Band]):
    """{band: x of n} of levels. A band without anyone is 0 of all; whoever is in none stands in a line of their own."""
    levels = found.get("levels", found) if isinstance(found, Mapping) else None
    if not isinstance(levels, Mapping) or not levels or not all(isinstance(each, Mapping) for each in levels.values()):
        return found
    (n, *_) = (each.get("n") for each in levels.values())
    counts = dict.fromkeys(map(called, bands), 0)
    for level, each in levels.items():
        name = next((called(band) for band in bands if holds(band, number_of(level))), IN_NO_BAND)
        counts[name] = counts.get(name, 0) + each.get("x", 0)
    return {name: {"x": x, "n": n} for name, x in counts.items()}


def holds(band: Band, number: Decimal | None) -> bool:
    first, last = band
    return number is not None and (first is None or number >= first) and (last is None or number <= last)


def called(band: Band) -> str:
    """'70 to 79', 'up to 69', '90 and over'."""
    first, last = band
    if first is None:
        return "all" if last is None else f"up to {last:g}"
    return f"{first:g} and over" if last is None else f"{first:g} to {last:g}"
