"""Who is known to be dead when, and at which timepoints each procedure has a value. From columns; nothing guessed."""

import json
from collections.abc import Sequence

import numpy as np

from outcomes.columns import Category, Columns


def known_dead(columns: Columns, timepoint: str) -> np.ndarray:
    """Who was recorded as deceased at the timepoint or at an earlier one, for whatever instrument."""
    latest = columns.timepoints[timepoint]
    dead = np.zeros(columns.rows, dtype=bool)
    for (_, code), here in columns.deceased.items():
        if columns.timepoints[code] <= latest:
            dead |= here
    return dead


def fates(columns: Columns, instrument: str, timepoints: Sequence[str]) -> Category:
    """What became of each procedure: at which of the timepoints it has a value, and when it was first known dead.

    A level is the JSON of [timepoints with a value, order of the first timepoint dead at or null]; it means the same
    whatever timepoints another site has.
    """
    known, orders = _first_known_dead(columns)
    seen = np.zeros(columns.rows, dtype=np.int64)
    for place, code in enumerate(timepoints):
        seen |= columns.score(instrument, code).present.astype(np.int64) << place
    width = 1 << len(timepoints)
    distinct, codes = np.unique(known * width + seen, return_inverse=True)
    levels = tuple(_written(*divmod(each, width), timepoints, orders) for each in distinct.tolist())
    return Category(codes.astype(np.int32), levels, np.ones(columns.rows, dtype=bool))


def read_fate(level: str) -> tuple[frozenset[str], int | None]:
    """A level of `fates`: the timepoints with a value, and the order of the first timepoint dead at."""
    seen, death = json.loads(level)
    return frozenset(seen), death


def _written(death: int, seen: int, timepoints: Sequence[str], orders: Sequence[int | None]) -> str:
    with_value = [code for place, code in enumerate(timepoints) if seen >> place & 1]
    return json.dumps([with_value, orders[death]], ensure_ascii=False)


def _first_known_dead(columns: Columns) -> tuple[np.ndarray, list[int | None]]:
    """Each procedure's place in the list of orders; the list's first is None, for who is not known to be dead."""
    orders: list[int | None] = [None, *sorted({columns.timepoints[code] for _, code in columns.deceased})]
    known = np.zeros(columns.rows, dtype=np.int64)
    for (_, code), dead in columns.deceased.items():
        place = orders.index(columns.timepoints[code])
        known = np.where(dead & ((known == 0) | (known > place)), place, known)
    return known, orders
