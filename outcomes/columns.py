"""A freeze's rows as columns: one entry per procedure, in the freeze's canonical order.

Numbers are integers scaled by 10**decimals, so 10.75 with two decimals is 1075 and no float ever stands for a score.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

import numpy as np

from outcomes.counting import Codes, coded

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?|[+-]?\.[0-9]+")


class NotNumeric(ValueError):
    """A covariate with a level that is not a number was asked for as numbers."""


def number_text(scaled: int, decimals: int) -> str:
    """The shortest text of scaled / 10**decimals: 10 with one decimal is "1", 1075 with two is "10.75"."""
    digits = str(abs(scaled)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return ("-" if scaled < 0 else "") + whole + ("." + fraction if fraction else "")


def level_text(level: object) -> str:
    """A level as it is written everywhere: numbers shortest (1.0, "1.0" and 1 are "1"), other text as it stands."""
    text = str(level).strip()
    return number_text(*_scaled(text)) if _NUMBER.fullmatch(text) else text


def ordered_levels(levels: Iterable[str]) -> tuple[str, ...]:
    """Each level once: in numeric order when all are numbers, otherwise in text order."""
    distinct = sorted(set(levels))
    if all(_NUMBER.fullmatch(level) for level in distinct):
        return tuple(sorted(distinct, key=Decimal))
    return tuple(distinct)


def _scaled(text: str) -> tuple[int, int]:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), len(fraction)


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers: `values` (int64, scaled by 10**decimals), `present` (bool). Only present values mean anything."""

    values: np.ndarray
    present: np.ndarray
    decimals: int

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Column":
        """Read decimal texts; None and "" are missing. Raises NotNumeric on anything else."""
        cells = [text if text is None else text.strip() for text in texts]
        wrong = sum(bool(cell) and not _NUMBER.fullmatch(cell) for cell in cells)
        if wrong:  # what was typed is of a patient, and the message may be read by who sees none
            raise NotNumeric(f"{wrong} of its values {'is no number' if wrong == 1 else 'are no numbers'}")
        pairs = [_scaled(cell) if cell else None for cell in cells]
        decimals = max((pair[1] for pair in pairs if pair), default=0)
        values = [pair[0] * 10 ** (decimals - pair[1]) if pair else 0 for pair in pairs]
        present = np.array([pair is not None for pair in pairs], dtype=bool)
        return cls(np.array(values, dtype=np.int64), present, decimals)

    @classmethod
    def empty(cls, rows: int) -> "Column":
        """A column in which nobody has a value."""
        return cls(np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=bool), 0)

    @property
    def narrow(self) -> np.ndarray:
        """The values in as few bytes as they are stored in: the same numbers, but sums of them may not fit."""
        return self.values

    def take(self, mask: np.ndarray) -> "Column":
        return Column(self.values[mask], self.present[mask], self.decimals)

    def rescaled(self, decimals: int) -> "Column":
        """The same numbers with at least as many decimals as now."""
        if decimals == self.decimals:
            return self
        return Column(self.values * 10 ** (decimals - self.decimals), self.present, decimals)

    def as_column(self) -> "Column":
        return self

    @cached_property
    def coded(self) -> Codes | None:
        """The values as narrow codes to be counted; None where they lie too far apart."""
        return coded(self.narrow, self.present)

    @cached_property
    def counted(self) -> dict:
        """How often the values occur together with those of other columns, as far as it has been asked."""
        return {}

    def as_category(self) -> "Category":
        """Each distinct number as a level, written shortest."""
        return self._category

    @cached_property
    def _category(self) -> "Category":
        distinct, codes = np.unique(self.values[self.present], return_inverse=True)
        levels = tuple(number_text(int(value), self.decimals) for value in distinct)
        spread = np.zeros(len(self.values), dtype=np.int32)
        spread[self.present] = codes
        return Category(spread, levels, self.present)


