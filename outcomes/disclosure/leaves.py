"""The leaf tables of a freeze under a spec, before anything is hidden: one-way counts, with why there is no value.

Which tables there are, their axes and levels follow from the spec alone, never from the data: a table that is not there
would tell something. Nothing of them can be had by adding up others, but for who had died or was not yet due at a
timepoint: these stand in the row of every instrument and are the same patients in all of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes import wide
from outcomes.columns import Category, Column, Columns, number_text
from outcomes.freeze import Frozen, columns_of
from outcomes.picking import SEPARATOR
from registry.models import MissingReason

SUPPRESSED, COARSENED = LEVELS = ("suppressed", "coarsened")
COUNTS, COVARIATE = "counts", "covariate"
NOT_DUE, DEAD, MISSING = "not_due", "dead", "missing"
# No level of a covariate begins so: levels that the spec does not know, and no level.
OTHER, UNKNOWN = "|other", "|missing"
SHARED = (NOT_DUE, DEAD)  # the same patients in the row of every instrument
WITHOUT = (*SHARED, MISSING)
MOST_LEVELS = 400
BETWEEN = "\x1f"


class NotInSpec(ValueError):
    """The data hold what the spec has no cell for. Says where, never how often."""


@dataclass(frozen=True)
class Axis:
    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Leaf:
    """A leaf table whole. places: for each row of the freeze the cell it is counted in, row-major over the axes;
    patients: whose row it is."""

    id: str
    kind: str
    variable: str
    timepoint: str | None
    axes: tuple[Axis, ...]
    rung: int
    places: np.ndarray
    patients: pa.Array

    @cached_property
    def rows(self) -> list[tuple[int, ...]]:
        """The counts, one row for each level of the first axis, or the only one."""
        width = len(self.axes[-1].levels)
        size = width * (len(self.axes[0].levels) if len(self.axes) == 2 else 1)
        counts = np.bincount(self.places, minlength=size).reshape(-1, width)
        return [tuple(row) for row in counts.tolist()]

    @property
    def levels(self) -> tuple[str, ...]:
        """What the cells of a row are."""
        return self.axes[-1].levels

    @property
    def name(self) -> str:
        return self.variable if self.timepoint is None else f"{self.variable} at {self.timepoint}"

    def arm(self, row: int) -> str:
        """Which arm a row is of, in words; nothing where there are no arms."""
        return "" if len(self.axes) == 1 else f"{self.axes[0].name} {self.axes[0].levels[row].lstrip('|')}"

    def document(self, told: list[tuple | None]) -> dict:
        """The table as it leaves: its rows as they may be told, nothing where that is nothing."""
        cells = [count for row in told for count in (row or (None,) * len(self.levels))]
        hidden = sum(count is None for count in cells)
        frame = {"id": self.id, "kind": self.kind, "variable": self.variable}
        frame |= {} if self.timepoint is None else {"timepoint": self.timepoint}
        return frame | {
            "axes": [{"name": axis.name, "levels": list(axis.levels)} for axis in self.axes],
            "cells": cells,
            "status": "complete" if not hidden else "withheld" if hidden == len(cells) else "partly_hidden",
            "rung": self.rung,
        }


def leaf_tables(frozen: Frozen, spec, level: str, *, strict: bool = True) -> list[Leaf]:
    """Every leaf table of a spec (its `document` is read) over a freeze.

    NotInSpec where a value has no cell; where it is not strict, it is counted as missing.
    """
    document, columns = spec.document, columns_of(frozen)
    arm = arm_of(document, columns)
    about = {"patients": patients_of(frozen)}
    leaves = [] if arm is None else [covariate_leaf(arm[0].name, (arm[0],), arm[1], about)]
    for name, said in document["covariates"].items():
        if said["kind"] == "category" and said["levels"] is not None and name != document["arm"]:
            leaves.append(covariate_leaf(name, *crossed(arm, *covariate_codes(name, said["levels"], columns)), about))
    scales = scales_of(document, level)
    for code in (timepoint["code"] for timepoint in document["timepoints"]):
        fates = fates_at(frozen, columns, document["instruments"], code)
        for key, scale in scales.items():
            axis, codes = score_codes(key, scale, columns.score(key, code), fates, strict)
            leaves.append(score_leaf(key, code, *crossed(arm, axis, codes), about | {"rung": scale.rung}))
    return leaves


def patients_of(frozen: Frozen) -> pa.Array:
    """Whose each row is: site, study and study number."""
    parts = [frozen.procedures[f"|{name}"].cast(pa.string()) for name in ("site", "study", "study_number")]
    return pc.binary_join_element_wise(*parts, BETWEEN, null_handling="replace").combine_chunks()


def scales_of(document: Mapping, level: str) -> dict[str, "Scale"]:
    """The cells for each instrument that can be counted: its bands where the level is coarsened and it has some."""
    bands = document["coarsening"] if level == COARSENED else {}
    found = {key: levels_of(about, bands.get(key)) for key, about in document["instruments"].items()}
    return {key: scale for key, scale in found.items() if scale is not None}


def covariate_leaf(name: str, axes: tuple[Axis, ...], places: np.ndarray, about: Mapping) -> Leaf:
    where = {"id": SEPARATOR.join((COVARIATE, name)), "kind": COVARIATE, "variable": name, "timepoint": None}
    return Leaf(**where, **about, axes=axes, rung=0, places=places)


def score_leaf(key: str, code: str, axes: tuple[Axis, ...], places: np.ndarray, about: Mapping) -> Leaf:
    where = {"id": SEPARATOR.join((COUNTS, key, code)), "kind": COUNTS, "variable": key, "timepoint": code}
    return Leaf(**where, **about, axes=axes, places=places)


def arm_of(document: Mapping, columns: Columns) -> tuple[Axis, np.ndarray] | None:
    """The arms, with who is in which; none where the spec has none or does not list their levels."""
    about = document["covariates"].get(document["arm"]) if document["arm"] else None
    if about is None or about["levels"] is None:
        return None
    return covariate_codes(document["arm"], about["levels"], columns)


def crossed(arm: tuple[Axis, np.ndarray] | None, axis: Axis, codes: np.ndarray) -> tuple[tuple[Axis, ...], np.ndarray]:
    """The axes of a table by arm, and each row's cell in it."""
    if arm is None:
        return (axis,), codes
    return (arm[0], axis), arm[1] * len(axis.levels) + codes


