"""Columns -> integer tables. Vectorised: no loop over rows, only over timepoints, groups and distinct values."""

from collections.abc import Mapping, Sequence

import numpy as np

from outcomes.columns import Category, Column, Columns
from outcomes.stats.ancova import Moments
from outcomes.stats.paired import RankSums
from outcomes.stats.tables import Crosstab, Differences, Margin, Margins, Ranks

UNGROUPED = ""  # the one group of a table that is not by group
_SMALL_SPAN = 1 << 16  # up to this many cells a dense count is cheaper than sorting the values


def screen(start: np.ndarray, reasons: Sequence[tuple[str, np.ndarray]]) -> tuple[np.ndarray, dict[str, int]]:
    """Who stays, and how many are left out for which reason.

    `start` says who is asked for; each reason comes with who is *not* affected by it. A procedure is counted once,
    under the first reason that applies, so that n and the reasons add up to the procedures asked for.
    """
    kept, left_out = start, {}
    for reason, unaffected in reasons:
        lost = int(np.count_nonzero(kept & ~unaffected))
        kept = kept & unaffected
        if lost:
            left_out[reason] = left_out.get(reason, 0) + lost
    return kept, left_out


def everyone_as_one_group(rows: int) -> Category:
    """All procedures in the one group of an ungrouped table."""
    return Category(np.zeros(rows, dtype=np.int32), (UNGROUPED,), np.ones(rows, dtype=bool))


def margin(column: Column, groups: Category, kept: np.ndarray) -> Margin:
    """How often each value occurs in each group, among the procedures kept (who all have a group)."""
    rows = rows_by_level(groups, kept)
    return Margin(decimals=column.decimals, rows=rows, counts=_counts_by_group(column, groups, kept))


def margins(columns: Columns, instrument: str, groups: Category, kept: np.ndarray) -> Margins:
    """The instrument's margin at each timepoint at which the cohort has any value or coded reason."""
    timepoints = columns.timepoints_of(instrument)
    scores = _same_decimals({code: columns.score(instrument, code) for code in timepoints})
    counts = {code: _counts_by_group(column, groups, kept) for code, column in scores.items()}
    return Margins(
        timepoints=timepoints,
        decimals=max((column.decimals for column in scores.values()), default=0),
        rows=rows_by_level(groups, kept),
        counts={code: by_group for code, by_group in counts.items() if by_group},
    )


def rows_by_level(groups: Category, kept: np.ndarray) -> dict[str, int]:
    """Procedures of each level among those kept; levels without any are not listed."""
    totals = np.bincount(groups.codes[kept], minlength=len(groups.levels))
    return {level: int(n) for level, n in zip(groups.levels, totals, strict=True) if n}


def differences(pre: Column, post: Column, kept: np.ndarray) -> Differences:
    """How often each post - pre occurs among the procedures kept (who all have both values)."""
    pre, post = _same_decimals({"pre": pre, "post": post}).values()
    change = Column(post.values - pre.values, kept, pre.decimals)
    counts = _counts_by_group(change, everyone_as_one_group(len(kept)), kept)
    return Differences(decimals=change.decimals, counts=counts.get(UNGROUPED, {}))


def crosstab(rows: Category, cols: Category, kept: np.ndarray, shown: tuple[frozenset, frozenset]) -> Crosstab:
    """How often each pair of levels occurs among the procedures kept (who have both). shown: the levels to show."""
    width = len(cols.levels)
    cells = rows.codes[kept].astype(np.int64) * width + cols.codes[kept]
    totals = np.bincount(cells, minlength=len(rows.levels) * width).reshape(len(rows.levels), width)
    counts = {row: _nonzero(cols.levels, line) for row, line in zip(rows.levels, totals, strict=True)}
    return Crosstab(rows=shown[0], cols=shown[1], counts={row: line for row, line in counts.items() if line})


