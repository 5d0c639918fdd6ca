"""How far apart sites lie beyond chance: tau squared by DerSimonian-Laird, Paule-Mandel and REML, and its interval.

Each is a function of (estimate, variance) pairs. Sums are math.fsum's, which rounds once whatever the order; roots are
found by halving a bracket that is known to hold them until no number lies between its ends. So nothing depends on
where an iteration starts, on a tolerance, or on the order of the sites: the same pairs give the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt

from scipy.special import chdtri

Pairs = Sequence[tuple[float, float]]

MOST_HALVINGS = 2000  # more than lie between any two floating-point numbers
REML_GRID = 200  # places between 0 and the bound at which the slope of the likelihood is looked at


@dataclass(frozen=True)
class Weighed:
    """Pairs weighed by 1 / (variance + tau2): the weights, their sum, the mean, and Q about that mean."""

    weights: tuple[float, ...]
    total: float
    mean: float
    q: float


def weighed(pairs: Pairs, tau2: float) -> Weighed:
    weights = tuple(1 / (variance + tau2) for _, variance in pairs)
    total = fsum(weights)
    mean = fsum(w * y for w, (y, _) in zip(weights, pairs, strict=True)) / total
    q = fsum(w * (y - mean) ** 2 for w, (y, _) in zip(weights, pairs, strict=True))
    return Weighed(weights, total, mean, q)


def dersimonian_laird(pairs: Pairs) -> float:
    """max(0, (Q - (k - 1)) / (sum w - sum w**2 / sum w)), w = 1 / variance.

    DerSimonian R, Laird N. Meta-analysis in clinical trials. Control Clin Trials 1986;7:177-88.
    """
    at = weighed(pairs, 0.0)
    return max(0.0, (at.q - (len(pairs) - 1)) / (at.total - fsum(w * w for w in at.weights) / at.total))


def paule_mandel(pairs: Pairs) -> float:
    """The tau2 at which Q about the mean that it gives is k - 1; 0 where Q is no more than that at 0.

    Paule RC, Mandel J. Consensus values and weighting factors. J Res Natl Bur Stand 1982;87:377-85.
    """
    return q_reaches(pairs, len(pairs) - 1)


def reml(pairs: Pairs) -> float:
    """The tau2 of the largest restricted likelihood. Viechtbauer W. J Educ Behav Stat 2005;30:261-93.

    Its slope is below 0 beyond a bound (see _reml_bound). Between 0 and the bound the slope is looked at in 200 places,
    nearer to each other towards 0; wherever it turns from up to down the top is found by halving. Of these tops, and 0,
    the highest is the answer, the smaller tau2 where two are level: never a local top that a start happened to be by.
    """
    bound = _reml_bound(pairs)
    places = [bound * (step / REML_GRID) ** 2 for step in range(REML_GRID + 1)]
    slopes = [_reml_slope(pairs, tau2) for tau2 in places]
    tops = [0.0]
    for at in range(REML_GRID):
        if slopes[at] > 0 >= slopes[at + 1]:
            tops.append(_halved(lambda tau2: _reml_slope(pairs, tau2), places[at], places[at + 1]))
    return max(tops, key=lambda tau2: (_restricted_likelihood(pairs, tau2), -tau2))


def profile_limits(pairs: Pairs, alpha: float) -> tuple[float, float] | None:
    """The Q-profile limits of tau2: where Q is chi-squared's upper and lower alpha / 2 point, k - 1 df.

    None where Q is below both already at tau2 = 0: the sites are more alike than chance would have them.
    Viechtbauer W. Confidence intervals for the amount of heterogeneity in meta-analysis. Stat Med 2007;26:37-52.
    """
    df = len(pairs) - 1
    least = float(chdtri(df, 1 - alpha / 2))
    if weighed(pairs, 0.0).q < least:
        return None
    return q_reaches(pairs, float(chdtri(df, alpha / 2))), q_reaches(pairs, least)


def q_reaches(pairs: Pairs, sought: float) -> float:
    """The tau2 at which Q, which falls as tau2 grows, has come down to `sought`; 0 where it starts below.

    Q(tau2) is at most sum (y - mean y)**2 / (tau2 + least variance), so it is there by that over `sought`.
    """

    def above(tau2: float) -> float:
        return weighed(pairs, tau2).q - sought

    return 0.0 if above(0.0) <= 0 else _halved(above, 0.0, _squares(pairs) / sought)


def typical_variance(pairs: Pairs) -> float:
    """(k - 1) sum w / ((sum w)**2 - sum w**2): the within-site variance that I squared holds tau2 against.

    Higgins JPT, Thompson SG. Quantifying heterogeneity in a meta-analysis. Stat Med 2002;21:1539-58.
    """
    at = weighed(pairs, 0.0)
    return (len(pairs) - 1) / (at.total - fsum(w * w for w in at.weights) / at.total)


def _reml_slope(pairs: Pairs, tau2: float) -> float:
    """Twice the derivative of the restricted log likelihood by tau2."""
    at = weighed(pairs, tau2)
    squares = fsum((w * (y - at.mean)) ** 2 for w, (y, _) in zip(at.weights, pairs, strict=True))
    return squares - (at.total - fsum(w * w for w in at.weights) / at.total)


def _restricted_likelihood(pairs: Pairs, tau2: float) -> float:
    at = weighed(pairs, tau2)
    return -0.5 * fsum([*(log(variance + tau2) for _, variance in pairs), log(at.total), at.q])


def _reml_bound(pairs: Pairs) -> float:
    """Beyond it the slope is below 0. With S = sum (y - mean y)**2, v and V the least and the largest variance, the
    slope is at most S / (tau2 + v)**2 - (k - 1) / (tau2 + V), which is below 0 from the larger root of a quadratic on.
    """
    least, largest = min(v for _, v in pairs), max(v for _, v in pairs)
    per_df = _squares(pairs) / (len(pairs) - 1)
    return max(0.0, (per_df + sqrt(per_df**2 + 4 * per_df * (largest - least))) / 2 - least)


def _squares(pairs: Pairs) -> float:
    middle = fsum(y for y, _ in pairs) / len(pairs)
    return fsum((y - middle) ** 2 for y, _ in pairs)


def _halved(falling: Callable[[float], float], low: float, high: float) -> float:
    """The last number at which `falling` is above 0, which it is at `low`, and not at or beyond `high`."""
    for _ in range(MOST_HALVINGS):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return low
