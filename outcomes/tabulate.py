"""Columns -> integer tables. Vectorised: no loop over rows, only over timepoints, groups and distinct values."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from outcomes.columns import Category, Column, Columns
from outcomes.counting import together
from outcomes.stats.ancova import Moments
from outcomes.stats.paired import RankSums
from outcomes.stats.tables import Crosstab, Differences, Margin, Margins, Ranks

UNGROUPED = ""  # the one group of a table that is not by group
_BLOCK = 1 << 16  # rows compared at once: what is compared stays near the processor
_SMALL_SPAN = 1 << 16  # up to this many cells a dense count is cheaper than sorting the values


def screen(start: np.ndarray, reasons: Sequence[tuple[str, np.ndarray]]) -> tuple[np.ndarray, dict[str, int]]:
    """Who stays, and how many are left out for which reason.

    `start` says who is asked for; each reason comes with who is *not* affected by it. A procedure is counted once,
    under the first reason that applies, so that n and the reasons add up to the procedures asked for. The answer may
    be one of the arrays that were given: it is read, never written.
    """
    kept, n, left_out = start, int(np.count_nonzero(start)), {}
    for reason, unaffected in reasons:
        fewer = unaffected if n == len(kept) else kept & unaffected
        lost = n - int(np.count_nonzero(fewer))
        if lost:
            kept, n, left_out[reason] = fewer, n - lost, left_out.get(reason, 0) + lost
    return kept, left_out


@lru_cache(maxsize=2)
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
    totals = _together((groups,), kept)
    if totals is None:
        totals = np.bincount(groups.codes[kept], minlength=len(groups.levels))
    return _nonzero(groups.levels, totals)


def differences(pre: Column, post: Column, kept: np.ndarray) -> Differences:
    """How often each post - pre occurs among the procedures kept (who all have both values)."""
    pre, post = _same_decimals({"pre": pre, "post": post}).values()
    pairs = _together((pre, post), kept)
    if pairs is not None:
        changes = np.subtract.outer(post.coded.values, pre.coded.values).T
        return Differences(decimals=pre.decimals, counts=_summed(changes.ravel(), pairs.ravel()))
    change = Column(post.values - pre.values, kept, pre.decimals)
    counts = _counts_by_group(change, everyone_as_one_group(len(kept)), kept)
    return Differences(decimals=change.decimals, counts=counts.get(UNGROUPED, {}))


def crosstab(rows: Category, cols: Category, kept: np.ndarray, shown: tuple[frozenset, frozenset]) -> Crosstab:
    """How often each pair of levels occurs among the procedures kept (who have both). shown: the levels to show."""
    totals = _together((rows, cols), kept)
    if totals is None:
        width = len(cols.levels)
        cells = rows.codes[kept].astype(np.int64) * width + cols.codes[kept]
        totals = np.bincount(cells, minlength=len(rows.levels) * width).reshape(len(rows.levels), width)
    counts = {row: _nonzero(cols.levels, line) for row, line in zip(rows.levels, totals, strict=True)}
    return Crosstab(rows=shown[0], cols=shown[1], counts={row: line for row, line in counts.items() if line})


def ranks(columns: Columns, instrument: str, kept: np.ndarray) -> Ranks:
    """Rank sums within each procedure that has a value at every timepoint shown.

    Twice the midrank of a value is 2 (smaller ones) + (equal ones, itself included) + 1, so ranks are whole numbers and
    come from comparing each pair of timepoints. A block of t equal values has t (t - 1) / 2 pairs and t (t - 1) (t - 2)
    / 6 triples, so t^3 - t is 6 (pairs + triples), and tie_sum comes from pairs and triples of equal values.
    """
    timepoints = columns.timepoints_of(instrument)
    scores = _same_decimals({code: columns.score(instrument, code) for code in timepoints})
    complete = kept if scores else np.zeros_like(kept)
    for column in scores.values():
        complete = complete & column.present
    n = int(np.count_nonzero(complete))
    doubled, ties = np.full(len(scores), 2 * n), 0
    for start in range(0, len(kept), _BLOCK):
        block = slice(start, start + _BLOCK)
        # Who is not complete is 0 everywhere: always equal, never smaller, and taken off again.
        values = [column.narrow[block] * complete[block] for column in scores.values()]
        more, tied = _compared(values, incomplete=int(np.count_nonzero(~complete[block])))
        doubled, ties = doubled + more, ties + tied
    sums = RankSums(labels=tuple(timepoints), n=n, doubled_rank_sums=tuple(doubled.tolist()), tie_sum=6 * ties)
    return Ranks(timepoints=timepoints, sums=sums)


def _compared(values: list[np.ndarray], *, incomplete: int) -> tuple[np.ndarray, int]:
    """For each timepoint 2 (smaller ones) + (equal ones, itself not included); pairs and triples of equal values."""
    rows, more, ties = len(values[0]) if values else 0, np.zeros(len(values), dtype=np.int64), 0
    same = {(i, j): values[i] == values[j] for i, j in combinations(range(len(values)), 2)}
    for (i, j), equal in same.items():
        n_equal = int(np.count_nonzero(equal)) - incomplete
        n_smaller = int(np.count_nonzero(values[i] < values[j]))
        more[j] += 2 * n_smaller + n_equal
        more[i] += 2 * (rows - incomplete - n_smaller - n_equal) + n_equal
        ties += n_equal
    for i, j, m in combinations(range(len(values)), 3):
        ties += int(np.count_nonzero(same[i, j] & same[j, m])) - incomplete
    return more, ties


def moments(variables: Mapping[str, Column], levels: Category, kept: np.ndarray) -> Moments:
    """Sums and cross products of the variables' scaled integers among the procedures kept (who have them all)."""
    counted = patterns(tuple(variables.values()), kept)
    sums, products = _moments_of_rows(variables, kept) if counted is None else _moments_of_patterns(*counted)
    return Moments(
        names=tuple(variables),
        decimals=tuple(column.decimals for column in variables.values()),
        n=int(np.count_nonzero(kept)),
        sums=sums,
        products=products,
        group_counts=rows_by_level(levels, kept),
    )


