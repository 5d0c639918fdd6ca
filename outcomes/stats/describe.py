"""What a column of scores looks like: n, mean, sd, range, median and quartiles."""

from bisect import bisect_left
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import sqrt

from .counts import Blocks, Counts, blocks, scaled

# Hyndman & Fan's m of the continuous types, as a function of p.
_SHIFT = {
    4: lambda p: Fraction(0),
    5: lambda p: Fraction(1, 2),
    6: lambda p: p,
    7: lambda p: 1 - p,
    8: lambda p: (p + 1) / 3,
    9: lambda p: p / 4 + Fraction(3, 8),
}


@dataclass(frozen=True, kw_only=True)
class Description:
    """A column in the score's own unit. None where there are too few values; the payload then says why.

    Quartiles come by four conventions: type 7 (R, numpy, pandas) as q1 and q3, type 2 (Stata summarize, SAS),
    type 5 (MedCalc) and type 6 (Stata centile, SPSS). The median is the same in all four.
    """

    n: int
    missing: int
    mean: float | None
    sd: float | None
    min: float | None
    max: float | None
    median: float | None
    q1: float | None
    q3: float | None
    q1_t2: float | None
    q3_t2: float | None
    q1_t5: float | None
    q3_t5: float | None
    q1_t6: float | None
    q3_t6: float | None

    def payload(self) -> dict:
        """Every field as a JSON number or null, and under not_estimable the reason for each null."""
        numbers = {field.name: getattr(self, field.name) for field in fields(self)}
        absent = {name: _what_it_needs(name) for name, number in numbers.items() if number is None}
        return numbers | ({"not_estimable": absent} if absent else {})


def _what_it_needs(name: str) -> str:
    return "needs 2 values" if name == "sd" else "needs 1 value"


def quantile(counts: Counts, p: Fraction, kind: int) -> Fraction:
    """The p-quantile by type 1 to 9 of Hyndman & Fan (Am Stat 1996;50:361-5), exact, on the scaled integers.

    Raises ValueError for an empty column, a p outside 0..1 or a kind that is not 1..9.
    """
    return _Ordered(blocks(counts)).quantile(Fraction(p), kind)


def describe(counts: Counts, *, missing: int, decimals: int) -> Description:
    """Describe a column. The sd divides by n - 1. With no value all is None; with one, the sd."""
    column = blocks(counts)
    if not column:
        return Description(**{field.name: None for field in fields(Description)} | {"n": 0, "missing": int(missing)})
    n = sum(many for _, many in column)
    first = sum(value * many for value, many in column)
    second = sum(value * value * many for value, many in column)
    return Description(
        n=n,
        missing=int(missing),
        mean=scaled(Fraction(first, n), decimals),
        sd=sqrt(Fraction(n * second - first**2, n * (n - 1) * 100**decimals)) if n > 1 else None,
        min=scaled(column[0][0], decimals),
        max=scaled(column[-1][0], decimals),
        **_quartiles(_Ordered(column), decimals),
    )


def _quartiles(ordered: "_Ordered", decimals: int) -> dict[str, float]:
    found = {"median": scaled(ordered.quantile(Fraction(1, 2), 7), decimals)}
    for ending, kind in (("", 7), ("_t2", 2), ("_t5", 5), ("_t6", 6)):
        found[f"q1{ending}"] = scaled(ordered.quantile(Fraction(1, 4), kind), decimals)
        found[f"q3{ending}"] = scaled(ordered.quantile(Fraction(3, 4), kind), decimals)
    return found


class _Ordered:
    """The order statistics of a column, found by how many values lie at or below each distinct one."""

    def __init__(self, column: Blocks):
        self.values = [value for value, _ in column]
        self.up_to = list(accumulate(many for _, many in column))

    def at(self, rank: int) -> int:
        """The rank-th smallest value, from 1; ranks beyond either end give the end."""
        return self.values[bisect_left(self.up_to, min(max(rank, 1), self.up_to[-1]))]

    def quantile(self, p: Fraction, kind: int) -> Fraction:
        if not self.values:
            raise ValueError("a quantile needs at least one value")
        if not 0 <= p <= 1 or kind not in range(1, 10):
            raise ValueError(f"no quantile {p} of type {kind}")
        position = p * self.up_to[-1] + _shift(p, kind)
        # In whole numbers: the value lies `over` of `parts` of the way from the one order statistic to the next.
        below, over, parts = *divmod(position.numerator, position.denominator), position.denominator
        if kind <= 3:
            over, parts = _step_weight(position, below, kind).as_integer_ratio()
        low, high = self.at(below), self.at(below + 1)
        return Fraction(low * parts + (high - low) * over, parts)


@cache
def _shift(p: Fraction, kind: int) -> Fraction:
    return _SHIFT[kind](p) if kind > 3 else Fraction(-1, 2) if kind == 3 else Fraction(0)


def _step_weight(position: Fraction, below: int, kind: int) -> Fraction:
    """The weight of the upper neighbour for the step functions: at a step, type 2 averages and type 3 goes to even."""
    if position > below:
        return Fraction(1)
    return Fraction({1: 0, 2: Fraction(1, 2), 3: below % 2}[kind])
