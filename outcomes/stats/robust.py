"""The adjusted difference with a standard error that does not ask for equal spread: HC3."""

from dataclasses import asdict, dataclass
from math import fsum, lcm, sqrt

import numpy as np
from scipy.special import stdtrit

from .ancova import Fit, Moments, fit_of, two_sided_t
from .estimable import NotEstimable
from .pairs import Pairs


@dataclass(frozen=True, kw_only=True)
class HC3:
    """se, 95 % limits, t and p of the same difference as ancova's, with its df."""

    se: float
    lcl: float
    ucl: float
    t: float
    p: float

    def payload(self) -> dict:
        return asdict(self)


def hc3(moments: Moments, pairs: Pairs) -> HC3 | NotEstimable:
    """se**2 = sum of (a e / (1 - h))**2 over the procedures: a the weight of each in the difference, e its residual.

    h is its leverage. MacKinnon & White, J Econometrics 1985;29:305-25; Long & Ervin, Am Stat 2000;54:217-24. It is R's
    sandwich::vcovHC(fit, type = "HC3"), with t of df n - terms - 1 as lmtest::coeftest takes it. Each term is one
    fraction of integers, turned to float once; their sum is rounded once, so the order of the patterns does not matter.
    Refused where ancova is, and where one procedure alone decides a term (leverage 1).
    """
    fit = fit_of(moments)
    if isinstance(fit, NotEstimable):
        return fit
    terms = _terms(fit, moments, pairs)
    if terms is None:
        return NotEstimable("one procedure alone decides a term of the model, which leaves HC3 nothing to judge it by")
    se = sqrt(fsum(terms))
    if se == 0:
        return NotEstimable("no residual bears on the difference, which leaves HC3 nothing to judge it by")
    diff, reach = fit.in_units(fit.slopes[0]), float(stdtrit(fit.df, 0.975)) * se
    t = diff / se
    return HC3(se=se, lcl=diff - reach, ucl=diff + reach, t=t, p=two_sided_t(t, fit.df))


def _terms(fit: Fit, moments: Moments, pairs: Pairs) -> list[float] | None:
    """many * (a e / (1 - h))**2 of each pattern, in the unit of post; None where a leverage is 1.

    With u = n x - sum x, v = n y - sum y and n times the inverse of the centred cross products written as adj / det,
    a = adj[0] u / det, e = (det v - slopes u) / (n det), 1 - h = ((n - 1) det - u adj u) / (n det).
    """
    places = [moments.names.index(name) for name in fit.columns]
    post = moments.names.index("post")
    pairs = pairs.rescaled(moments.decimals)
    table = np.array(pairs.patterns, dtype=object).reshape(len(pairs.patterns), len(pairs.names) + 1)
    u = fit.n * table[:, places] - np.array([int(moments.sums[place]) for place in places], dtype=object)
    v = fit.n * table[:, post] - int(moments.sums[post])
    small = [[x / fit.n for x in row] for row in fit.inverse]
    det = lcm(*(x.denominator for row in small for x in row), *(b.denominator for b in fit.slopes))
    adj = np.array([[int(x * det) for x in row] for row in small], dtype=object)
    slopes = np.array([int(b * det) for b in fit.slopes], dtype=object)
    spans = u @ adj
    below = det * ((fit.n - 1) * det - (spans * u).sum(axis=1))
    if (below == 0).any():
        return None
    below = below * 10 ** fit.decimals["post"]  # before the one float: it must not depend on how values are scaled
    parts = spans[:, 0] * (det * v - u @ slopes) / below
    return [many * float(x) ** 2 for many, x in zip(table[:, -1], parts, strict=True)]
