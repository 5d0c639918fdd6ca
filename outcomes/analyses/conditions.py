"""Conditions on a score, compared exactly: thresholds are fractions, scores are scaled integers, nothing is rounded."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor

import numpy as np

from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column

Reasons = list[tuple[str, np.ndarray]]
NO_YES = ("0", "1")

# A whole number v is > t when it is > floor(t), and >= t when it is >= ceil(t), so the comparison stays in integers.
COMPARISONS: dict[str, Callable[[np.ndarray, Fraction], np.ndarray]] = {
    "gt": lambda values, t: values > floor(t),
    "ge": lambda values, t: values >= ceil(t),
    "lt": lambda values, t: values < ceil(t),
    "le": lambda values, t: values <= floor(t),
    "eq": lambda values, t: values == t.numerator if t.denominator == 1 else np.zeros(len(values), dtype=bool),
}


def answers(col: Mapping[str, object], seek: Lookup) -> tuple[Category, Reasons]:
    """A condition as the levels of NO_YES, and `condition`'s reasons to be left out."""
    holds, reasons = condition(col, seek)
    return Category(holds.astype(np.int32), NO_YES, np.ones(len(holds), dtype=bool)), reasons


def condition(col: Mapping[str, object], seek: Lookup) -> tuple[np.ndarray, Reasons]:
    """For each procedure whether the condition holds, and for each reason to be left out who is not affected by it.

    col: {instrument, timepoint, gt | ge | lt | le | eq} or {instrument, pre, post, change_gt | change_ge | change_lt |
    change_le | relative_reduction_ge}. A change is post - pre; a relative reduction is (pre - post) / pre, which has no
    meaning where pre is 0 or below.
    """
    instrument = seek.instrument(col["instrument"], field="col.instrument")
    if "timepoint" in col:
        score = seek.score(instrument, col["timepoint"], field="col.timepoint")
        (name,) = COMPARISONS.keys() & col.keys()
        return _compared(score, name, col[name]), [(f"no_value_at_{col['timepoint']}", score.present)]
    pre = seek.score(instrument, col["pre"], field="col.pre")
    post = seek.score(instrument, col["post"], field="col.post")
    decimals = max(pre.decimals, post.decimals)
    pre, post = pre.rescaled(decimals), post.rescaled(decimals)
    reasons = [(f"no_value_at_{col['pre']}", pre.present), (f"no_value_at_{col['post']}", post.present)]
    if "relative_reduction_ge" in col:
        reasons += [("baseline_zero", pre.values != 0), ("baseline_below_zero", pre.values >= 0)]
        return _reduced(pre, post, _fraction(col["relative_reduction_ge"])), reasons
    name = next(key for key in col if key.startswith("change_"))
    change = Column(post.values - pre.values, pre.present & post.present, decimals)
    return _compared(change, name.removeprefix("change_"), col[name]), reasons


def _compared(column: Column, name: str, threshold: object) -> np.ndarray:
    return COMPARISONS[name](column.narrow, _fraction(threshold) * 10**column.decimals)


def _reduced(pre: Column, post: Column, share: Fraction) -> np.ndarray:
    """(pre - post) / pre >= share, that is post <= pre (1 - share), with one exact limit for each distinct pre."""
    distinct, where = np.unique(pre.values, return_inverse=True)
    limits = np.array([floor(value * (1 - share)) for value in distinct.tolist()], dtype=np.int64)
    return post.values <= limits[where]


def _fraction(threshold: object) -> Fraction:
    """The decimal as it is written: 0.35 is 35/100, not the nearest binary number."""
    return Fraction(str(threshold))
