"""Comparing two groups by ranks within strata: van Elteren's test, and the stratified Cliff's delta beside it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction

from scipy.special import chdtrc

from .counts import Counts, blocks, doubled_midranks, pooled, tie_sum, total
from .effects import cliff_limits, dominance, limits_apart
from .estimable import Interval, NotEstimable
from .normal import signed_root

Pair = tuple[Counts, Counts]


@dataclass(frozen=True, kw_only=True)
class VanElteren:
    """Two groups compared in each stratum with itself. z is positive where the first group ranks higher.

    statistic = z**2, chi-squared with one degree of freedom. strata: how many have both groups, and so a part in it.
    stratified_delta is the strata's Cliff's deltas, weighed as the test weighs them.
    """

    n1: int
    n2: int
    strata: int
    z: float
    statistic: float
    df: int
    p: float
    stratified_delta: Interval

    def payload(self) -> dict:
        return asdict(self)


def van_elteren(strata: Iterable[Pair]) -> VanElteren | NotEstimable:
    """z = sum of (W_h - E_h) / (N_h + 1) over sqrt(sum of V_h / (N_h + 1)**2), no continuity correction.

    W_h is the first group's rank sum in stratum h, E_h and V_h its mean and its variance corrected for ties. The
    weights 1 / (N_h + 1) are van Elteren's (Bull Inst Int Stat 1960;37:351-61): locally most powerful where the shift
    is the same everywhere. It is the row mean score statistic of SAS's PROC FREQ with modified ridit scores; coin's
    wilcox_test(y ~ g | stratum) ranks the same way but weighs every stratum's rank sum alike, which is another test.
    Strata without both groups say nothing and have no part; with one stratum it is the rank-sum test.
    """
    both = [(a, b) for a, b in strata if total(a) and total(b)]
    if not both:
        return NotEstimable("no stratum has values in both groups")
    away = sum(_away(a, b) / (total(a) + total(b) + 1) for a, b in both)
    variance = sum(_variance(a, b) / (total(a) + total(b) + 1) ** 2 for a, b in both)
    if variance == 0:
        return NotEstimable("within each stratum all values are the same, so there is nothing to rank")
    chi2 = away**2 / variance
    return VanElteren(
        n1=sum(total(a) for a, _ in both),
        n2=sum(total(b) for _, b in both),
        strata=len(both),
        z=signed_root(away, variance),
        statistic=float(chi2),
        df=1,
        p=float(chdtrc(1, float(chi2))),
        stratified_delta=stratified_delta(both),
    )


def stratified_delta(strata: Iterable[Pair]) -> Interval:
    """The mean of the strata's Cliff's deltas with weights n1 n2 / (N + 1); every stratum has both groups.

    Interval: from the variance of that mean, limits as for one delta. A stratum's variance is Cliff's; where a group
    has one value, or the groups do not overlap, it is the largest that it can be for the mean delta d,
    (1 - d**2) / min(n1, n2) (Birnbaum & Klose, Ann Math Stat 1957;28:933-45), so the interval is then on the wide side.
    """
    strata = list(strata)
    weights = [Fraction(total(a) * total(b), total(a) + total(b) + 1) for a, b in strata]
    found = [dominance(a, b) for a, b in strata]
    delta = sum(w * d for w, (d, _) in zip(weights, found, strict=True)) / sum(weights)
    if abs(delta) == 1:
        smaller = min(sum(total(a) for a, _ in strata), sum(total(b) for _, b in strata))
        low, high = limits_apart(delta, n=smaller)
        return Interval(estimate=float(delta), low=low, high=high, method="Wilson limit of complete separation")
    spread = sum(w * w * _spread(delta, pair, one) for w, pair, one in zip(weights, strata, found, strict=True))
    low, high = cliff_limits(delta, spread / sum(weights) ** 2)
    method = "weighted mean over strata, Cliff 1996's variance within each, asymmetric limits"
    return Interval(estimate=float(delta), low=low, high=high, method=method)


def _spread(delta: Fraction, pair: Pair, found: tuple[Fraction, Fraction | None]) -> Fraction:
    own, variance = found
    if variance is None or abs(own) == 1:
        return (1 - delta**2) / min(total(pair[0]), total(pair[1]))
    return variance


def _away(a: Counts, b: Counts) -> Fraction:
    """How far a's rank sum lies from its mean."""
    rank = doubled_midranks(blocks(pooled([a, b])))
    doubled = sum(rank[value] * many for value, many in blocks(a))
    return Fraction(doubled - total(a) * (total(a) + total(b) + 1), 2)


def _variance(a: Counts, b: Counts) -> Fraction:
    """The variance of a's rank sum, corrected for ties."""
    n1, n2, T = total(a), total(b), tie_sum(blocks(pooled([a, b])))
    N = n1 + n2
    return Fraction(n1 * n2, 12) * (N + 1 - Fraction(T, N * (N - 1)))
