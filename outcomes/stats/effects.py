"""How large a difference between groups is, with its 95 % interval: epsilon squared, Cliff's delta, Hodges-Lehmann."""

from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from math import floor, sqrt

import numpy as np
from scipy.special import chdtr, chndtrinc

from .counts import Blocks, Counts, blocks, pooled, scaled, tie_sum, total
from .estimable import Interval
from .normal import Z95

_INT64_SAFE = 2**62


def epsilon_squared(H: Fraction, *, df: int, n: int) -> Interval:
    """H / (n - 1): the share of the ranks' variance that lies between the groups (Tomczak & Tomczak, 2014).

    Interval: the noncentral chi-squared distributions (df) under which H would be the 97.5 % and the 2.5 % point, their
    noncentralities divided by n - 1 (pivoting, Steiger & Fouladi 1997; Smithson, Confidence Intervals, 2003), held
    within 0..1 and around the estimate. No interval where H is too small for any.
    """
    return share_of_chi_squared(H, df=df, size=n - 1, name="H / (n - 1)")


def share_of_chi_squared(chi2: Fraction, *, df: int, size: int, name: str) -> Interval:
    """chi2 / size, an effect between 0 and 1, with the interval that epsilon_squared describes."""
    estimate, span = float(chi2 / size), noncentralities(float(chi2), df=df)
    if span is None:
        return Interval(estimate=estimate, low=None, high=None, method=TOO_ALIKE)
    low, high = (limit / size for limit in span)
    return Interval(
        estimate=estimate,
        low=min(low, estimate),
        high=min(max(high, estimate), 1.0),
        method=f"{name}, {INVERTED}",
    )


def cramers_v(chi2: Fraction, *, df: int, size: int) -> Interval:
    """sqrt(chi2 / size), size = n * min(rows - 1, columns - 1); the limits are the roots of that share's limits."""
    share = share_of_chi_squared(chi2, df=df, size=size, name="sqrt(chi2 / (n * min(rows - 1, columns - 1)))")
    low, high = (None if limit is None else sqrt(limit) for limit in (share.low, share.high))
    return Interval(estimate=sqrt(chi2 / size), low=low, high=high, method=share.method)


INVERTED = "interval by inversion of the noncentral chi-squared distribution"
TOO_ALIKE = "no 95 % interval: the groups are more alike than chance would have them"


def noncentralities(chi2: float, *, df: int) -> tuple[float, float] | None:
    """Those that put chi-squared's 97.5 % and its 2.5 % point at chi2; 0 for one that would have to be below 0.

    None where both would: what is this small is rarer than 2.5 % under every noncentrality, and [0, 0] would pass off
    what no distribution explains as perfect precision.
    """
    if chdtr(df, chi2) <= 0.025:
        return None
    return (0.0 if chdtr(df, chi2) <= 0.975 else float(chndtrinc(chi2, df, 0.975))), float(chndtrinc(chi2, df, 0.025))


def cliffs_delta(a: Counts, b: Counts) -> Interval:
    """P(a > b) - P(a < b), estimated as 2 U1 / (n1 n2) - 1.

    Interval: Cliff's consistent variance, [(n2-1) S_a + (n1-1) S_b + S_ab] / (n1 n2), with the asymmetric limits
    (d - d**3 -+ z s sqrt((1-d**2)**2 + z**2 s**2)) / (1 - d**2 + z**2 s**2). Cliff, Ordinal Methods for Behavioral Data
    Analysis, 1996; Feng & Cliff, J Mod Appl Stat Methods 2004;3:322-32. Where every value of one group lies above the
    other group that variance is 0, and the inner limit is Wilson's for n of n, n the smaller group: (n-z**2)/(n+z**2).
    """
    delta, variance = dominance(a, b)
    if abs(delta) == 1:
        low, high = limits_apart(delta, n=min(total(a), total(b)))
        method = "Wilson limit of complete separation"
    elif variance is not None:
        low, high = cliff_limits(delta, variance)
        method = "Cliff 1996, consistent variance, asymmetric limits"
    else:
        low, high, method = None, None, _TOO_FEW
    return Interval(estimate=float(delta), low=low, high=high, method=method)


_TOO_FEW = "no 95 % interval: too few values"


def dominance(a: Counts, b: Counts) -> tuple[Fraction, Fraction | None]:
    """Cliff's delta and its consistent variance; no variance where a group has a single value."""
    ups, downs = blocks(a), blocks(b)
    n1, n2 = _many(ups), _many(downs)
    over_b, over_a = _dominance(ups, downs), _dominance(downs, ups)
    delta = Fraction(sum(d * many for d, many in over_b), n1 * n2)
    if min(n1, n2) == 1:
        return delta, None
    also = dict(downs)
    tied = sum(many * also.get(value, 0) for value, many in ups)
    return delta, _cliff_variance(delta, over_b, over_a, n1 * n2 - tied)


def _dominance(of: Blocks, over: Blocks) -> list[tuple[int, int]]:
    """For each distinct value: how many of `over` lie below it minus how many lie above it, and how often it occurs."""
    values = [value for value, _ in over]
    below = [0, *accumulate(many for _, many in over)]
    found = []
    for value, many in of:
        at = bisect_left(values, value)
        tied = over[at][1] if at < len(over) and values[at] == value else 0
        found.append((below[at] - (below[-1] - below[at] - tied), many))
    return found