@dataclass(frozen=True, eq=False)
class Category:
    """Levels: `codes` (int32, index into `levels`), `present` (bool). Where not present, the code means nothing."""

    codes: np.ndarray
    levels: tuple[str, ...]
    present: np.ndarray

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Category":
        """Read level texts; None and "" are missing; numbers are written shortest."""
        cells = [level_text(text) if text is not None and text.strip() else None for text in texts]
        levels = ordered_levels(cell for cell in cells if cell is not None)
        code = {level: index for index, level in enumerate(levels)}
        codes = np.array([code.get(cell, 0) for cell in cells], dtype=np.int32)
        return cls(codes, levels, np.array([cell is not None for cell in cells], dtype=bool))

    def take(self, mask: np.ndarray) -> "Category":
        return Category(self.codes[mask], self.levels, self.present[mask])

    def as_category(self) -> "Category":
        """The same levels written shortest, so that 1.0 and 1 are one level."""
        texts = [level_text(level) for level in self.levels]
        if tuple(texts) == self.levels:
            return self
        levels = ordered_levels(texts)
        recode = np.array([levels.index(text) for text in texts], dtype=np.int32)
        return Category(recode[self._safe_codes()], levels, self.present)

    def as_column(self) -> Column:
        """The levels as numbers. Raises NotNumeric, naming a level that is none."""
        if not self.levels:
            return Column.empty(len(self.present))
        numbers = Column.of(self.levels)
        return Column(numbers.values[self._safe_codes()], self.present, numbers.decimals)

    @cached_property
    def coded(self) -> Codes | None:
        """The levels' codes in as few bytes as hold them, to be counted; None where there are too many."""
        return Codes.of_levels(self.codes, self.present, len(self.levels))

    @cached_property
    def counted(self) -> dict:
        """How often the values occur together with those of other columns, as far as it has been asked."""
        return {}

    def _safe_codes(self) -> np.ndarray:
        return np.where(self.present, self.codes, 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """One entry per procedure.

    timepoints: code -> order, in the schedule's order. scores: (instrument, timepoint) -> Column, a key for each
    timepoint at which the cohort has any value or any coded reason for a missing one. instruments: what the cohort's
    studies ask for, whether or not anyone has a value yet. survival: name -> (time, event). deceased: (instrument,
    timepoint) -> who has no value there for the coded reason that they had died; only where anyone has. units: name of
    a time to an event -> the units its times are kept in, one as a rule.
    """

    rows: int
    sites: Category
    timepoints: Mapping[str, int]
    scores: Mapping[tuple[str, str], Column]
    covariates: Mapping[str, Column | Category]
    survival: Mapping[str, tuple[Column, Column]] = field(default_factory=dict)
    instruments: tuple[str, ...] = ()
    deceased: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def known_instruments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.instruments, *(instrument for instrument, _ in self.scores))))

    def timepoints_of(self, instrument: str) -> dict[str, int]:
        """The timepoints at which the instrument has any value or coded reason, in the schedule's order."""
        shown = {code: order for code, order in self.timepoints.items() if (instrument, code) in self.scores}
        return dict(sorted(shown.items(), key=lambda item: (item[1], item[0])))

    def score(self, instrument: str, timepoint: str) -> Column:
        """The instrument's values at one timepoint; a column of missing where the cohort has none."""
        return self.scores.get((instrument, timepoint)) or Column.empty(self.rows)

    def take(self, mask: np.ndarray) -> "Columns":
        """The procedures where mask is true, in the same order."""
        return replace(
            self,
            rows=int(np.count_nonzero(mask)),
            sites=self.sites.take(mask),
            scores={key: column.take(mask) for key, column in self.scores.items()},
            covariates={name: covariate.take(mask) for name, covariate in self.covariates.items()},
            survival={name: (time.take(mask), event.take(mask)) for name, (time, event) in self.survival.items()},
            deceased={key: dead[mask] for key, dead in self.deceased.items()},
        )
