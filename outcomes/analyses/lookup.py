"""What an analysis asks of the columns, by name. An unknown name is a PlanError that lists the known ones."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcomes.columns import Category, Column, Columns, NotNumeric, level_text
from outcomes.plans.errors import PlanError
from outcomes.tabulate import everyone_as_one_group


@dataclass(frozen=True)
class Lookup:
    """The columns of one cohort, as the analysis with this id asks for them."""

    analysis: str
    columns: Columns

    def instrument(self, name: str, *, field: str = "instrument") -> str:
        return self._known(name, self.columns.known_instruments(), field=field, what="instrument")

    def score(self, instrument: str, timepoint: str, *, field: str = "timepoint") -> Column:
        """The instrument's values at one timepoint."""
        self._known(timepoint, self.columns.timepoints, field=field, what="timepoint")
        return self.columns.score(instrument, timepoint)

    def over(self, instrument: str, wanted: Sequence[str]) -> Columns:
        """The columns in which the instrument has exactly the timepoints wanted; as they are where none is named.

        A timepoint that is named is shown even where nobody has a value at it.
        """
        self.instrument(instrument)
        for code in wanted:
            self._known(code, self.columns.timepoints, field="timepoints", what="timepoint")
        if not wanted:
            return self.columns
        return replace(
            self.columns, scores={(instrument, code): self.columns.score(instrument, code) for code in wanted}
        )

    def levels(self, name: str, *, field: str) -> Category:
        """A covariate as levels; numbers are written shortest."""
        return self._covariate(name, field=field).as_category()

    def numbers(self, name: str, *, field: str) -> Column:
        """A covariate as numbers."""
        try:
            return self._covariate(name, field=field).as_column()
        except NotNumeric as why:
            raise PlanError(analysis=self.analysis, field=field, value=name, rule=f"is not numeric: {why}") from why

    def survival(self, name: str | None, *, field: str = "survival") -> str:
        """A time to an event; the cohort's only one where none is named."""
        known = self.columns.survival
        if name is None and len(known) != 1:
            rule = f"is needed, as the cohort has {len(known) or 'no'} times to an event: {', '.join(known) or 'none'}"
            raise PlanError(analysis=self.analysis, field=field, value=name, rule=rule)
        return next(iter(known)) if name is None else self._known(name, known, field=field, what="time to an event")

    def groups(self, by: str | None) -> Category:
        """The levels of `by`; everyone as one group where there is no `by`."""
        return everyone_as_one_group(self.columns.rows) if by is None else self.levels(by, field="by")

    def subset(self, wanted: Mapping[str, object]) -> tuple[np.ndarray, list[tuple[str, np.ndarray]]]:
        """Who may belong to the subset, and for each covariate who is known well enough to say.

        A procedure whose covariate is missing is asked for unless another covariate already excludes it, so that it
        is counted as left out and not silently forgotten.
        """
        may, reasons = np.ones(self.columns.rows, dtype=bool), []
        for name, level in wanted.items():
            category = self.levels(name, field="subset")
            text = level_text(level)
            code = category.levels.index(text) if text in category.levels else -1
            may &= ~category.present | (category.codes == code)
            reasons.append((f"no_{name}", category.present))
        return may, reasons

    def _covariate(self, name: str, *, field: str) -> Column | Category:
        self._known(name, self.columns.covariates, field=field, what="covariate")
        return self.columns.covariates[name]

    def _known(self, name: str, names: Iterable[str], *, field: str, what: str) -> str:
        if name not in names:
            rule = f"is not a known {what}; known: {', '.join(names) or 'none'}"
            raise PlanError(analysis=self.analysis, field=field, value=name, rule=rule)
        return name
