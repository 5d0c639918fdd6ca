"""How many have had the event by a time, where something else may come first: the cumulative incidence.

Shares are whole numbers over the product of all numbers at risk; estimate and variance are each divided once.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import log, sqrt

from .estimable import Interval, NotEstimable
from .normal import Z95
from .ratios import added
from .survival import NOBODY, beyond, power_limits
from .times import Ended, Step, steps


@dataclass(frozen=True, kw_only=True)
class IncidenceAt:
    """The cumulative incidence F at one time, its standard error, and its limits, None where F is 0 or 1.

    n_risk: how many have a time of that or more.
    """

    n_risk: int
    F: float
    se: float
    low: float | None
    high: float | None

    def payload(self) -> dict:
        """The five fields as JSON values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class CumulativeIncidence:
    """Aalen-Johansen's estimate for "event", with "competing" coming first. steps: the distinct times, in order.

    Variance: Aalen's (as cmprsk::cuminc gives it); limits: F ** exp(-+ z se / (F log F)), the log-log transform.
    """

    n: int
    events: int
    competing: int
    decimals: int
    steps: tuple[Step, ...]

    def curve(self) -> Iterator[tuple[Step, float]]:
        """F from each distinct time on, in one pass and without its variance."""
        left, share, of = 1, 0, 1  # with neither ending: left / of; F = share / of
        for step in self.steps:
            n, d = step.n_risk, step.events
            if d or step.competing:
                left, share, of = left * (n - d - step.competing), share * n + left * d, of * n
            yield step, share / of

    def at(self, time: Fraction) -> IncidenceAt | NotEstimable:
        """F at a time in the times' own unit; not beyond the last one, unless by then everybody has had either."""
        sought, last = time * 10**self.decimals, self.steps[-1]
        if sought > last.time and last.events + last.competing < last.n_risk:
            return beyond(last.time, self.decimals)
        ahead = bisect_left(self.steps, sought, key=lambda step: step.time)
        n_risk = self.steps[ahead].n_risk if ahead < len(self.steps) else 0
        F, variance = _incidence([step for step in self.steps if step.time <= sought])
        se = sqrt(variance)
        low, high = power_limits(F, se / (-F * log(F))) if 0 < F < 1 else (None, None)
        return IncidenceAt(n_risk=n_risk, F=F, se=se, low=low, high=high)


def cumulative_incidence(ended: Ended, *, decimals: int) -> CumulativeIncidence | NotEstimable:
    """F(t) = sum of S(u-) d / n over the event times u up to t, S being the share with neither ending.

    Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations. Scand J Stat 1978;5:141-50.
    """
    taken = tuple(steps(ended))
    if not taken:
        return NOBODY
    return CumulativeIncidence(
        n=taken[0].n_risk,
        events=sum(step.events for step in taken),
        competing=sum(step.competing for step in taken),
        decimals=decimals,
        steps=taken,
    )


def incidence_difference(curves: Mapping[str, CumulativeIncidence], time: Fraction) -> Interval | NotEstimable:
    """F of the first of two groups minus F of the second at a time, with normal limits, within -1 and 1."""
    first, second = (curve.at(time) for curve in curves.values())
    refused = next((each for each in (first, second) if isinstance(each, NotEstimable)), None)
    if refused:
        return refused
    away, half = first.F - second.F, Z95 * sqrt(first.se**2 + second.se**2)
    if not half:
        return NotEstimable(f"neither curve leaves any doubt at {float(time):g}")
    method = f"normal, from Aalen's variances; incidence at {float(time):g}, {' minus '.join(curves)}"
    return Interval(estimate=away, low=max(-1.0, away - half), high=min(1.0, away + half), method=method)


def _incidence(passed: list[Step]) -> tuple[float, float]:
    """F at the end of these steps, and its variance.

    sum over the times u of S(u-)**2 / n**2 times [w(d) (1 - G)**2 + w(c) G**2], where G = (F - F(u)) / S(u) is the
    share of those left at u who have the event later on, d are events, c competing, w(d) = d (n - d) / (n - 1).
    """
    falls = [step for step in passed if step.events or step.competing]
    whole = 1
    for step in falls:
        whole *= step.n_risk
    left, share = whole, 0
    reached = []  # (step, S before it, S after it, F after it), all in parts of `whole`
    for step in falls:
        part = left // step.n_risk
        after, share = part * (step.n_risk - step.events - step.competing), share + part * step.events
        reached.append((step, part, after, share))
        left = after
    terms = [term for step, *then in reached for term in _terms(step, *then, share)]
    variance, over = added(terms)
    return share / whole, variance / (over * whole**2)


def _terms(step: Step, part: int, after: int, then: int, share: int) -> list[tuple[int, int]]:
    """One time's part of the variance of F = share, as numerators and denominators."""
    n, d, c = step.n_risk, step.events, step.competing
    if not after:
        return [(_tied(d, n) * part**2, max(n - 1, 1))]
    spread = _tied(d, n) * (after - share + then) ** 2 + _tied(c, n) * (share - then) ** 2
    return [(spread, max(n - 1, 1) * (n - d - c) ** 2)]


def _tied(many: int, n: int) -> int:
    """The variance of how many of n fail at once where this many did, times n - 1; where n is 1, how many did."""
    return many * (n - many) if n > 1 else many
