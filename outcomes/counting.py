"""How often small whole numbers occur, alone and together: narrow codes, one count over a dense range. Pure, exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

MOST_CELLS = 1 << 16  # of a dense table: up to here a cell's number fits in two bytes
_MANY = 1 << 17  # rows from which it pays to count two at a time


@dataclass(frozen=True, eq=False)
class Codes:
    """Each row's number: 0 to span - 1 (uint8 or uint16), `span` itself where there is none.

    totals: how often each occurs, the missing last. A code c stands for the whole number low + step * c.
    """

    codes: np.ndarray
    span: int
    totals: np.ndarray
    low: int = 0
    step: int = 1

    @classmethod
    def of_levels(cls, codes: np.ndarray, present: np.ndarray, levels: int) -> "Codes | None":
        """Codes that are indexes of levels already."""
        if levels >= MOST_CELLS:
            return None
        kind = np.uint8 if levels < 256 else np.uint16
        narrow = np.full(len(codes), levels, dtype=kind)
        np.copyto(narrow, codes, where=present, casting="unsafe")
        return cls(narrow, levels, tally(narrow, levels + 1))

    @cached_property
    def values(self) -> np.ndarray:
        """The whole number that each code stands for."""
        return self.low + self.step * np.arange(self.span)


def coded(numbers: np.ndarray, present: np.ndarray) -> Codes | None:
    """Codes of the present numbers; None where they lie too far apart for a dense count."""
    numbers = fewer_bytes(numbers)
    if numbers is None:
        return None
    bits = numbers.dtype.itemsize * 8
    there = np.negative(present.astype(f"u{bits // 8}"))  # all bits, or none
    ordered = numbers.view(there.dtype) ^ there.dtype.type(1 << (bits - 1))  # unsigned, in the same order
    low, high = int((ordered | ~there).min(initial=(1 << bits) - 1)), int((ordered & there).max(initial=0))
    if low > high:
        return Codes(np.zeros(len(numbers), dtype=np.uint8), 0, np.array([len(numbers)]))
    if high - low + 1 >= MOST_CELLS:
        return None
    return _by_steps(ordered - there.dtype.type(low), there, high - low, low - (1 << (bits - 1)))


def fewer_bytes(numbers: np.ndarray) -> np.ndarray | None:
    """The numbers as int8 or int16; None where they do not fit."""
    if numbers.dtype in (np.int8, np.int16):
        return numbers
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    kind = next(
        (kind for kind in (np.int8, np.int16) if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), None
    )
    return None if kind is None else numbers.astype(kind)


def _by_steps(offsets: np.ndarray, there: np.ndarray, reach: int, low: int) -> Codes:
    """Codes of offsets 0 to reach, divided by the step that they all keep."""
    codes = _only(offsets, there, missing=reach + 1)
    totals = tally(codes, reach + 2)
    step = int(np.gcd.reduce(np.flatnonzero(totals[:-1]))) or 1
    if step > 1:
        codes = _only(offsets // offsets.dtype.type(step), there, missing=reach // step + 1)
        totals = np.append(totals[:-1:step], totals[-1])
    return Codes(codes, reach // step + 1, totals, low, step)


def _only(offsets: np.ndarray, there: np.ndarray, *, missing: int) -> np.ndarray:
    """The offsets where they are there, and the number for missing elsewhere, in as few bytes as hold both."""
    kind = np.uint8 if missing < 256 else np.uint16
    if kind is np.uint16 and offsets.dtype == np.uint8:
        offsets, there = offsets.astype(kind), np.negative((there & 1).astype(kind))
    return (offsets & there | ~there & offsets.dtype.type(missing)).astype(kind, copy=False)


def tally(codes: np.ndarray, size: int) -> np.ndarray:
    """How often each of 0 to size - 1 occurs.

    Many numbers of one byte are counted as half as many pairs: a pair's two halves are then told apart in the totals.
    """
    if codes.dtype != np.uint8 or len(codes) < _MANY:
        return np.bincount(codes, minlength=size)
    even = len(codes) & ~1
    pairs = np.bincount(np.ascontiguousarray(codes[:even]).view(np.uint16), minlength=1 << 16).reshape(256, 256)
    totals = pairs.sum(axis=0) + pairs.sum(axis=1)
    totals[codes[even:]] += 1
    return totals[:size]


def together(parts: Sequence[Codes | None], kept: np.ndarray | None = None) -> np.ndarray | None:
    """How often the codes occur together: one axis each, whose last place is the missing. None if there are too many.

    Rows that are not kept are counted where all are missing.
    """
    if None in parts:
        return None
    shape = [part.span + 1 for part in parts]
    size = prod(shape)
    if size > MOST_CELLS:
        return None
    cell = _numbered([part.codes for part in parts], shape, np.uint8 if size <= 256 else np.uint16)
    if kept is not None:
        stays = np.negative(kept.astype(cell.dtype))
        cell = cell & stays | ~stays & cell.dtype.type(size - 1)
    return tally(cell, size).reshape(shape)


def _numbered(codes: Sequence[np.ndarray], shape: Sequence[int], kind: type) -> np.ndarray:
    """The number of each row's cell, the last axis running fastest."""
    cell = codes[0].astype(kind, copy=len(codes) > 1)
    for each, width in zip(codes[1:], shape[1:], strict=True):
        cell *= kind(width % (1 << 8 * cell.itemsize))
        cell += each.astype(kind, copy=False)
    return cell
