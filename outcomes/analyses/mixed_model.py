"""How does a score go over time, with the values of those who left too? A linear mixed model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from outcomes.analyses.changes import course
from outcomes.analyses.course_model import Wanted, payload_of, rows_of
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns
from outcomes.stats.repeated import mixed_model
from outcomes.stats.tables import Tables


@dataclass(frozen=True, kw_only=True)
class MixedModel:
    """score ~ timepoint (+ by + timepoint:by) (+ covariates), with a random intercept per procedure, by REML.

    Every procedure with any value takes part. Missing values are taken to be missing at random given the others. The
    change from the baseline is tested at each later timepoint, in each level of `by`, with Holm's adjustment over all.
    """

    poolable: ClassVar[bool] = False

    id: str
    instrument: str
    baseline: str | None = None
    timepoints: Sequence[str] = ()
    by: str | None = None
    covariates: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        taken = course(seek, self.instrument, self.baseline, self.timepoints)
        scores = [taken.columns.score(self.instrument, code) for code in taken.timepoints]
        return rows_of(seek, taken, scores, Wanted(by=self.by, covariates=self.covariates, subset=self.subset))

    def compute(self, tables: Tables) -> dict:
        terms = ["timepoint", *([self.by, f"timepoint:{self.by}"] if self.by else []), *self.covariates]
        test = "t test in a linear mixed model with a random intercept, REML"
        about = {"test": test, "formula": f"score ~ {' + '.join(terms)} + (1 | procedure)"}
        return about | payload_of(tables, mixed_model, test=test, effect="mean_difference")
