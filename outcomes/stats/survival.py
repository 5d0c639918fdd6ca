"""Kaplan-Meier: the share still without the event, its limits, and the median, from times and endings alone.

The curve is a product of whole numbers over whole numbers, and Greenwood's sum a sum of such; both are kept as two
integers, and divided once. The limits are those of R's survival::survfit with conf.type "log" (its default) and
"log-log".
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import exp, log, sqrt

from .counts import scaled
from .estimable import NotEstimable
from .normal import Z95
from .times import Ended, steps

NOBODY = NotEstimable("nobody has a time")
# R calls a limit one half when it is this near to it.
_NEAR = 2**-26


@dataclass(frozen=True, kw_only=True)
class Point:
    """The curve from one distinct time on: survival S, and Greenwood's sum of d / (n (n - d)), None where S = 0."""

    time: int
    n_risk: int
    survival: float
    greenwood: float | None


@dataclass(frozen=True, kw_only=True)
class SurvivalAt:
    """The curve read at one time. n_risk: how many have a time of that or more.

    Limits that do not exist are None: all of them where S = 0, and the log-log ones where S = 1, but for before the
    first time that anybody has, when all limits are 1. So R's summary of a survfit has it.
    """

    n_risk: int
    S: float
    lcl_log: float | None
    ucl_log: float | None
    lcl_loglog: float | None
    ucl_loglog: float | None

    def payload(self) -> dict:
        """The six fields as JSON values, and under not_estimable the reason for each that is None."""
        numbers = asdict(self)
        absent = {name: f"no limits where S is {self.S:g}" for name, number in numbers.items() if number is None}
        return numbers | ({"not_estimable": absent} if absent else {})


@dataclass(frozen=True, kw_only=True)
class KaplanMeier:
    """A curve. n: people; events: how many had the event; points: one for each distinct time, in order."""

    n: int
    events: int
    decimals: int
    points: tuple[Point, ...]

    def at(self, time: Fraction) -> SurvivalAt | NotEstimable:
        """S and its limits at a time in the times' own unit, as summary(survfit, times) gives them."""
        sought = time * 10**self.decimals
        last = self.points[-1]
        if sought > last.time and last.survival > 0:
            return beyond(last.time, self.decimals)
        passed = bisect_right(self.points, sought, key=lambda point: point.time)
        ahead = bisect_left(self.points, sought, key=lambda point: point.time)
        n_risk = self.points[ahead].n_risk if ahead < len(self.points) else 0
        if not passed:
            return SurvivalAt(n_risk=n_risk, S=1.0, lcl_log=1.0, ucl_log=1.0, lcl_loglog=1.0, ucl_loglog=1.0)
        here = self.points[passed - 1]
        low, high = log_limits(here)
        low_loglog, high_loglog = loglog_limits(here)
        limits = {"lcl_log": low, "ucl_log": high, "lcl_loglog": low_loglog, "ucl_loglog": high_loglog}
        return SurvivalAt(n_risk=n_risk, S=here.survival, **limits)

    def median(self) -> float | NotEstimable:
        """The first time at which S is one half or less; midway to the next fall where S is exactly one half.

        As R prints a survfit. (Where S stays at one half to the end, R's quantile() goes midway to the last time
        instead.)
        """
        found = self._half((point.time, point.survival) for point in self.points)
        return NotEstimable("the curve does not come down to one half") if found is None else found

    def median_limits(self, limits: Callable) -> tuple[float | None, float | None]:
        """When the lower and when the upper limit come down to one half; None for one that does not.

        Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics 1982;38:29-41.
        """
        drawn = [(point.time, *limits(point)) for point in self.points]
        return (
            self._half((time, low) for time, low, _ in drawn),
            self._half((time, high) for time, _, high in drawn),
        )

    def _half(self, curve: Iterable[tuple[int, float | None]]) -> float | None:
        low = [(time, y) for time, y in curve if y is not None and y < 0.5 + _NEAR]
        if not low:
            return None
        first, y = low[0]
        further = next((time for time, other in low if other < y), None)
        if abs(y - 0.5) < _NEAR and further is not None:
            return scaled(Fraction(first + further, 2), self.decimals)
        return scaled(first, self.decimals)


def kaplan_meier(ended: Ended, *, decimals: int) -> KaplanMeier | NotEstimable:
    """S(t) = product of (1 - d / n) over the event times up to t; all other endings are censorings.

    Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. J Am Stat Assoc 1958;53:457-81.
    """
    points, events = [], 0
    alive, of, variance, over = 1, 1, 0, 1  # S = alive / of, Greenwood's sum = variance / over
    taken = list(steps(ended))
    for step in taken:
        n, d = step.n_risk, step.events
        alive, of, events = alive * (n - d), of * n, events + d
        if d < n:
            variance, over = variance * n * (n - d) + d * over, over * n * (n - d)
        points.append(
            Point(time=step.time, n_risk=n, survival=alive / of, greenwood=variance / over if alive else None)
        )
    if not points:
        return NOBODY
    return KaplanMeier(n=taken[0].n_risk, events=events, decimals=decimals, points=tuple(points))


def beyond(last: int, decimals: int) -> NotEstimable:
    """The refusal to read a curve that has not come to its end past the last time anybody was seen."""
    return NotEstimable(f"nobody was followed beyond {scaled(last, decimals):g}")


def log_limits(point: Point) -> tuple[float | None, float | None]:
    """S exp(-+ z sqrt(Greenwood)), at most 1; no limits where S = 0."""
    if point.greenwood is None:
        return None, None
    away = Z95 * sqrt(point.greenwood)
    return exp(log(point.survival) - away), min(1.0, exp(log(point.survival) + away))


def loglog_limits(point: Point) -> tuple[float | None, float | None]:
    """S ** exp(-+ z sqrt(Greenwood) / log S); no limits where S is 0 or 1."""
    if point.greenwood is None or point.survival == 1:
        return None, None
    return power_limits(point.survival, sqrt(point.greenwood) / -log(point.survival))


def power_limits(share: float, error: float) -> tuple[float, float]:
    """The limits of a share between 0 and 1, where `error` is the standard error of log(-log share)."""
    return share ** exp(Z95 * error), share ** exp(-Z95 * error)
