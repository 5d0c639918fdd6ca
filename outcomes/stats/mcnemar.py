"""Did more people have it after than before? McNemar's test of paired yes and no, and the difference of the shares."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import comb, exp, log, sqrt

from scipy.special import bdtr, chdtrc, gammaln

from .estimable import Interval, NotEstimable
from .proportions import wilson

LARGEST_EXACT = 5000  # above it, the binomial distribution in floating point, good to about 1e-9 relative


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Of those who changed sides, did as many change one way as the other?

    chi2 and p_asymptotic: (b - c)**2 / (b + c), 1 df; chi2_cc and p_cc: with (|b - c| - 1)**2, or 0 where b = c, as R's
    mcnemar.test does. p_exact: two-sided binomial of b of b + c. p_mid counts what is exactly as likely by half
    (Fagerland et al., BMC Med Res Methodol 2013;13:91). risk_difference: the share with a yes after minus before.
    """

    n_pairs: int
    chi2: float
    p_asymptotic: float
    chi2_cc: float
    p_cc: float
    p_exact: float
    p_mid: float
    risk_difference: Interval

    def payload(self) -> dict:
        return asdict(self)


def mcnemar(*, yes_yes: int, yes_no: int, no_yes: int, no_no: int) -> McNemar | NotEstimable:
    """Pairs by what was true before and after; yes_no: before and no longer after. Refused where nobody changed."""
    if min(yes_yes, yes_no, no_yes, no_no) < 0:
        raise ValueError("a cell cannot hold fewer than 0")
    n, changed, away = yes_yes + yes_no + no_yes + no_no, yes_no + no_yes, abs(yes_no - no_yes)
    if n == 0:
        return NotEstimable("nobody has both values")
    if changed == 0:
        return NotEstimable("nobody changed between yes and no, which leaves nothing to test")
    chi2, chi2_cc = away**2 / changed, max(away - 1, 0) ** 2 / changed
    p_exact, p_mid = _binomial(min(yes_no, no_yes), changed)
    return McNemar(
        n_pairs=n,
        chi2=chi2,
        p_asymptotic=float(chdtrc(1, chi2)),
        chi2_cc=chi2_cc,
        p_cc=float(chdtrc(1, chi2_cc)),
        p_exact=p_exact,
        p_mid=p_mid,
        risk_difference=paired_difference(yes_yes=yes_yes, yes_no=yes_no, no_yes=no_yes, no_no=no_no),
    )


def _binomial(fewer: int, n: int) -> tuple[float, float]:
    """(p, mid-p) of `fewer` of n against one half, two-sided; fewer is at most n / 2."""
    if n <= LARGEST_EXACT:
        here = comb(n, fewer)
        up_to = Fraction(sum(comb(n, k) for k in range(fewer + 1)), 2**n)
        point = Fraction(here, 2**n)
    else:
        up_to = float(bdtr(fewer, n, 0.5))
        point = exp(gammaln(n + 1) - gammaln(fewer + 1) - gammaln(n - fewer + 1) - n * log(2))
    if 2 * fewer == n:
        return 1.0, float(1 - point / 2)
    return min(1.0, float(2 * up_to)), float(2 * up_to - point)


def paired_difference(*, yes_yes: int, yes_no: int, no_yes: int, no_no: int) -> Interval | NotEstimable:
    """The share with a yes after minus before, with Newcombe's interval for pairs (his method 10).

    The Wilson limits of the two shares, squared and added less 2 phi times their product; phi is the correlation of
    before and after, its numerator nearer to 0 by n / 2 where it is above 0, and 0 where a margin is empty. Newcombe,
    Stat Med 1998;17:2635-50.
    """
    n = yes_yes + yes_no + no_yes + no_no
    if n == 0:
        return NotEstimable("nobody has both values")
    after, before = wilson(yes_yes + no_yes, n), wilson(yes_yes + yes_no, n)
    difference = float(Fraction(no_yes - yes_no, n))
    phi = _correlation(yes_yes, yes_no, no_yes, no_no)
    down = _third_side(after.estimate - after.low, before.high - before.estimate, phi)
    up = _third_side(after.high - after.estimate, before.estimate - before.low, phi)
    return Interval(
        estimate=difference,
        low=max(-1.0, difference - down),
        high=min(1.0, difference + up),
        method="Newcombe paired score (method 10); share after minus before",
    )


def _correlation(a: int, b: int, c: int, d: int) -> float:
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    together, half = a * d - b * c, Fraction(a + b + c + d, 2)
    if margins == 0 or 0 <= together <= half:
        return 0.0
    return float(together - half if together > 0 else together) / sqrt(margins)


def _third_side(one: float, two: float, phi: float) -> float:
    # The square is never below (one - two)**2, but rounding may take an exact 0 a little under it.
    return sqrt(max(one**2 - 2 * phi * one * two + two**2, 0.0))
