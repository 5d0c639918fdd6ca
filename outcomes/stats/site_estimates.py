"""The first of two stages: one site's effect with its variance, from counts alone, as (estimate, variance).

Each is a fraction until the two floating-point numbers at the end. Where a share of 0 or 1 would leave no variance,
1/2 is added to every cell of that site and of no other, as metafor's escalc(add = 1/2, to = "only0") does.
"""

from fractions import Fraction
from math import log

from .counts import Counts, blocks, total
from .effects import dominance
from .estimable import NotEstimable

Estimate = tuple[float, float]
HALF = Fraction(1, 2)
CONTINUITY = "where a site has a cell of 0, 1/2 is added to each of its cells"


def mean(values: Counts, *, decimals: int) -> Estimate | NotEstimable:
    """The mean, and s**2 / n."""
    found = _moments(values)
    if isinstance(found, NotEstimable):
        return found
    middle, squared = found
    return _with_spread(middle, squared / total(values), decimals)


def mean_difference(a: Counts, b: Counts, *, decimals: int) -> Estimate | NotEstimable:
    """The first group's mean minus the second's, and s1**2 / n1 + s2**2 / n2: spreads may differ (Welch)."""
    found = [_moments(group) for group in (a, b)]
    refused = next((each for each in found if isinstance(each, NotEstimable)), None)
    if refused:
        return NotEstimable(f"in one of the groups {refused.reason}")
    (first, spread), (second, other) = found
    return _with_spread(first - second, spread / total(a) + other / total(b), decimals)


def cliffs_delta(a: Counts, b: Counts) -> Estimate | NotEstimable:
    """P(a > b) - P(a < b) with Cliff's consistent variance, as effects.cliffs_delta has it.

    Refused where the groups do not overlap: that variance is then 0, however few they are.
    """
    if not total(a) or not total(b):
        return NotEstimable("one of the groups has no values")
    delta, variance = dominance(a, b)
    if variance is None:
        return NotEstimable("in one of the groups one value alone has no spread")
    if variance <= 0:
        return NotEstimable("all of one group lie above all of the other, or all are the same: delta has no variance")
    return float(delta), float(variance)


def log_odds_ratio(x1: int, n1: int, x2: int, n2: int) -> Estimate | NotEstimable:
    """log (x1 (n2 - x2) / ((n1 - x1) x2)), and the sum of the cells' inverses (Woolf 1955), with the 1/2 where needed.

    Refused where nobody or everybody has it: such a site says nothing of the ratio of the odds.
    """
    if not n1 or not n2:
        return NotEstimable("one of the groups has nobody")
    if x1 + x2 in (0, n1 + n2):
        return NotEstimable(f"{'everybody' if x1 else 'nobody'} has it, which says nothing of the odds")
    a, b, c, d = _with_half(x1, n1 - x1, x2, n2 - x2)
    ratio = a * d / (b * c)
    return log(ratio.numerator) - log(ratio.denominator), float(1 / a + 1 / b + 1 / c + 1 / d)


def risk_difference(x1: int, n1: int, x2: int, n2: int) -> Estimate | NotEstimable:
    """x1/n1 - x2/n2, and the sum of p (1 - p) / n, with the 1/2 where needed."""
    if not n1 or not n2:
        return NotEstimable("one of the groups has nobody")
    a, b, c, d = _with_half(x1, n1 - x1, x2, n2 - x2)
    return float(a / (a + b) - c / (c + d)), float(a * b / (a + b) ** 3 + c * d / (c + d) ** 3)


def logit(x: int, n: int) -> Estimate | NotEstimable:
    """log (x / (n - x)), and 1/x + 1/(n - x), with the 1/2 added to both where either is 0."""
    if not n:
        return NotEstimable("nobody to take a share of")
    yes, no = _with_half(x, n - x)
    odds = yes / no
    return log(odds.numerator) - log(odds.denominator), float(1 / yes + 1 / no)


def net_share(up: int, down: int, n: int) -> Estimate | NotEstimable:
    """(up - down) / n of the same patients, and ((up + down) - (up - down)**2 / n) / n**2.

    Where that variance is 0, nobody having changed or everybody alike, one pair more each way and two that stayed are
    counted as halves: 1/2 is added to each of the four cells (Agresti & Min, Stat Med 2005;24:729-40).
    """
    if not n:
        return NotEstimable("nobody has both values")
    one, other, all_of = Fraction(up), Fraction(down), Fraction(n)
    if up + down == 0 or abs(up - down) == n:
        one, other, all_of = one + HALF, other + HALF, all_of + 2
    away = one - other
    return float(away / all_of), float((one + other - away**2 / all_of) / all_of**2)


def _moments(values: Counts) -> tuple[Fraction, Fraction] | NotEstimable:
    """The mean and s**2, n - 1 below."""
    column = blocks(values)
    n = sum(many for _, many in column)
    if n < 2:
        return NotEstimable("one value alone has no spread" if n else "nobody has a value")
    middle = Fraction(sum(value * many for value, many in column), n)
    return middle, sum(many * (value - middle) ** 2 for value, many in column) / (n - 1)


def _with_spread(estimate: Fraction, variance: Fraction, decimals: int) -> Estimate | NotEstimable:
    """Both in the score's unit."""
    if not variance:
        return NotEstimable("all values are the same, so there is no spread")
    return float(estimate / 10**decimals), float(variance / 100**decimals)


def _with_half(*cells: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(cell) + (0 if all(cells) else HALF) for cell in cells)
