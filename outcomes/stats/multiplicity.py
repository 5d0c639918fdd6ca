"""Adjusting a family of p-values, in the order given: as R's `p.adjust` does, and as dunn.test prints.

The functions are monotone and never above 1. Dunn.test and Stata's dunntest multiply each p by the same factors but
leave the monotone step out (their reader stops at the first comparison that is not rejected); `dunntest` does so too.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import expm1, log1p


def bonferroni(ps: Sequence[float]) -> list[float]:
    """Each p times the number of p-values."""
    return [min(1.0, len(ps) * p) for p in ps]


def sidak(ps: Sequence[float]) -> list[float]:
    """1 - (1 - p)**m: exact where the comparisons are independent.

    Sidak Z. Rectangular confidence regions for the means of multivariate normal distributions. JASA 1967;62:626-33.
    """
    return [_any_of(p, len(ps)) for p in ps]


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: the smallest p times m, the next times m - 1, ...; never falling.

    Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.
    """
    return _stepped(ps, _holm)


def holm_sidak(ps: Sequence[float]) -> list[float]:
    """Holm's steps with Sidak's factor: 1 - (1 - p)**m for the smallest p, m - 1 for the next, ...; never falling."""
    return _stepped(ps, _holm_sidak)


def hochberg(ps: Sequence[float]) -> list[float]:
    """Holm's factors, stepping up from the largest p; never rising on the way down.

    Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance. Biometrika 1988;75:800-2.
    """
    return _stepped(ps, _holm, up=True)


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """The false discovery rate at which each p would still be called: step-up, from the largest p down.

    Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat Soc B 1995;57:289-300.
    """
    return _stepped(ps, _false_discovery, up=True)


def benjamini_yekutieli(ps: Sequence[float]) -> list[float]:
    """The same under any dependency: times 1 + 1/2 + ... + 1/m.

    Benjamini Y, Yekutieli D. The control of the false discovery rate under dependency. Ann Stat 2001;29:1165-88.
    """
    return _stepped(ps, _under_dependency, up=True)


def dunntest(ps: Sequence[float]) -> dict[str, list[float]]:
    """Each p with the eight adjustments that dunn.test offers, by its names for them, as it prints them: not monotone.

    Of equal p the one listed first counts as the smaller one for holm and hs, as the larger one for the step-up ones.
    """
    return {
        "none": list(ps),
        "bonferroni": bonferroni(ps),
        "sidak": sidak(ps),
        "holm": _stepped(ps, _holm, monotone=False),
        "hs": _stepped(ps, _holm_sidak, monotone=False),
        "hochberg": _stepped(ps, _holm, up=True, monotone=False),
        "bh": _stepped(ps, _false_discovery, up=True, monotone=False),
        "by": _stepped(ps, _under_dependency, up=True, monotone=False),
    }


# A factor gets p, how many p-values there are, and how many of them are as large or larger.
Factor = Callable[[float, int, int], float]


def _holm(p: float, _: int, left: int) -> float:
    return left * p


def _holm_sidak(p: float, _: int, left: int) -> float:
    return _any_of(p, left)


def _false_discovery(p: float, m: int, left: int) -> float:
    return m / (m - left + 1) * p


def _under_dependency(p: float, m: int, left: int) -> float:
    return sum(1 / i for i in range(1, m + 1)) * _false_discovery(p, m, left)


def _stepped(ps: Sequence[float], factor: Factor, *, up: bool = False, monotone: bool = True) -> list[float]:
    """From the smallest p on, never falling; or up, from the largest on, never rising."""
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=up)
    raised = [factor(ps[i], len(ps), step + 1 if up else len(ps) - step) for step, i in enumerate(order)]
    return _back_in_order(order, accumulate(raised, min if up else max) if monotone else raised)


def _any_of(p: float, m: int) -> float:
    """The chance of a p this small in any of m independent comparisons; small p keep their digits."""
    return -expm1(m * log1p(-p)) if p < 1 else 1.0


def _back_in_order(order, adjusted) -> list[float]:
    """Put adjusted values, listed in sorted order, back where their p-values stood."""
    placed = dict(zip(order, adjusted, strict=True))
    return [min(1.0, placed[i]) for i in range(len(order))]
