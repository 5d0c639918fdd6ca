"""Which rows a cohort's rule keeps, as places among the procedures that were read; how columns follow them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from outcomes import wide
from outcomes.columns import Column
from outcomes.fetch import Scores


@dataclass(frozen=True, eq=False)
class Selection:
    """The rows of a freeze: `of`, the procedure of each, as its place among the `procedures` that were read.

    Where a procedure has several rows (a row is a fracture), what is told once of it stands in its first.
    """

    of: np.ndarray
    procedures: int

    @cached_property
    def is_all(self) -> bool:
        """Whether each procedure is one row, in its place."""
        return len(self.of) == self.procedures and bool(np.array_equal(self.of, np.arange(self.procedures)))

    @cached_property
    def first(self) -> np.ndarray:
        """Which rows are the first of their procedure."""
        found = np.zeros(len(self.of), dtype=bool)
        found[np.unique(self.of, return_index=True)[1]] = True
        return found

    @cached_property
    def row_of(self) -> np.ndarray:
        """The first row of each procedure, -1 of one that is not in."""
        found = np.full(self.procedures, -1, dtype=np.int32)
        found[self.of[self.first]] = np.flatnonzero(self.first)
        return found

    def columns(self, columns: Mapping) -> dict:
        """Columns of the procedures as columns of the rows."""
        return dict(columns) if self.is_all else {name: taken(each, self.of) for name, each in columns.items()}

    def once(self, columns: Mapping) -> dict:
        """As columns(), but each procedure's value stands in its first row alone."""
        whole = self.columns(columns)
        return whole if self.first.all() else {name: only(each, self.first) for name, each in whole.items()}

    def scores(self, part: Scores) -> Scores:
        """Scores by the place of a procedure as scores by the row."""
        if self.is_all:
            return part
        at = self.row_of[part.at]
        why = {reason: self.row_of[places] for reason, places in part.why.items()}
        return Scores(
            at=at[at >= 0],
            values=part.values[at >= 0],
            why={reason: rows[rows >= 0] for reason, rows in why.items() if (rows >= 0).any()},
        )

    def named(self, each: wide.Named) -> wide.Named:
        """A name for each procedure as a name for its first row."""
        return (
            each
            if self.is_all
            else wide.Named(np.where(self.first, each.codes[self.of], -1).astype(np.int8), each.names)
        )

    def kept(self, mask: np.ndarray) -> "Selection":
        """The rows where the mask is true."""
        return self if mask.all() else replace(self, of=self.of[mask])

    @classmethod
    def everything(cls, procedures: int) -> "Selection":
        return cls(np.arange(procedures), procedures)

    @classmethod
    def repeated(cls, times: Sequence[int]) -> "Selection":
        """Each procedure as many rows as it has fractures."""
        return cls(np.repeat(np.arange(len(times)), times), len(times))


def taken(column: Column | pa.Array, rows: np.ndarray) -> Column | pa.Array:
    return column.take(rows) if isinstance(column, Column) else column.take(pa.array(rows))


def only(column: Column | pa.Array, rows: np.ndarray) -> Column | pa.Array:
    """The column with values in these rows alone."""
    if isinstance(column, Column):
        return replace(column, present=column.present & rows)
    return column.take(pa.array(np.arange(len(column)), mask=~rows))


def somebody(column: Column | pa.Array) -> bool:
    """Whether anybody has a value."""
    return bool(column.present.any()) if isinstance(column, Column) else column.null_count < len(column)


def merged(typed: Column | pa.Array, charted: Column | pa.Array | None, own: np.ndarray) -> Column | pa.Array:
    """A study's typed values in the rows that are its `own`, what the chart says in the others; the study's alone where
    one is a number and the other is not."""
    if charted is None or own.all() or isinstance(typed, Column) != isinstance(charted, Column):
        return typed
    if not isinstance(typed, Column):
        chosen = np.where(own, np.arange(len(own)), np.arange(len(own)) + len(own))
        return pa.concat_arrays([typed, charted]).take(pa.array(chosen))
    decimals = max(typed.decimals, charted.decimals)
    one, other = (
        Column(each.values.astype(np.int64), each.present, each.decimals).rescaled(decimals)
        for each in (typed, charted)
    )
    return Column(np.where(own, one.values, other.values), np.where(own, one.present, other.present), decimals)
