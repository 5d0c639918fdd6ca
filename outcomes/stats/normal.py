"""From an exact deviation and an exact variance to z and its two-sided p. The one place where roots are taken."""

from fractions import Fraction
from math import copysign, sqrt

from scipy.special import ndtr, ndtri

# The 97.5 % point of the normal distribution, for 95 % intervals.
Z95 = float(ndtri(0.975))


def signed_root(away: Fraction, variance: Fraction) -> float:
    """z = away / sqrt(variance), by one division in exact arithmetic and one root."""
    if away == 0:
        return 0.0
    return copysign(sqrt(away * away / variance), away)


def two_sided(z: float) -> float:
    """P(|Z| >= |z|), from the lower tail, so that the smallest p keep their digits."""
    return float(2 * ndtr(-abs(z)))


def two_sided_corrected(away: Fraction, variance: Fraction) -> float:
    """The same with the continuity correction: half a rank nearer to the mean, and p = 1 at the mean."""
    nearer = max(abs(away) - Fraction(1, 2), Fraction(0))
    return two_sided(signed_root(nearer, variance))
