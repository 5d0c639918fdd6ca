"""True bounds of what monotone statistics can be where cells are hidden: quantiles, means and shares.

Each row is a box: for each cell the fewest and the most that it can hold, and what all of them hold together. The
hidden mass is pushed to both ends, rows and sites apart from each other, so the truth is never outside. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from outcomes.stats.counts import scaled

Range = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Box:
    """values: what each cell stands for, None where it is of patients without a value."""

    values: Sequence[int | None]
    lowest: Sequence[int]
    highest: Sequence[int]
    total: int

    def of(self, wanted: Sequence[bool]) -> tuple[int, int]:
        """The fewest and the most patients that some of the cells can hold together."""
        low, high, rest_low, rest_high = 0, 0, 0, 0
        for each, fewest, most in zip(wanted, self.lowest, self.highest, strict=True):
            low, high = (low + fewest, high + most) if each else (low, high)
            rest_low, rest_high = (rest_low, rest_high) if each else (rest_low + fewest, rest_high + most)
        return max(low, self.total - rest_high), min(high, self.total - rest_low)


def counted(boxes: Iterable[Box], wanted) -> tuple[int, int]:
    """The fewest and the most patients whose value is wanted (a function of the value, None for those without)."""
    found = [box.of([wanted(value) for value in box.values]) for box in boxes]
    return sum(low for low, _ in found), sum(high for _, high in found)


def quantile(boxes: Sequence[Box], p: Fraction) -> Range | None:
    """Between which the p-quantile (type 7) lies; None where there may be nobody with a value."""
    fewest, most = counted(boxes, lambda value: value is not None)
    values = sorted({value for box in boxes for value in box.values if value is not None})
    if not fewest:
        return None
    up_to = {t: counted(boxes, lambda value, t=t: value is not None and value <= t) for t in values}
    above = {t: counted(boxes, lambda value, t=t: value is not None and value > t) for t in values}
    ends = []
    for n in range(fewest, most + 1):
        lowest = [max(up_to[t][0], n - above[t][1]) for t in values]
        highest = [min(up_to[t][1], n - above[t][0]) for t in values]
        ends += [_interpolated(values, counts, n, p) for counts in (highest, lowest)]
    return min(ends), max(ends)


def _interpolated(values: Sequence[int], up_to: Sequence[int], n: int, p: Fraction) -> Fraction:
    position = (n - 1) * p
    below = floor(position)
    one, two = (_at(values, up_to, rank) for rank in (below + 1, min(below + 2, n)))
    return one + (position - below) * (two - one)


def _at(values: Sequence[int], up_to: Sequence[int], rank: int) -> int:
    return next((value for value, count in zip(values, up_to, strict=True) if count >= rank), values[-1])


def mean(boxes: Sequence[Box]) -> Range | None:
    """Between which the mean of those with a value lies; None where there may be nobody with one."""
    if not counted(boxes, lambda value: value is not None)[0]:
        return None
    return _extreme_mean(boxes, 1), _extreme_mean(boxes, -1)


def _extreme_mean(boxes: Sequence[Box], sign: int) -> Fraction:
    """The smallest mean (sign 1) or the largest: the mean of the filling that is best against the last mean found."""
    against = Fraction(sign * max(abs(value) for box in boxes for value in box.values if value is not None))
    while True:
        first, n = 0, 0
        for box in boxes:
            for value, count in zip(box.values, _filled(box, sign, against), strict=True):
                first, n = (first + value * count, n + count) if value is not None else (first, n)
        found = Fraction(first, n)
        if found == against:
            return found
        against = found


def _filled(box: Box, sign: int, against: Fraction) -> list[int]:
    """A row filled so that it pulls its mean down (up, for sign -1) as far as it can, beside a mean."""
    cost = [0 if value is None else sign * (value - against) for value in box.values]
    filled, left = list(box.lowest), box.total - sum(box.lowest)
    for at in sorted(range(len(cost)), key=cost.__getitem__):
        more = min(left, box.highest[at] - filled[at])
        filled[at], left = filled[at] + more, left - more
    return filled


def written(found: tuple | None, decimals: int = 0):
    """A range as it stands in a payload: one number where both ends are the same; None where there is none."""
    if found is None:
        return None
    low, high = (scaled(end, decimals) if isinstance(end, Fraction) else end for end in found)
    return low if low == high else {"low": low, "high": high}
