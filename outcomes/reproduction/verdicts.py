"""Does a computed number print as the paper printed it?

The computed number is rounded half up to the digits that the printed one has; a printed "<0.05" is a comparison.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Literal

SAME, DIFFERS, UNDETERMINED = "same", "differs", "not determined by the data"
Verdict = Literal["same", "differs", "not determined by the data"]
VERDICTS: tuple[Verdict, ...] = (SAME, DIFFERS, UNDETERMINED)
NOT_SIGNIFICANT = "not significant"
MORE_DIGITS = 2

_NUMBER = re.compile(r"(?P<sign>[<>])?\s*(?P<number>\d+(?:\.(?P<digits>\d+))?)(?:/(?P<parts>\d+))?")


class NoNumber(ValueError):
    """A printed text without a number."""


@dataclass(frozen=True)
class Claim:
    """A printed text, read. unit: of its last digit, 1/100 for "0.30" and 1/4 for "3/4"; sign: "<", ">" or "="."""

    sign: str
    value: Fraction
    unit: Fraction
    digits: int


def claim(text: str) -> Claim:
    """What a printed text says: its first number, with the sign before it. NoNumber where it has none."""
    found = _NUMBER.search("> 0.05" if text == NOT_SIGNIFICANT else text)
    if found is None:
        raise NoNumber(text)
    value, parts = Fraction(found["number"]), int(found["parts"] or 1)
    digits = len(found["digits"] or "")
    return Claim(found["sign"] or "=", value / parts, Fraction(1, parts * 10**digits), digits)


def prints_as(text: str, computed: Fraction) -> bool:
    """Whether the computed number, rounded as the paper rounds, is what the text says."""
    said = claim(text)
    if said.sign == "=":
        return half_up(computed, said.unit) == said.value
    return computed < said.value if said.sign == "<" else computed > said.value


def half_up(number: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of the unit; from the middle, away from zero."""
    steps = floor(abs(number) / unit + Fraction(1, 2)) * unit
    return steps if number >= 0 else -steps


def shown(text: str, computed: Fraction) -> str:
    """The computed number with two digits more than the text has, or with as many as its own rounding needs."""
    if computed.denominator == 1:
        return str(computed.numerator)
    said = claim(text)
    digits = said.digits + MORE_DIGITS
    while half_up(half_up(computed, Fraction(1, 10**digits)), said.unit) != half_up(computed, said.unit):
        digits += 1
    rounded = half_up(computed, Fraction(1, 10**digits))
    if rounded == 0:
        return f"<{10**-digits:.{digits}f}" if computed > 0 else f">-{10**-digits:.{digits}f}"
    return f"{float(rounded):.{digits}f}".rstrip("0").rstrip(".")
