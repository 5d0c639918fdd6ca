"""The restricted mean: how long people are without the event, on average, of the time up to tau."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import sqrt

from .counts import scaled
from .estimable import NotEstimable
from .normal import Z95
from .ratios import added
from .survival import NOBODY, beyond
from .times import Ended, Step, steps


@dataclass(frozen=True, kw_only=True)
class RestrictedMean:
    """The area under the Kaplan-Meier curve from 0 to tau, in the times' unit; its limits lie within 0 and tau."""

    tau: float
    estimate: float
    se: float
    low: float
    high: float
    level: float = 0.95
    method: str = "normal, within 0 and tau"

    def payload(self) -> dict:
        """The seven fields as JSON values."""
        return asdict(self)


def restricted_mean(ended: Ended, tau: Fraction, *, decimals: int) -> RestrictedMean | NotEstimable:
    """What R prints of print(survfit(...), rmean = tau). Not estimable past the last time, unless S is 0 there.

    The variance is the sum over the event times before tau of A**2 d / (n (n - d)), A being the area still to come; an
    event that leaves nobody leaves no area. Royston P, Parmar MKB. BMC Med Res Methodol 2013;13:152.
    """
    taken, until = list(steps(ended)), tau * 10**decimals
    if not taken:
        return NOBODY
    last = taken[-1]
    if until > last.time and last.events < last.n_risk:
        return beyond(last.time, decimals)
    area, variance = _area([step for step in taken if step.events and step.time < until], until)
    mean, se = scaled(area, decimals), sqrt(variance / 100**decimals)
    low, high = max(0.0, mean - Z95 * se), min(float(tau), mean + Z95 * se)
    return RestrictedMean(tau=float(tau), estimate=mean, se=se, low=low, high=high)


def _area(falls: list[Step], until: Fraction) -> tuple[Fraction, Fraction]:
    """The area and its variance, from the last fall backwards: areas are whole numbers of 1 / (product of all n)."""
    heights, whole = _heights(falls)
    by, to_come, right, terms = until.denominator, 0, until.numerator, []  # times and areas in parts of `by`
    for step, height in zip(reversed(falls), reversed(heights), strict=True):
        to_come += height * (right - step.time * by)
        right = step.time * by
        if step.events < step.n_risk:
            terms.append((to_come**2 * step.events, step.n_risk * (step.n_risk - step.events)))
    variance, over = added(terms)
    return Fraction(to_come + whole * right, whole * by), Fraction(variance, over * (whole * by) ** 2)


def _heights(falls: list[Step]) -> tuple[list[int], int]:
    """S after each fall, and 1, in parts of the product of all numbers at risk, so that each is a whole number."""
    whole = 1
    for step in falls:
        whole *= step.n_risk
    heights, height = [], whole
    for step in falls:
        height = height // step.n_risk * (step.n_risk - step.events)
        heights.append(height)
    return heights, whole