def ranks(columns: Columns, instrument: str, kept: np.ndarray) -> Ranks:
    """Rank sums within each procedure that has a value at every timepoint shown.

    Twice the midrank of a value is 2 (smaller ones) + (equal ones, itself included) + 1, so ranks are whole numbers and
    come from comparing each pair of timepoints. tie_sum adds t^3 - t over each procedure's blocks of t equal values.
    """
    timepoints = columns.timepoints_of(instrument)
    scores = _same_decimals({code: columns.score(instrument, code) for code in timepoints})
    complete = kept.copy() if scores else np.zeros_like(kept)
    for column in scores.values():
        complete &= column.present
    values = [column.values[complete] for column in scores.values()]
    n = int(np.count_nonzero(complete))
    doubled, tie_sum = [2 * n] * len(values), 0
    for i, own in enumerate(values):
        equal = np.ones(n, dtype=np.int64)
        for other in values[:i] + values[i + 1 :]:
            same = own == other
            equal += same
            doubled[i] += 2 * int(np.count_nonzero(other < own)) + int(np.count_nonzero(same))
        tie_sum += int((equal * equal - 1).sum())  # a block of t gives t (t^2 - 1) = t^3 - t
    sums = RankSums(labels=tuple(timepoints), n=n, doubled_rank_sums=tuple(doubled), tie_sum=tie_sum)
    return Ranks(timepoints=timepoints, sums=sums)


def moments(variables: Mapping[str, Column], levels: Category, kept: np.ndarray) -> Moments:
    """Sums and cross products of the variables' scaled integers among the procedures kept (who have them all)."""
    values = [column.values[kept] for column in variables.values()]
    ones = np.ones(int(np.count_nonzero(kept)), dtype=np.int64)
    return Moments(
        names=tuple(variables),
        decimals=tuple(column.decimals for column in variables.values()),
        n=len(ones),
        sums=tuple(_exact_dot(each, ones) for each in values),
        products=tuple(tuple(_exact_dot(each, other) for other in values) for each in values),
        group_counts=rows_by_level(levels, kept),
    )


def _same_decimals(columns: Mapping[str, Column]) -> dict[str, Column]:
    decimals = max((column.decimals for column in columns.values()), default=0)
    return {name: column.rescaled(decimals) for name, column in columns.items()}


def _counts_by_group(column: Column, groups: Category, kept: np.ndarray) -> dict[str, dict[int, int]]:
    """group -> value -> how many, among the procedures kept that have a value."""
    who = kept & column.present
    values, codes = column.values[who], groups.codes[who].astype(np.int64)
    if not len(values):
        return {}
    distinct, positions = _positions(values, len(groups.levels))
    cells = np.bincount(codes * len(distinct) + positions, minlength=len(groups.levels) * len(distinct))
    lines = zip(groups.levels, cells.reshape(len(groups.levels), len(distinct)), strict=True)
    counts = {level: _nonzero(distinct, line) for level, line in lines}
    return {level: line for level, line in counts.items() if line}


def _positions(values: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Values to count over, and where in them each value stands: all whole numbers of a small range, else sorted."""
    low, high = int(values.min()), int(values.max())
    if (high - low + 1) * groups <= _SMALL_SPAN:
        return np.arange(low, high + 1), values - low
    return np.unique(values, return_inverse=True)


def _nonzero(names: Sequence, totals: np.ndarray) -> dict:
    found = np.flatnonzero(totals)
    if isinstance(names, np.ndarray):
        return dict(zip(names[found].tolist(), totals[found].tolist(), strict=True))
    return {names[index]: int(totals[index]) for index in found}


def _exact_dot(a: np.ndarray, b: np.ndarray) -> int:
    """Sum of a*b without overflow: halves of a are multiplied apart while a whole product could leave 64 bits."""
    if _largest(a) * _largest(b) * max(len(a), 1) < 1 << 63:
        return int(np.dot(a, b))
    if _largest(a) < _largest(b):
        a, b = b, a
    half = _largest(a).bit_length() // 2
    return (_exact_dot(a >> half, b) << half) + _exact_dot(a & ((1 << half) - 1), b)


def _largest(values: np.ndarray) -> int:
    return max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0
