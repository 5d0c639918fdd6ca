"""Columns -> joint counts of several variables. Vectorised like the other tables."""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from outcomes.columns import Column
from outcomes.stats.pairs import Pairs
from outcomes.tabulate import patterns

_ONE_NUMBER = 1 << 62  # up to this many possible patterns, each is coded as one 64-bit number


def pairs(variables: Mapping[str, Column], kept: np.ndarray) -> Pairs:
    """How often each pattern of the variables' scaled integers occurs among the procedures kept (who have them all)."""
    counted = patterns(tuple(variables.values()), kept)
    if counted is not None:
        found = _rows(np.column_stack(counted[0]), counted[1])
    else:
        found = _counted([column.values[kept] for column in variables.values()]) if kept.any() else ()
    return Pairs(
        names=tuple(variables), decimals=tuple(column.decimals for column in variables.values()), patterns=found
    )


def _counted(values: Sequence[np.ndarray]) -> tuple[tuple[int, ...], ...]:
    lows = [int(each.min()) for each in values]
    spans = [int(each.max()) - low + 1 for each, low in zip(values, lows, strict=True)]
    if prod(spans) < _ONE_NUMBER:
        distinct, many = _by_one_number(values, lows, spans)
    else:
        distinct, many = np.unique(np.column_stack(values), axis=0, return_counts=True)
    return _rows(distinct, many)


def _rows(distinct: np.ndarray, many: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """A pattern in each row, and how often it occurs, as whole numbers."""
    return tuple(map(tuple, np.column_stack([distinct, many]).tolist()))


def _by_one_number(values: Sequence[np.ndarray], lows: list[int], spans: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Patterns as the digits of one number, the first variable foremost: far quicker to sort than rows."""
    codes = np.zeros(len(values[0]), dtype=np.int64)
    for each, low, span in zip(values, lows, spans, strict=True):
        codes = codes * span + (each - low)
    codes, many = np.unique(codes, return_counts=True)
    digits = []
    for low, span in zip(reversed(lows), reversed(spans), strict=True):
        codes, digit = np.divmod(codes, span)
        digits.append(digit + low)
    return np.column_stack(digits[::-1]), many
