"""Changes of the same patients, ranked within strata and added up; and the mean change beside it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import sqrt

from scipy.special import stdtrit

from .counts import Counts, blocks, scaled, total
from .estimable import Interval, NotEstimable
from .normal import signed_root, two_sided
from .paired import SignedSums


@dataclass(frozen=True, kw_only=True)
class SignedRankWithin:
    """z is above 0 where values rose. n_pairs, n_nonzero: of all strata; strata: how many have a change to rank."""

    n_pairs: int
    n_nonzero: int
    strata: int
    z: float
    p: float
    mean_change: Interval

    def payload(self) -> dict:
        return asdict(self)


def stratified_signed_rank(strata: Iterable[Counts], *, decimals: int) -> SignedRankWithin | NotEstimable:
    """z = sum of (W+_h - E_h) / (m_h + 1) over sqrt(sum of V_h / (m_h + 1)**2), zeros dropped, no correction.

    Each stratum ranks its own m_h changes. The weights are van Elteren's, for his reason: W+ grows with the square of
    m, and unweighted sums would leave small strata next to nothing to say. With one stratum it is Wilcoxon's test.
    """
    strata = [counts for counts in strata if total(counts)]
    if not strata:
        return NotEstimable("no patient has both values")
    found = [(_nonzero(counts), SignedSums(blocks(counts), ranked_zeros=0)) for counts in strata]
    telling = [(m, sums) for m, sums in found if m]
    if not telling:
        return NotEstimable("no patient's value changed, so there is nothing to rank")
    away = sum(sums.away / (m + 1) for m, sums in telling)
    variance = sum(sums.variance / (m + 1) ** 2 for m, sums in telling)
    z = signed_root(away, variance)
    return SignedRankWithin(
        n_pairs=sum(map(total, strata)),
        n_nonzero=sum(m for m, _ in telling),
        strata=len(telling),
        z=z,
        p=two_sided(z),
        mean_change=mean_within(strata, decimals=decimals),
    )


def _nonzero(counts: Counts) -> int:
    return sum(many for value, many in blocks(counts) if value)


def mean_within(strata: Iterable[Counts], *, decimals: int) -> Interval:
    """The mean of all, with the spread about each stratum's own mean: sqrt(SS within / (n - strata) / n), t interval.

    What differs between strata is so not counted as error: the strata stand for themselves, not for others.
    """
    columns = [blocks(counts) for counts in strata if total(counts)]
    n, everything = (
        sum(many for column in columns for _, many in column),
        [each for column in columns for each in column],
    )
    mean, df = Fraction(sum(value * many for value, many in everything), n), n - len(columns)
    squares = sum(_about_its_mean(column) for column in columns)
    estimate = scaled(mean, decimals)
    if df < 1 or not squares:
        return Interval(estimate=estimate, low=None, high=None, method="no 95 % interval: no spread within strata")
    reach = float(stdtrit(df, 0.975)) * sqrt(squares / (df * n)) / 10**decimals
    method = f"t interval, {df} df, from the spread within strata"
    return Interval(estimate=estimate, low=estimate - reach, high=estimate + reach, method=method)


def _about_its_mean(column: list[tuple[int, int]]) -> Fraction:
    n, first = sum(many for _, many in column), sum(value * many for value, many in column)
    return sum(value * value * many for value, many in column) - Fraction(first * first, n)
