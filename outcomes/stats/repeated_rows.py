"""Rows of repeated scores, and the design matrix of a model of them: what a table of counts cannot hold.

A model of each procedure's whole course needs the course itself, so these rows are not added to another site's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .estimable import NotEstimable


class NotAdded(ValueError):
    """Rows of procedures stay where they are; only tables are added."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """One entry per procedure. timepoints: the baseline first. scores: procedures x timepoints, NaN where missing.

    group: each procedure's index into levels, all 0 where there is no grouping (no levels). covariates: procedures x
    names. They have no JSON form and no sum.
    """

    timepoints: tuple[str, ...]
    scores: np.ndarray
    group: np.ndarray
    by: str = ""
    levels: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    covariates: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def __add__(self, other: "Rows") -> "Rows":
        raise NotAdded("rows of procedures are not added; this analysis cannot be pooled")

    def __radd__(self, other: object) -> "Rows":
        raise NotAdded("rows of procedures are not added; this analysis cannot be pooled")

    def with_any_value(self) -> "Rows":
        """The procedures with a value, in the order of their contents: no result depends on the order of the rows."""
        seen = ~np.isnan(self.scores).all(axis=1)
        keys = [*np.nan_to_num(self.scores, nan=-np.inf).T, *self.covariates.T, self.group]
        order = np.lexsort([np.asarray(key, dtype=float) for key in keys])
        order = order[seen[order]]
        return Rows(
            timepoints=self.timepoints,
            scores=self.scores[order],
            group=self.group[order],
            by=self.by,
            levels=self.levels,
            names=self.names,
            covariates=self.covariates[order],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """One entry per value: y, the columns x with their terms, and which procedure the value is of.

    within: whether a term varies within a procedure. contrasts: (timepoint, level or "") -> the weights of the terms
    whose sum is the change from the baseline. empty: the later timepoints at which nobody has a value.
    """

    y: np.ndarray
    x: np.ndarray
    procedure: np.ndarray
    terms: tuple[str, ...]
    within: tuple[bool, ...]
    contrasts: dict[tuple[str, str], np.ndarray]
    empty: tuple[str, ...]
    cell: np.ndarray
    cells: tuple[str, ...]

    @property
    def procedures(self) -> int:
        return len(np.unique(self.procedure))


def design(rows: Rows) -> Design | NotEstimable:
    """score ~ timepoint (+ by + timepoint:by) (+ covariates), each against the baseline and the first level."""
    rows = rows.with_any_value()
    many = np.count_nonzero(~np.isnan(rows.scores), axis=0)
    shown = [i for i, n in enumerate(many) if n]
    if reason := _refusal(rows, many, shown):
        return NotEstimable(reason)
    procedure, at = np.nonzero(~np.isnan(rows.scores))
    groups = sorted(set(rows.group.tolist()))
    time = [(rows.timepoints[i], True, at == i) for i in shown[1:]]
    group = [(_level(rows, g), False, rows.group[procedure] == g) for g in groups[1:]]
    columns = [("intercept", False, np.ones(len(at))), *time, *group]
    columns += [(f"{code}, {level}", True, then & there) for level, _, there in group for code, _, then in time]
    columns += [(name, False, rows.covariates[procedure, i]) for i, name in enumerate(rows.names)]
    terms, within, values = zip(*columns, strict=True)
    x = np.column_stack([column.astype(float) for column in values])
    if dependent := _dependent(x, terms):
        return NotEstimable(f"{dependent} follows from the terms before it")
    return Design(
        y=rows.scores[procedure, at],
        x=x,
        procedure=procedure,
        terms=terms,
        within=within,
        contrasts=_contrasts(rows, [code for code, _, _ in time], groups, len(terms)),
        empty=tuple(code for i, code in enumerate(rows.timepoints) if i not in shown),
        cell=at * max(len(rows.levels), 1) + rows.group[procedure],
        cells=tuple(_cell(rows, code, g) for code in rows.timepoints for g in range(max(len(rows.levels), 1))),
    )


def _refusal(rows: Rows, many: np.ndarray, shown: Sequence[int]) -> str | None:
    """Why there is no such model, or None."""
    if not many.sum():
        return "nobody has a value"
    if not many[0]:
        return f"nobody has a value at the baseline, {rows.timepoints[0]}"
    if len(shown) < 2:
        return f"needs values at 2 timepoints, and all are at {rows.timepoints[0]}"
    if rows.levels:
        groups = sorted(set(rows.group.tolist()))
        if len(groups) < 2:
            return f"needs 2 groups, and {rows.by} has 1: {rows.levels[groups[0]]}"
        for i in shown:
            for g in groups:
                if np.isnan(rows.scores[rows.group == g, i]).all():
                    return f"nobody with {rows.by} = {rows.levels[g]} has a value at {rows.timepoints[i]}"
    return None


def _contrasts(rows: Rows, codes: list[str], groups: list[int], width: int) -> dict:
    """The change from the baseline at each later timepoint, in each level where there are any."""
    found = {}
    for number, g in enumerate(groups):
        for i, code in enumerate(codes):
            weights = np.zeros(width)
            weights[1 + i] = 1
            if number:  # the terms of timepoint and level stand after the timepoints' and the levels' own
                weights[len(codes) + len(groups) + (number - 1) * len(codes) + i] = 1
            found[code, rows.levels[g] if rows.levels else ""] = weights
    return found


def _level(rows: Rows, g: int) -> str:
    return f"{rows.by} = {rows.levels[g]}"


def _cell(rows: Rows, code: str, g: int) -> str:
    return f"{code}, {_level(rows, g)}" if rows.levels else code


def _dependent(x: np.ndarray, names: Sequence[str]) -> str | None:
    """The first term that is a sum of multiples of the ones before it."""
    lengths = np.linalg.norm(x, axis=0)
    scaled = x / np.where(lengths, lengths, 1)
    if np.linalg.matrix_rank(scaled) == x.shape[1]:
        return None
    return next(name for i, name in enumerate(names) if np.linalg.matrix_rank(scaled[:, : i + 1]) <= i)