def _cliff_variance(delta: Fraction, of_a, of_b, untied_pairs: int) -> Fraction:
    n1, n2 = _many(of_a), _many(of_b)
    # The mean of d / n2 over a is delta, that of -d / n1 over b too, so sums of squares need no subtraction per value.
    spread_a = (Fraction(sum(many * d * d for d, many in of_a), n2**2) - n1 * delta**2) / (n1 - 1)
    spread_b = (Fraction(sum(many * d * d for d, many in of_b), n1**2) - n2 * delta**2) / (n2 - 1)
    spread_pairs = (untied_pairs - n1 * n2 * delta**2) / ((n1 - 1) * (n2 - 1))
    return ((n2 - 1) * spread_a + (n1 - 1) * spread_b + spread_pairs) / (n1 * n2)


def cliff_limits(delta: Fraction, variance: Fraction) -> tuple[float, float]:
    """The asymmetric 95 % limits of a delta strictly between -1 and 1, from its variance."""
    d, zs = float(delta), Z95 * sqrt(variance)
    middle, bottom = float(delta - delta**3), float(1 - delta**2) + zs**2
    half = zs * sqrt(float(1 - delta**2) ** 2 + zs**2)
    return max(-1.0, min((middle - half) / bottom, d)), min(1.0, max((middle + half) / bottom, d))


def limits_apart(delta: Fraction, *, n: int) -> tuple[float, float]:
    """The 95 % limits of a delta of -1 or 1, the smaller group having n values: Wilson's for n of n."""
    inner = (n - Z95**2) / (n + Z95**2)
    low, high = sorted((float(delta), float(delta) * inner))
    return low, high


def hodges_lehmann_shift(a: Counts, b: Counts, *, decimals: int) -> Interval:
    """The median of all n1 n2 differences, a value of a minus a value of b.

    Interval by Moses: the C-th smallest and C-th largest difference, C = floor(n1 n2 / 2 - 1.96 sqrt(V)), V the
    variance of U corrected for ties. Hodges & Lehmann, Ann Math Stat 1963;34:598-611; Hollander & Wolfe,
    Nonparametric Statistical Methods, 4.3. No interval where C is 0: so few values cannot give 95 %.
    """
    ups, downs = blocks(a), blocks(b)
    n1, n2 = _many(ups), _many(downs)
    N, T = n1 + n2, tie_sum(blocks(pooled([a, b])))
    variance = Fraction(n1 * n2, 12) * (N + 1 - Fraction(T, N * (N - 1)))
    # a - b <= d wherever -b <= d - a, so differences are sums with the mirrored b.
    sums = _Sums(ups, [(-value, many) for value, many in reversed(downs)])
    return _around_median(
        lambda rank: scaled(sums.at(rank), decimals),
        lambda first, second: scaled(Fraction(sums.at(first) + sums.at(second), 2), decimals),
        pairs=n1 * n2,
        variance=variance,
        method="median of pairwise differences, interval by Moses (normal approximation, tie-corrected)",
    )


def hodges_lehmann_paired(differences: Counts, *, decimals: int) -> Interval:
    """The median of the n(n+1)/2 Walsh averages (d_i + d_j) / 2, i <= j, zeros included.

    Interval by Tukey: the C-th smallest and C-th largest average, C = floor(n(n+1)/4 - 1.96 sqrt(n(n+1)(2n+1)/24)),
    without tie correction, so on the wide side. Hollander & Wolfe, Nonparametric Statistical Methods, 3.2 and 3.3.
    """
    column = blocks(differences)
    n = _many(column)
    sums = _Sums(column, column, each_pair_once=True)
    return _around_median(
        lambda rank: scaled(Fraction(sums.at(rank), 2), decimals),
        lambda first, second: scaled(Fraction(sums.at(first) + sums.at(second), 4), decimals),
        pairs=n * (n + 1) // 2,
        variance=Fraction(n * (n + 1) * (2 * n + 1), 24),
        method="median of Walsh averages, interval by Tukey (normal approximation)",
    )


def _around_median(at: Callable, halfway: Callable, *, pairs: int, variance: Fraction, method: str) -> Interval:
    rank = floor(pairs / 2 - Z95 * sqrt(variance))
    return Interval(
        estimate=halfway((pairs + 1) // 2, pairs // 2 + 1),
        low=at(rank) if rank >= 1 else None,
        high=at(pairs + 1 - rank) if rank >= 1 else None,
        method=method if rank >= 1 else _TOO_FEW,
    )


class _Sums:
    """The order statistics of all sums x + y, without listing them.

    How many sums lie at or below s is read off the cumulated counts; the rank-th smallest is then found by bisection
    over the integers s. Time grows with the distinct values and the logarithm of the range.
    """

    def __init__(self, xs: Blocks, ys: Blocks, *, each_pair_once: bool = False):
        largest = max(abs(value) for value, _ in [*xs, *ys])
        kind = np.int64 if max(4 * largest, _many(xs) * _many(ys)) < _INT64_SAFE else object
        self.x, self.x_many = (np.array(column, dtype=kind) for column in zip(*xs, strict=True))
        self.y = np.array([value for value, _ in ys], dtype=kind)
        self.y_up_to = np.array([0, *accumulate(many for _, many in ys)], dtype=kind)
        self.within = range(xs[0][0] + ys[0][0], xs[-1][0] + ys[-1][0] + 1)
        self.each_pair_once = each_pair_once

    def at(self, rank: int) -> int:
        return self.within[bisect_left(self.within, rank, key=self.up_to)]

    def up_to(self, s: int) -> int:
        """How many sums are s or smaller. Each pair once: (i, j) and (j, i) are one, (i, i) stays."""
        many = int((self.x_many * self.y_up_to[np.searchsorted(self.y, s - self.x, side="right")]).sum())
        if self.each_pair_once:
            many = (many + int(self.x_many[2 * self.x <= s].sum())) // 2
        return many


def _many(of: list[tuple[int, int]]) -> int:
    return sum(many for _, many in of)
