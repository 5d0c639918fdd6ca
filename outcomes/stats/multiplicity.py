"""Adjusting a family of p-values, as R's `p.adjust` does: monotone, never above 1, in the order given."""

from collections.abc import Sequence
from itertools import accumulate


def bonferroni(ps: Sequence[float]) -> list[float]:
    """Each p times the number of p-values."""
    return [min(1.0, len(ps) * p) for p in ps]


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment: the smallest p times m, the next times m - 1, ...; never falling.

    Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65-70.
    """
    order = sorted(range(len(ps)), key=ps.__getitem__)
    raised = [(len(ps) - step) * ps[i] for step, i in enumerate(order)]
    return _back_in_order(order, accumulate(raised, max))


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """The false discovery rate at which each p would still be called: step-up, from the largest p down.

    Benjamini Y, Hochberg Y. Controlling the false discovery rate. J R Stat Soc B 1995;57:289-300.
    """
    order = sorted(range(len(ps)), key=ps.__getitem__, reverse=True)
    raised = [len(ps) / (len(ps) - step) * ps[i] for step, i in enumerate(order)]
    return _back_in_order(order, accumulate(raised, min))


def _back_in_order(order, adjusted) -> list[float]:
    """Put adjusted values, listed in sorted order, back where their p-values stood."""
    placed = dict(zip(order, adjusted, strict=True))
    return [min(1.0, placed[i]) for i in range(len(order))]
