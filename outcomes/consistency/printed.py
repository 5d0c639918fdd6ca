"""A number as it is printed: its digits, and every number that could have been rounded to them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

_HALF = Fraction(1, 2)
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,12})?\Z", re.ASCII)


@dataclass(frozen=True)
class Printed:
    """A printed number: 28.0 and 28 are the same value, and say different things about what was rounded."""

    value: Fraction
    places: int

    @classmethod
    def of(cls, number: "int | str | Decimal") -> "Printed":
        """The number with the decimals it is written with. Raises ValueError for what is not a plain number."""
        text = str(number)
        if not _NUMBER.match(text):
            raise ValueError(f"{text!r} is not a printed number")
        return cls(Fraction(text), len(text.partition(".")[2]))

    @property
    def ulp(self) -> Fraction:
        """One unit of the last printed digit."""
        return Fraction(1, 10**self.places)

    @property
    def low(self) -> Fraction:
        return self.value - self.ulp / 2

    @property
    def high(self) -> Fraction:
        return self.value + self.ulp / 2

    def holds(self, low: Fraction | int, high: Fraction | int | None = None) -> bool:
        """Can something within low..high have been rounded to this? An exact half may go either way."""
        return self.low <= (low if high is None else high) and low <= self.high

    def is_cut(self, exact: Fraction) -> bool:
        """Is `exact` printed as this only by cutting the digits off, or by always rounding up?"""
        return abs(exact - self.value) < self.ulp and not self.holds(exact)

    def __str__(self) -> str:
        return decimal_text(self.value, self.places)


def decimal_text(value: Fraction | int, places: int) -> str:
    """The value with so many decimals, half up, away from zero."""
    size = floor(abs(Fraction(value)) * 10**places + _HALF)
    whole, rest = divmod(size, 10**places)
    digits = f"{whole}.{rest:0{places}d}" if places else str(whole)
    return f"-{digits}" if value < 0 and size else digits


def round_half_even(value: Fraction, places: int) -> Fraction:
    return Fraction(round(value * 10**places), 10**places)


def multiples(low: Fraction, high: Fraction, of: Fraction) -> range:
    """The whole numbers k with low <= k * of <= high."""
    return range(ceil(low / of), floor(high / of) + 1)
