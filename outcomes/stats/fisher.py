"""Fisher's exact test of a 2 x 2 table, two-sided, and its mid-p."""

from fractions import Fraction
from math import comb

import numpy as np
from scipy.special import gammaln

LARGEST_EXACT = 5000  # above it, logarithms in place of integers of thousands of digits
_AS_LIKELY = 1e-7  # R's tolerance for calling two tables equally likely, needed only with logarithms


def fisher_p_values(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    """(p, mid-p): the summed probability of all tables with these margins that are no likelier than this one.

    The mid-p counts the tables that are exactly as likely by half (Lancaster, J Am Stat Assoc 1961;56:223-34).
    Reckoned in integers up to 5000 in the table; above that in logarithms, good to about 1e-9 relative.
    """
    return _by_integers(a, b, c, d) if a + b + c + d <= LARGEST_EXACT else _by_logarithms(a, b, c, d)


def _by_integers(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    row, rest, column = a + b, c + d, a + c
    first = max(0, column - rest)
    here, weights = comb(row, first) * comb(rest, column - first), []
    for k in range(first, min(row, column) + 1):
        weights.append(here)
        here = here * (row - k) * (column - k) // ((k + 1) * (rest - column + k + 1))
    seen = weights[a - first]
    rarer, equal = sum(w for w in weights if w < seen), sum(w for w in weights if w == seen)
    everything = comb(row + rest, column)
    return float(Fraction(rarer + equal, everything)), float(Fraction(2 * rarer + equal, 2 * everything))


def _by_logarithms(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    row, rest, column = a + b, c + d, a + c
    k = np.arange(max(0, column - rest), min(row, column) + 1, dtype=np.float64)
    logs = -(gammaln(k + 1) + gammaln(row - k + 1) + gammaln(column - k + 1) + gammaln(rest - column + k + 1))
    weights = np.exp(logs - logs.max())
    beyond = logs - logs[a - int(k[0])]
    rarer, equal = weights[beyond < -_AS_LIKELY].sum(), weights[abs(beyond) <= _AS_LIKELY].sum()
    return min(1.0, float((rarer + equal) / weights.sum())), float((rarer + equal / 2) / weights.sum())
