"""Yes and no in two groups, compared within strata and added up: Cochran-Mantel-Haenszel."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import exp, fsum, log, sqrt

from scipy.special import chdtrc

from .effects import INVERTED, TOO_ALIKE, noncentralities
from .estimable import Interval, NotEstimable
from .normal import Z95


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """x1 of n1 in the first group and x2 of n2 in the second have it."""

    x1: int
    n1: int
    x2: int
    n2: int

    @property
    def n(self) -> int:
        return self.n1 + self.n2

    @property
    def tells(self) -> bool:
        """Whether it has both groups, and both yes and no; otherwise it has no part in any sum."""
        return bool(self.n1 and self.n2) and 0 < self.x1 + self.x2 < self.n

    def cells(self) -> tuple[int, int, int, int]:
        return self.x1, self.n1 - self.x1, self.x2, self.n2 - self.x2


@dataclass(frozen=True, kw_only=True)
class Homogeneity:
    """Do the strata share one odds ratio? Breslow-Day with Tarone's correction, df = strata - 1.

    n: procedures of the strata that take part. i_squared: the share of the strata's spread that is not chance's,
    (chi2 - df) / chi2 or 0, its limits from the noncentral chi-squared distributions as for epsilon squared.
    """

    n: int
    chi2: float
    df: int
    p: float
    i_squared: Interval

    def payload(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class CMH:
    """chi2 and p without, chi2_cc and p_cc with the continuity correction (none where the sum is nearer than 1/2).

    odds_ratio: the odds of having it in the first group over the second, Mantel-Haenszel, limits by Robins, Breslow and
    Greenland. risk_difference: first minus second, Mantel-Haenszel weights. strata: how many take part in the sums.
    """

    chi2: float
    df: int
    p: float
    chi2_cc: float
    p_cc: float
    strata: int
    odds_ratio: Interval | NotEstimable
    risk_difference: Interval
    homogeneity: Homogeneity | NotEstimable

    def payload(self) -> dict:
        parts = {name: getattr(self, name).payload() for name in ("odds_ratio", "risk_difference", "homogeneity")}
        return asdict(self) | parts


def cmh(strata: Iterable[Stratum]) -> CMH | NotEstimable:
    """(sum x1 - sum E)**2 / sum V, the variance of each stratum hypergeometric, as R's mantelhaen.test.

    Mantel & Haenszel, J Natl Cancer Inst 1959;22:719-48. Every sum is of fractions, so the order of the strata does not
    matter. Refused where no stratum has both groups and both answers.
    """
    telling = [stratum for stratum in strata if stratum.tells]
    if not telling:
        return NotEstimable("no stratum has both groups and both yes and no")
    away = abs(sum(s.x1 - Fraction(s.n1 * (s.x1 + s.x2), s.n) for s in telling))
    variance = sum(_hypergeometric(s) for s in telling)
    half = Fraction(1, 2)
    chi2, chi2_cc = away**2 / variance, (away - half if away >= half else away) ** 2 / variance
    odds_ratio = common_odds_ratio(telling)
    return CMH(
        chi2=float(chi2),
        df=1,
        p=float(chdtrc(1, float(chi2))),
        chi2_cc=float(chi2_cc),
        p_cc=float(chdtrc(1, float(chi2_cc))),
        strata=len(telling),
        odds_ratio=odds_ratio,
        risk_difference=common_risk_difference(telling),
        homogeneity=_homogeneity(telling, odds_ratio),
    )


def _hypergeometric(s: Stratum) -> Fraction:
    yes = s.x1 + s.x2
    return Fraction(s.n1 * s.n2 * yes * (s.n - yes), s.n**2 * (s.n - 1))


def common_odds_ratio(strata: Iterable[Stratum]) -> Interval | NotEstimable:
    """sum(ad / n) / sum(bc / n), limits of its logarithm by Robins, Breslow & Greenland, Biometrics 1986;42:311-23."""
    products = []
    for stratum in strata:
        a, b, c, d = stratum.cells()
        n = stratum.n
        products.append((Fraction(a * d, n), Fraction(b * c, n), Fraction(a + d, n), Fraction(b + c, n)))
    R, S = sum(r for r, _, _, _ in products), sum(s for _, s, _, _ in products)
    if not (R and S):
        return NotEstimable("in every stratum one group has all yes or the other all no: the odds ratio has no limits")
    variance = (
        sum(p * r for r, _, p, _ in products) / (2 * R**2)
        + sum(p * s + q * r for r, s, p, q in products) / (2 * R * S)
        + sum(q * s for _, s, _, q in products) / (2 * S**2)
    )
    ratio, reach = R / S, Z95 * sqrt(variance)
    middle = log(ratio.numerator) - log(ratio.denominator)
    method = "Mantel-Haenszel, limits by Robins, Breslow and Greenland; odds in the first group over the second"
    return Interval(estimate=float(ratio), low=exp(middle - reach), high=exp(middle + reach), method=method)


def common_risk_difference(strata: Iterable[Stratum]) -> Interval:
    """sum w (x1/n1 - x2/n2) / sum w, w = n1 n2 / n, with Sato's variance (Biometrics 1989;45:1323-4).

    Right both for few large strata and for many small ones. No limits where that variance is 0, as where everybody of
    one group and nobody of the other has it.
    """
    strata = list(strata)
    weight = sum(Fraction(s.n1 * s.n2, s.n) for s in strata)
    difference = sum(Fraction(s.x1 * s.n2 - s.x2 * s.n1, s.n) for s in strata) / weight
    P = sum(Fraction(2 * (s.n1**2 * s.x2 - s.n2**2 * s.x1) + s.n1 * s.n2 * (s.n2 - s.n1), 2 * s.n**2) for s in strata)
    Q = sum(Fraction(s.x1 * (s.n2 - s.x2) + s.x2 * (s.n1 - s.x1), 2 * s.n) for s in strata)
    variance, estimate = (difference * P + Q) / weight**2, float(difference)
    if variance <= 0:
        return Interval(estimate=estimate, low=None, high=None, method="no 95 % interval: the groups share no answer")
    reach = Z95 * sqrt(variance)
    method = "Mantel-Haenszel weights, limits by Sato; share in the first group minus the second"
    return Interval(estimate=estimate, low=max(-1.0, estimate - reach), high=min(1.0, estimate + reach), method=method)


def _homogeneity(strata: list[Stratum], odds_ratio: Interval | NotEstimable) -> Homogeneity | NotEstimable:
    """sum (x1 - A)**2 / V - (sum (x1 - A))**2 / sum V, A what the common odds ratio expects (Tarone, 1985)."""
    if isinstance(odds_ratio, NotEstimable):
        return odds_ratio
    if len(strata) < 2:
        return NotEstimable("fewer than two strata have both groups and both yes and no")
    # Strata in one order, whatever order they came in, since these sums are of floating-point numbers.
    strata = sorted(strata, key=lambda s: s.cells())
    due = [_expected(s, odds_ratio.estimate) for s in strata]
    variances = [
        1 / (1 / a + 1 / (s.n1 - a) + 1 / (s.x1 + s.x2 - a) + 1 / (s.n2 - s.x1 - s.x2 + a))
        for s, a in zip(strata, due, strict=True)
    ]
    off = [s.x1 - a for s, a in zip(strata, due, strict=True)]
    chi2 = fsum(o * o / v for o, v in zip(off, variances, strict=True)) - fsum(off) ** 2 / fsum(variances)
    chi2, df = max(chi2, 0.0), len(strata) - 1
    n = sum(s.n for s in strata)
    return Homogeneity(n=n, chi2=chi2, df=df, p=float(chdtrc(df, chi2)), i_squared=_i_squared(chi2, df))


def _i_squared(chi2: float, df: int) -> Interval:
    # chi2 is expected to be df + lambda, so a noncentrality lambda is a share lambda / (df + lambda) of it.
    estimate, span = max(0.0, 1 - df / chi2) if chi2 else 0.0, noncentralities(chi2, df=df)
    if span is None:
        return Interval(estimate=estimate, low=None, high=None, method=TOO_ALIKE.replace("groups", "strata"))
    low, high = (limit / (df + limit) for limit in span)
    return Interval(estimate=estimate, low=low, high=high, method=f"(chi2 - df) / chi2, {INVERTED}")


def _expected(s: Stratum, ratio: float) -> float:
    """The x1 between the margins' limits at which the stratum's odds ratio is `ratio`: a root of a quadratic."""
    yes = s.x1 + s.x2
    if ratio == 1:
        return s.n1 * yes / s.n
    # (1 - ratio) a**2 + b a - ratio n1 yes = 0; this form of its root does not cancel.
    b = s.n2 - yes + ratio * (s.n1 + yes)
    root = sqrt(b * b - 4 * (ratio - 1) * ratio * s.n1 * yes)
    return 2 * ratio * s.n1 * yes / (b + root)
