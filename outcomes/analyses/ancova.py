"""The difference between groups after treatment, adjusted for the value before it and for covariates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column, Columns, level_text, ordered_levels
from outcomes.patterns import pairs
from outcomes.plans.errors import PlanError
from outcomes.stats.ancova import Ancova, Moments, ancova
from outcomes.stats.estimable import Interval, NotEstimable
from outcomes.stats.robust import hc3
from outcomes.stats.slopes import parallel_slopes
from outcomes.stats.tables import Tables
from outcomes.tabulate import moments, screen


@dataclass(frozen=True, kw_only=True)
class AncovaByGroup:
    """post ~ (group is group_level) + pre + covariates, over the procedures that have all of them.

    The comparison is the procedures with group_ref, or with any other level where there is no group_ref. Beside the
    difference stand HC3, which does not ask for equal spread, and the test that both groups share one slope.
    """

    id: str
    instrument: str
    pre: str
    post: str
    group: str
    group_level: object
    group_ref: object = None
    covariates: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument, levels = seek.instrument(self.instrument), seek.levels(self.group, field="group")
        variables = {
            "post": seek.score(instrument, self.post, field="post"),
            "pre": seek.score(instrument, self.pre, field="pre"),
            "group": _is_level(levels, level_text(self.group_level)),
        }
        variables |= {self._name(each): seek.numbers(each, field="covariates") for each in self.covariates}
        names = (f"no_value_at_{self.post}", f"no_value_at_{self.pre}", f"no_{self.group}")
        names += tuple(f"no_{each}" for each in self.covariates)
        asked, reasons = seek.subset(self.subset)
        present = [column.present for column in variables.values()]
        kept, left_out = screen(asked, [*reasons, *self._others(levels), *zip(names, present, strict=True)])
        of_level = variables["group"].values == 1
        parts = {
            "level": moments(variables, levels, kept & of_level),
            "comparison": moments(variables, levels, kept & ~of_level),
            "pairs": pairs(variables, kept),
        }
        return Tables(parts=parts, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        parts = tables.parts
        sums = parts["level"] + parts["comparison"]
        payload = {
            "test": "analysis of covariance, t test of the adjusted difference",
            "formula": self._formula(),
            "compared": {"1": level_text(self.group_level), "0": self._comparison()},
            "n": sums.n,
            "groups": {level: sums.group_counts[level] for level in ordered_levels(sums.group_counts)},
            "left_out": dict(tables.left_out),
        }
        answer = self._fit(sums)
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        beside = {"slopes": _slopes(tables), "hc3": _robust(answer, sums, tables)}
        return payload | answer.payload() | {"effect": _adjusted_difference(answer)} | beside

    def _others(self, levels: Category) -> list[tuple[str, np.ndarray]]:
        """Who is of neither group, where the comparison is one level; an unknown level is told by its own reason."""
        if self.group_ref is None:
            return []
        level, reference = level_text(self.group_level), level_text(self.group_ref)
        if level == reference:
            rule = "is also group_level; the two must differ"
            raise PlanError(analysis=self.id, field="group_ref", value=self.group_ref, rule=rule)
        either = (_is_level(levels, level).values == 1) | (_is_level(levels, reference).values == 1)
        return [(f"other_{self.group}", ~levels.present | either)]

    def _fit(self, sums: Moments) -> Ancova | NotEstimable:
        wanted = [level_text(each) for each in (self.group_level, self.group_ref) if each is not None]
        levels = ordered_levels(sums.group_counts)
        absent = next((each for each in wanted if each not in levels), None)
        if sums.n and absent is not None:
            return NotEstimable(f"nobody with all values has {self.group} = {absent}; seen: {', '.join(levels)}")
        return ancova(sums)

    def _comparison(self) -> str:
        return "all other levels" if self.group_ref is None else level_text(self.group_ref)

    def _formula(self) -> str:
        return " + ".join([f"y ~ I({self.group}=={level_text(self.group_level)})", "base", *self.covariates])

    @staticmethod
    def _name(covariate: str) -> str:
        # A covariate may itself be called "pre" or "group"; names in the sums must differ.
        return f"covariate {covariate}"


def _is_level(levels: Category, level: str) -> Column:
    """1 where the procedure has the level, 0 where it has another."""
    code = levels.levels.index(level) if level in levels.levels else -1
    return Column((levels.codes == code).astype(np.int64), levels.present, 0)


def _slopes(tables: Tables) -> dict:
    """Whether one slope will do; keyed "1" and "0" as the adjusted means are."""
    level, comparison = tables.parts["level"], tables.parts["comparison"]
    told = {"test": "F test of group x pre", "n": level.n + comparison.n}
    answer = parallel_slopes({"0": comparison, "1": level})
    if isinstance(answer, NotEstimable):
        return told | answer.payload()
    return told | answer.payload() | {"effect": effect("difference_of_slopes", answer.difference)}


def _robust(classical: Ancova, sums: Moments, tables: Tables) -> dict:
    told = {"test": "t test of the adjusted difference, HC3 standard error", "n": sums.n}
    answer = hc3(sums, tables.parts["pairs"])
    if isinstance(answer, NotEstimable):
        return told | answer.payload()
    limits = {"estimate": classical.diff, "low": answer.lcl, "high": answer.ucl}
    interval = Interval(**limits, method="t interval, HC3 standard error")
    return told | answer.payload() | {"effect": effect("adjusted_difference", interval)}


def _adjusted_difference(answer: Ancova) -> dict:
    interval = Interval(estimate=answer.diff, low=answer.lcl, high=answer.ucl, method="t interval")
    return effect("adjusted_difference", interval)
