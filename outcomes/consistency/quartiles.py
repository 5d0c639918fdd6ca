"""Can data on a grid have these printed quartiles under a quantile type? Exact, by order statistics.

A quantile of Hyndman & Fan's types 1 to 9 is (1 - g) x_j + g x_(j+1), with j and g given by n, p and the type. So three
printed quartiles bind at most six order statistics, always neighbours in pairs; whether a non-decreasing sequence on
the grid satisfies them is seen by walking through those six, keeping the set of values that each can have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from outcomes.consistency.printed import Printed
from outcomes.consistency.scales import Scale

TYPES = range(1, 10)
SHARES = {"q1": Fraction(1, 4), "median": Fraction(1, 2), "q3": Fraction(3, 4)}
_SHIFT = {
    4: lambda p: Fraction(0),
    5: lambda p: Fraction(1, 2),
    6: lambda p: p,
    7: lambda p: 1 - p,
    8: lambda p: (p + 1) / 3,
    9: lambda p: p / 4 + Fraction(3, 8),
}
# Programs and the type that their default prints: statistics programs' own documentation.
PROGRAMS = {
    2: ("Stata summarize and tabstat", "SAS"),
    5: ("MedCalc",),
    6: ("SPSS", "Minitab", "JMP", "Stata centile"),
    7: ("R", "NumPy", "pandas", "Excel"),
    1: ("PostgreSQL percentile_disc",),
}
NAMED = {"stata": {2, 6}, "sas": {2}, "medcalc": {5}, "spss": {6, 2}, "minitab": {6}, "jmp": {6}, "excel": {6, 7}}


@dataclass(frozen=True, order=True)
class Bound:
    """(of - part) x_rank + part x_(rank + 1) lies within low..high: integers, in steps of the grid; ranks from 1."""

    rank: int
    part: int
    of: int
    low: int
    high: int

    @classmethod
    def on(cls, rank: int, weight: Fraction, low: Fraction, high: Fraction) -> "Bound":
        """The same of (1 - weight) x_rank + weight x_(rank + 1); whole values reach no fraction beyond these limits."""
        part, of = weight.numerator, weight.denominator
        return cls(rank, part, of, ceil(low * of), floor(high * of))

    def allows(self, a: int, b: int) -> bool:
        return self.low <= self.of * a + self.part * (b - a) <= self.high

    @property
    def last(self) -> int:
        """The last rank that it binds."""
        return self.rank + (self.part > 0)

    def above(self, a: int) -> tuple[int, int]:
        """The least and the greatest upper neighbour of a."""
        rest = (self.of - self.part) * a
        return -((rest - self.low) // self.part), (self.high - rest) // self.part


def position(n: int, p: Fraction, kind: int) -> tuple[int, Fraction]:
    """The rank and the weight of its upper neighbour, within 1..n."""
    place = n * p + (_SHIFT[kind](p) if kind > 3 else Fraction(-1, 2) if kind == 3 else 0)
    below = floor(place)
    weight = place - below if kind > 3 else _step(place, below, kind)
    if below < 1:
        return 1, Fraction(0)
    return (n, Fraction(0)) if below >= n else (below + 1, Fraction(0)) if weight == 1 else (below, weight)


def _step(place: Fraction, below: int, kind: int) -> Fraction:
    if place > below:
        return Fraction(1)
    return Fraction({1: 0, 2: Fraction(1, 2), 3: below % 2}[kind])


def bounds(n: int, quartiles: Mapping[str, Printed], scale: Scale, kind: int) -> tuple[Bound, ...]:
    """What the printed quartiles demand of the order statistics, counted in steps of the scale from 0."""
    found = []
    for name, printed in quartiles.items():
        rank, weight = position(n, SHARES[name], kind)
        found.append(Bound.on(rank, weight, printed.low / scale.step, printed.high / scale.step))
    return tuple(sorted(found))


def ends(scale: Scale) -> tuple[int, int | None]:
    """The scale's ends in steps."""
    return ceil(scale.low / scale.step), None if scale.high is None else floor(scale.high / scale.step)


def is_possible(n: int, quartiles: Mapping[str, Printed], scale: Scale, kind: int) -> bool:
    """Do n values on the scale exist whose quartiles of this type print as these?"""
    return _chain(bounds(n, quartiles, scale, kind), *ends(scale))


def possible_types(n: int, quartiles: Mapping[str, Printed], scale: Scale) -> frozenset[int]:
    return frozenset(kind for kind in TYPES if is_possible(n, quartiles, scale, kind))


@lru_cache(maxsize=4096)
def _chain(demands: tuple[Bound, ...], low: int, high: int | None) -> bool:
    ranks = sorted({rank for bound in demands for rank in (bound.rank, bound.last)})
    here, before = None, None
    for rank in ranks:
        alone = [bound for bound in demands if bound.last == rank == bound.rank]
        pairs = [bound for bound in demands if bound.last == rank != bound.rank]
        here = _values(here if before is not None else {low}, before == rank - 1, alone, pairs, demands, rank, high)
        if not here:
            return False
        before = rank
    return True


def _values(
    below: Iterable[int],
    neighbours: bool,
    alone: list[Bound],
    pairs: list[Bound],
    demands: tuple[Bound, ...],
    rank: int,
    high: int | None,
) -> set[int]:
    """The values that this order statistic can have, given those of the one before it in the chain."""
    if pairs and neighbours:
        found = {b for a in below for b in _above(a, pairs, high)}
    else:
        # Nothing that a later quartile demands can be met by a value above it.
        top = min(bound.high // bound.of for bound in demands if bound.rank >= rank)
        found = set(range(min(below), min(top, top if high is None else high) + 1))
    return {value for value in found if all(bound.allows(value, value) for bound in alone)}


def _above(a: int, pairs: list[Bound], high: int | None) -> Iterable[int]:
    """The upper neighbours that fit a lower neighbour a."""
    limits = [bound.above(a) for bound in pairs]
    least, most = max([a, *(low for low, _ in limits)]), min(top for _, top in limits)
    return range(least, (most if high is None else min(most, high)) + 1)
