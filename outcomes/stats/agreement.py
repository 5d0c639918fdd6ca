"""Do two readers of the same charts agree? Per cent agreement, Cohen's kappa, and the limits of agreement."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import sqrt

from scipy.special import stdtrit

from .estimable import Interval, NotEstimable
from .normal import Z95
from .proportions import wilson

# (first reading, second reading) -> how many pairs of readings were so.
Pairs = Mapping[tuple[Fraction, Fraction], int]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """n pairs; how many are the same, as a share; kappa, and kappa with quadratic weights where values have an order.

    kappa = (po - pe) / (1 - pe); its interval by the asymptotic error of Fleiss, Cohen and Everitt (Psychol Bull
    1969;72:323). Quadratic weights are 1 - (a - b)**2 / (largest - smallest)**2 of the values that occur.
    """

    n: int
    same: int
    share: Interval | NotEstimable
    kappa: Interval | NotEstimable
    weighted_kappa: Interval | NotEstimable

    def payload(self) -> dict:
        parts = {name: getattr(self, name).payload() for name in ("share", "kappa", "weighted_kappa")}
        return {"n": self.n, "same": self.same} | parts


@dataclass(frozen=True, kw_only=True)
class BlandAltman:
    """Second reading minus first: the mean difference, its SD, and the limits between which 95 % of them lie.

    Limits are bias -+ 1.96 SD; the error of a limit is sqrt(3 / n) SD (Bland and Altman, Lancet 1986;1:307).
    """

    n: int
    bias: Interval
    sd: float
    lower: Interval
    upper: Interval

    def payload(self) -> dict:
        return asdict(self)


def agreement(pairs: Pairs) -> Agreement | NotEstimable:
    """How well two readings agree, value by value. ValueError for a count below 0."""
    if any(many < 0 for many in pairs.values()):
        raise ValueError("a cell cannot hold fewer than 0")
    n, same = sum(pairs.values()), sum(many for (a, b), many in pairs.items() if a == b)
    if n == 0:
        return NotEstimable("nobody was read twice")
    levels = sorted({value for pair, many in pairs.items() if many for value in pair})
    widest = (levels[-1] - levels[0]) ** 2 or 1
    return Agreement(
        n=n,
        same=same,
        share=wilson(same, n),
        kappa=kappa(pairs, levels, lambda a, b: Fraction(a == b)),
        weighted_kappa=kappa(pairs, levels, lambda a, b: 1 - Fraction((a - b) ** 2) / widest),
    )


def kappa(pairs: Pairs, levels: list[Fraction], weight) -> Interval | NotEstimable:
    """Cohen's kappa under a weight of 1 for the same and less for others; exact until the square root."""
    n = sum(pairs.values())
    first = {level: Fraction(sum(many for (a, _), many in pairs.items() if a == level), n) for level in levels}
    second = {level: Fraction(sum(many for (_, b), many in pairs.items() if b == level), n) for level in levels}
    observed = sum((weight(a, b) * many for (a, b), many in pairs.items()), Fraction()) / n
    expected = sum(first[a] * second[b] * weight(a, b) for a in levels for b in levels)
    if expected == 1:
        return NotEstimable("both readers gave one and the same value throughout, so chance alone explains it")
    estimate = (observed - expected) / (1 - expected)
    by_row = {a: sum(second[b] * weight(a, b) for b in levels) for a in levels}
    by_column = {b: sum(first[a] * weight(a, b) for a in levels) for b in levels}
    spread = sum(
        (Fraction(many, n) * (weight(a, b) - (by_row[a] + by_column[b]) * (1 - estimate)) ** 2
         for (a, b), many in pairs.items()),
        Fraction(),
    ) - (estimate - expected * (1 - estimate)) ** 2  # fmt: skip
    half = Z95 * sqrt(max(spread, Fraction()) / n) / float(1 - expected)
    method = "Fleiss, Cohen and Everitt 1969"
    return Interval(estimate=float(estimate), low=float(estimate) - half, high=float(estimate) + half, method=method)


def bland_altman(pairs: Pairs) -> BlandAltman | NotEstimable:
    """The limits of agreement of two numeric readings. Refused below two pairs."""
    n = sum(pairs.values())
    if n < 2:
        return NotEstimable("limits of agreement need two pairs of readings at least")
    bias = sum(((b - a) * many for (a, b), many in pairs.items()), Fraction()) / n
    variance = sum((((b - a) - bias) ** 2 * many for (a, b), many in pairs.items()), Fraction()) / (n - 1)
    sd, t = sqrt(variance), float(stdtrit(n - 1, 0.975))
    ends = [float(bias) - 1.96 * sd, float(bias) + 1.96 * sd]
    lower, upper = (around(end, t * sd * sqrt(3 / n)) for end in ends)
    return BlandAltman(n=n, bias=around(float(bias), t * sd / sqrt(n)), sd=sd, lower=lower, upper=upper)


def around(estimate: float, half: float) -> Interval:
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half, method="t, Bland and Altman 1986")
