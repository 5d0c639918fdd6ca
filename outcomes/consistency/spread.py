"""How small and how large a standard deviation can be: under printed bands, under a scale, under a range."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, isqrt

Edge = Fraction | None
FAR = 10**9  # beyond every printed edge


@dataclass(frozen=True, kw_only=True)
class Band:
    """So many values from low to high; None where the band is open to that side."""

    low: Edge
    high: Edge
    n: int

    def nearest(self, value: Fraction) -> Fraction:
        if self.low is not None and value < self.low:
            return self.low
        return self.high if self.high is not None and value > self.high else value


def mean_range(bands: Iterable[Band]) -> tuple[Edge, Edge]:
    """Between which means the values of the bands can have; None to a side that is open."""
    bands = [band for band in bands if band.n]
    n = sum(band.n for band in bands)
    lows, highs = [band.low for band in bands], [band.high for band in bands]
    low = None if None in lows else sum(band.low * band.n for band in bands) / Fraction(n)
    high = None if None in highs else sum(band.high * band.n for band in bands) / Fraction(n)
    return low, high


def smallest_variance(bands: Iterable[Band], low: Fraction, high: Fraction) -> Fraction | None:
    """The smallest variance (of n - 1) that values in the bands have, whose mean is within low..high; None if none is.

    At a given mean the squares are smallest when every value is as near as its band allows to one point t; the mean
    of those values rises with t, and the variance is smallest where it is t itself. So t is found there, or at the
    nearer end of low..high.
    """
    bands = [band for band in bands if band.n]
    n = sum(band.n for band in bands)
    if n < 2:
        return None
    centre = _where(bands, lambda t: _mean(bands, t) - t, rising=False)
    mean = min(max(_mean(bands, centre), low), high)
    at = _where(bands, lambda t: _mean(bands, t) - mean, rising=True)
    if at is None or _mean(bands, at) != mean:
        return None
    return sum(band.n * (band.nearest(at) - mean) ** 2 for band in bands) / (n - 1)


def _mean(bands: list[Band], at: Fraction) -> Fraction:
    return sum(band.n * band.nearest(at) for band in bands) / Fraction(sum(band.n for band in bands))


def _where(bands: list[Band], height, *, rising: bool) -> Fraction | None:
    """Where a function that is straight between the bands' edges, and rises or falls, is zero; else its nearest end."""
    edges = sorted({edge for band in bands for edge in (band.low, band.high) if edge is not None})
    knots = [edges[0] - FAR, *edges, edges[-1] + FAR]
    turned = 1 if rising else -1
    for left, right in pairwise(knots):
        a, b = turned * height(left), turned * height(right)
        if a <= 0 <= b:
            return left if a == b else left + (right - left) * Fraction(-a, b - a)
    return knots[0] if turned * height(knots[0]) > 0 else knots[-1]


def sd_limits(mean: Fraction, n: int, low: Fraction, high: Fraction) -> Fraction:
    """The largest variance (of n - 1) of n values within low..high with this mean: all of them at the two ends."""
    return (mean - low) * (high - mean) * Fraction(n, n - 1)


def smallest_on_grid(mean: Fraction, n: int, step: Fraction) -> Fraction:
    """The smallest variance (of n - 1) of n values on a grid with this mean: all at its two neighbours."""
    part = mean / step - floor(mean / step)
    return part * (1 - part) * step**2 * Fraction(n, n - 1)


def root(square: Fraction, places: int) -> Fraction:
    """The square root, cut off after so many decimals."""
    return Fraction(isqrt(floor(square * 100**places)), 10**places)
