"""The likelihood of a linear model with a random intercept per procedure, profiled to one number and searched.

All of it depends on the rows through sums over the procedures with equally many values, so that a step of the search
costs the same for a hundred procedures and for a million.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import exp, log, pi

import numpy as np

_GRID = 10.0 ** np.linspace(-6, 8, 71)  # of the ratio; 0 is tried too
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Likeliest:
    """Where the likelihood is largest: ratio = intercept variance / residual variance, 0 where it falls from there on.

    inverse: (X' V^-1 X)^-1 for V = I + ratio J within each procedure; times `residual` it is the terms' covariance.
    """

    beta: np.ndarray
    ratio: float
    residual: float
    log_likelihood: float
    inverse: np.ndarray


def likeliest(y: np.ndarray, x: np.ndarray, procedure: np.ndarray, *, reml: bool) -> Likeliest:
    """The REML or maximum likelihood estimates of y = x beta + a procedure's own deviation + error.

    x has full rank and its first column is 1. For each ratio the terms and the residual variance are known in closed
    form (Laird & Ware, Biometrics 1982;38:963-74), so the search is over the ratio alone: the best of a grid, then the
    golden section between its neighbours.
    """
    sums = _Sums(y - y.mean(), x, procedure)
    at = partial(sums.at, reml=reml)
    best = max(range(len(_GRID)), key=lambda i: at(_GRID[i]).log_likelihood)
    low, high = log(_GRID[max(best - 1, 0)]), log(_GRID[min(best + 1, len(_GRID) - 1)])
    summit = at(exp(_highest(lambda u: at(exp(u)).log_likelihood, low, high)))
    found = max(summit, at(0.0), key=lambda each: each.log_likelihood)
    return replace(found, beta=found.beta + y.mean() * np.eye(x.shape[1])[0])


def _highest(value: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one number is largest, by golden section, to the rounding of its values."""
    inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
    values = [value(each) for each in inner]
    while high - low > 1e-10 * max(1.0, abs(low)):
        if values[0] >= values[1]:
            high, inner, values = inner[1], [0.0, inner[0]], [0.0, values[0]]
            inner[0] = high - _GOLDEN * (high - low)
            values[0] = value(inner[0])
        else:
            low, inner, values = inner[0], [inner[1], 0.0], [values[1], 0.0]
            inner[1] = low + _GOLDEN * (high - low)
            values[1] = value(inner[1])
    return (low + high) / 2


class _Sums:
    """X'X, X'y, y'y, and the same of the procedures' sums, apart for each number of values a procedure has."""

    def __init__(self, y: np.ndarray, x: np.ndarray, procedure: np.ndarray):
        many = np.bincount(procedure)
        both = np.column_stack([x, y])
        totals = np.column_stack([np.bincount(procedure, weights=column) for column in both.T])
        self.whole = both.T @ both
        self.sizes = np.unique(many[many > 0])
        self.procedures = np.array([np.count_nonzero(many == n) for n in self.sizes])
        self.between = np.array([totals[many == n].T @ totals[many == n] for n in self.sizes])
        self.N, self.p = x.shape

    def at(self, ratio: float, *, reml: bool) -> Likeliest:
        """The best terms and residual variance for this ratio, and their log-likelihood."""
        shrunk = self.whole - np.tensordot(ratio / (1 + self.sizes * ratio), self.between, axes=1)
        matrix, right = shrunk[:-1, :-1], shrunk[:-1, -1]
        inverse = np.linalg.inv(matrix)
        beta = inverse @ right
        free = self.N - self.p if reml else self.N
        residual = max(float(shrunk[-1, -1] - right @ beta), np.finfo(float).tiny) / free
        spread = float(self.procedures @ np.log1p(self.sizes * ratio))
        spread += float(np.linalg.slogdet(matrix)[1]) if reml else 0.0
        return Likeliest(
            beta=beta,
            ratio=float(ratio),
            residual=residual,
            log_likelihood=-(free * (log(2 * pi * residual) + 1) + spread) / 2,
            inverse=inverse,
        )
