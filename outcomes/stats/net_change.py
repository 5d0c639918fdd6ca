"""More got better than worse? The difference of two shares of the same patients, with its interval."""

from math import sqrt

from .estimable import Interval, NotEstimable
from .normal import Z95

_STEPS = 60  # bisections: far below the last digit of a share


def net_change(better: int, worse: int, n: int) -> Interval | NotEstimable:
    """(better - worse) / n, of n patients of whom the rest stayed as they were, with Tango's score interval.

    The limits are the differences D at which the score test of better - worse = n D gives z = 1.96, the share of the
    worse being at its likeliest under D. Tango T, Stat Med 1998;17:891-908; sensible at 0 and at all of n too.
    """
    if min(better, worse) < 0 or better + worse > n:
        raise ValueError(f"{better} and {worse} of {n} are not shares")
    if n == 0:
        return NotEstimable("no patient has both values")
    estimate = (better - worse) / n
    return Interval(
        estimate=estimate,
        low=-1.0 if worse == n else _limit(better, worse, n, inner=estimate, outer=-1.0),
        high=1.0 if better == n else _limit(better, worse, n, inner=estimate, outer=1.0),
        method="share better minus share worse, Tango's score interval",
    )


def _limit(b: int, c: int, n: int, *, inner: float, outer: float) -> float:
    """Where between the estimate and the end of the scale the score reaches 1.96."""
    for _ in range(_STEPS):
        middle = (inner + outer) / 2
        if abs(_score(b, c, n, middle)) < Z95:
            inner = middle
        else:
            outer = middle
    return inner


def _score(b: int, c: int, n: int, difference: float) -> float:
    """(b - c - n D) / sqrt(n (2 q + D (1 - D))), q the likeliest share of the worse where the difference is D."""
    B = -b - c + (2 * n - b + c) * difference
    C = -c * difference * (1 - difference)
    q = (sqrt(max(B * B - 8 * n * C, 0.0)) - B) / (4 * n)
    variance = n * (2 * q + difference * (1 - difference))
    away = b - c - n * difference
    return away / sqrt(variance) if variance > 0 else float("inf") * (1 if away > 0 else -1)