def _moments_of_rows(variables: Mapping[str, Column], kept: np.ndarray) -> tuple[tuple, tuple]:
    values = [column.values[kept] for column in variables.values()]
    ones = np.ones(int(np.count_nonzero(kept)), dtype=np.int64)
    products = tuple(tuple(_exact_dot(each, other) for other in values) for each in values)
    return tuple(_exact_dot(each, ones) for each in values), products


def _moments_of_patterns(values: list[np.ndarray], many: np.ndarray) -> tuple[tuple, tuple]:
    """The same from how often the values occur together."""
    products = tuple(tuple(_exact_dot(each * many, other) for other in values) for each in values)
    return tuple(_exact_dot(each, many) for each in values), products


def patterns(variables: Sequence[Column], kept: np.ndarray) -> tuple[list[np.ndarray], np.ndarray] | None:
    """Which scaled integers occur together among the procedures kept (who have them all), ascending, and how often.

    An array for each variable. None where there could be too many patterns for a dense count.
    """
    counts = _together(tuple(variables), kept)
    if counts is None:
        return None
    cells = np.nonzero(counts)
    return [column.coded.values[at] for column, at in zip(variables, cells, strict=True)], counts[cells]


def _same_decimals(columns: Mapping[str, Column]) -> dict[str, Column]:
    decimals = max((column.decimals for column in columns.values()), default=0)
    return {name: column.rescaled(decimals) for name, column in columns.items()}


def _counts_by_group(column: Column, groups: Category, kept: np.ndarray) -> dict[str, dict[int, int]]:
    """group -> value -> how many, among the procedures kept that have a value."""
    cells = _together((groups, column), kept)
    distinct = None if cells is None else column.coded.values
    if cells is None:
        distinct, cells = _cells_of_rows(column, groups, kept & column.present)
    counts = {level: _nonzero(distinct, line) for level, line in zip(groups.levels, cells, strict=True)}
    return {level: line for level, line in counts.items() if line}


def _together(parts: tuple[Column | Category, ...], kept: np.ndarray) -> np.ndarray | None:
    """How often the values of the parts occur together among the procedures kept; None where they have too many.

    Where nobody else has all parts, the counts of all procedures serve, and stay for the next analysis that asks.
    """
    if not _is_all_there_is(parts, kept):
        counts = together([part.coded for part in parts], kept)
    else:
        asked = [part for part in parts if not _is_everyone(part)]
        counts = asked[0].coded.totals if len(asked) == 1 and asked[0].coded else _counted(asked or parts)
    if counts is None:
        return None
    return counts[(slice(-1),) * counts.ndim].reshape([part.coded.span for part in parts])


def _is_all_there_is(parts: tuple[Column | Category, ...], kept: np.ndarray) -> bool:
    """Whether whoever has all parts is kept."""
    if any(kept is part.present for part in parts) or kept.all():
        return True
    return np.array_equal(kept, np.logical_and.reduce([part.present for part in parts]))


def _is_everyone(part: Column | Category) -> bool:
    """Whether it is the one group in which everyone is."""
    return isinstance(part, Category) and part.levels == (UNGROUPED,) and not part.coded.totals[-1]


def _counted(parts: Sequence[Column | Category]) -> np.ndarray | None:
    *others, last = parts
    key = tuple(map(id, others))
    if key not in last.counted:
        # The others are kept beside the counts: nothing else can then have their ids.
        last.counted[key] = together([part.coded for part in parts]), others
    return last.counted[key][0]


def _summed(numbers: np.ndarray, many: np.ndarray) -> dict[int, int]:
    """number -> how many in all, ascending, without those that are 0."""
    found = np.flatnonzero(many)
    distinct, where = np.unique(numbers[found], return_inverse=True)
    totals = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(totals, where, many[found])
    return dict(zip(distinct.tolist(), totals.tolist(), strict=True))


def _cells_of_rows(column: Column, groups: Category, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values of these rows, and how often each occurs in each group, a line a group."""
    values, codes = column.values[who], groups.codes[who].astype(np.int64)
    if not len(values):
        return values, np.zeros((len(groups.levels), 0), dtype=np.int64)
    distinct, positions = _positions(values, len(groups.levels))
    cells = np.bincount(codes * len(distinct) + positions, minlength=len(groups.levels) * len(distinct))
    return distinct, cells.reshape(len(groups.levels), len(distinct))


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
