"""How does a score, or the share beyond a cut, go over time in the population? Generalized estimating equations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

import numpy as np

from outcomes.analyses.changes import course
from outcomes.analyses.conditions import COMPARISONS, condition
from outcomes.analyses.course_model import Wanted, payload_of, rows_of
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column, Columns
from outcomes.stats.repeated import estimating_equations
from outcomes.stats.tables import Tables


@dataclass(frozen=True, kw_only=True)
class EstimatingEquations:
    """score ~ timepoint (+ by + timepoint:by), or with a cut (gt, ge, lt, le, eq) the log odds of lying beyond it.

    Standard errors are robust (sandwich by procedure). Without a correlation it is exchangeable. The change from the
    baseline is tested at each later timepoint, in each level of `by`, with Holm's adjustment over all.
    """

    RULES: ClassVar = {
        "not": {"anyOf": [{"required": [a, b]} for a in COMPARISONS for b in COMPARISONS if a < b]},
    }
    poolable: ClassVar[bool] = False

    id: str
    instrument: str
    gt: object = None
    ge: object = None
    lt: object = None
    le: object = None
    eq: object = None
    baseline: str | None = None
    timepoints: Sequence[str] = ()
    by: str | None = None
    correlation: str = "exchangeable"
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        taken = course(seek, self.instrument, self.baseline, self.timepoints)
        scores = [self._answers(seek, taken.columns.score(self.instrument, code), code) for code in taken.timepoints]
        return rows_of(seek, taken, scores, Wanted(by=self.by, covariates=(), subset=self.subset))

    def compute(self, tables: Tables) -> dict:
        cut, terms = self._cut(), ["timepoint", *([self.by, f"timepoint:{self.by}"] if self.by else [])]
        outcome = f"logit(score {cut[0]} {cut[1]})" if cut else "score"
        test = f"Wald test in {'logistic' if cut else 'linear'} estimating equations, robust standard error"
        about = {"test": test, "formula": f"{outcome} ~ {' + '.join(terms)}", "working_correlation": self.correlation}
        fit = partial(estimating_equations, logistic=bool(cut), exchangeable=self.correlation == "exchangeable")
        return about | payload_of(tables, fit, test=test, effect="odds_ratio" if cut else "mean_difference")

    def _cut(self) -> tuple[str, object] | None:
        return next(((name, getattr(self, name)) for name in COMPARISONS if getattr(self, name) is not None), None)

    def _answers(self, seek: Lookup, score: Column, code: str) -> Column:
        """The score as it stands, or 1 where it lies beyond the cut and 0 where not."""
        cut = self._cut()
        if cut is None:
            return score
        holds, _ = condition({"instrument": self.instrument, "timepoint": code, cut[0]: cut[1]}, seek)
        return Column(holds.astype(np.int64), score.present, 0)