def covariate_codes(name: str, levels: list[str], columns: Columns) -> tuple[Axis, np.ndarray]:
    """A covariate's levels in the spec, then those that the spec does not know, then none."""
    axis = Axis(name, (*levels, OTHER, UNKNOWN))
    found = columns.covariates.get(name, Column.empty(columns.rows))
    category: Category = found.as_category()
    place = {level: at for at, level in enumerate(levels)}
    recode = np.array([*(place.get(level, len(levels)) for level in category.levels), 0], dtype=np.int64)
    codes = recode[np.where(category.present, category.codes, len(category.levels))]
    return axis, np.where(category.present, codes, len(levels) + 1)


@dataclass(frozen=True)
class Scale:
    """The cells for an instrument's values: label, smallest and largest value of each."""

    labels: tuple[str, ...]
    lowest: tuple[Decimal, ...]
    highest: tuple[Decimal, ...]
    rung: int


def levels_of(about: Mapping, bands: list[Mapping] | None) -> Scale | None:
    """An instrument's levels, from its range and step, or its bands; None where it has no range or far too many."""
    if bands:
        ends = [tuple(Decimal(str(band[end])) for band in bands) for end in ("from", "to")]
        return Scale(tuple(str(band["label"]) for band in bands), *ends, 1)
    if None in (about["minimum"], about["maximum"], about["step"]):
        return None
    low, high, step = (Decimal(about[name]) for name in ("minimum", "maximum", "step"))
    if step <= 0 or (high - low) / step > MOST_LEVELS:
        return None
    values = tuple(low + step * each for each in range(int((high - low) / step) + 1))
    return Scale(tuple(number_text(*_scaled(value)) for value in values), values, values, 0)


def _scaled(value: Decimal) -> tuple[int, int]:
    decimals = max(0, -value.as_tuple().exponent)
    return int(value.scaleb(decimals)), decimals


def score_codes(key: str, scale: Scale, column: Column, fates: np.ndarray, strict: bool) -> tuple:
    """An instrument's cells at one timepoint: its values, then not due, dead and missing."""
    missing = len(scale.labels) + WITHOUT.index(MISSING)
    codes = np.full(len(column.present), missing, dtype=np.int64)
    for value in np.unique(column.values[column.present]).tolist():
        number = Decimal(value).scaleb(-column.decimals)
        ends = enumerate(zip(scale.lowest, scale.highest, strict=True))
        at = next((at for at, (low, high) in ends if low <= number <= high), None)
        if at is None and strict:
            raise NotInSpec(f"{key} has a value for which the spec has no level")
        codes[column.present & (column.values == value)] = missing if at is None else at
    axis = Axis(key, (*scale.labels, *WITHOUT))
    return axis, np.where(column.present, codes, len(scale.labels) + fates)


def fates_at(frozen: Frozen, columns: Columns, instruments: Mapping, code: str) -> np.ndarray:
    """Place in WITHOUT of who has no value: dead or not due is who any instrument says so of and none has a value of.

    So these are the same patients in the row of every instrument.
    """
    rows = columns.rows
    seen = np.zeros(rows, dtype=bool)
    for key in instruments:
        seen |= columns.score(key, code).present
    died, waits = (
        np.logical_or.reduce([np.zeros(rows, dtype=bool), *reasons_of(frozen, instruments, code, reason)]) & ~seen
        for reason in (MissingReason.DECEASED.value, MissingReason.NOT_DUE.value)
    )
    return np.select([died, waits], [WITHOUT.index(DEAD), WITHOUT.index(NOT_DUE)], WITHOUT.index(MISSING))


def reasons_of(frozen: Frozen, instruments: Mapping, code: str, reason: str) -> Iterator[np.ndarray]:
    """For each instrument, who has no value at the timepoint for this reason."""
    for key in instruments:
        name = SEPARATOR.join((key, code, "missing"))
        if name in frozen.scores.column_names:
            yield wide.who_says(frozen.scores[name], reason)
