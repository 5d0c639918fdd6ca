"""The difference between groups after treatment, adjusted for the value before it and for covariates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column, Columns, level_text, ordered_levels
from outcomes.stats.ancova import Ancova, ancova
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.tables import Moments, Tables
from outcomes.tabulate import moments, screen


@dataclass(frozen=True, kw_only=True)
class AncovaByGroup:
    """post ~ (group is group_level) + pre + covariates, over the procedures that have all of them.

    Procedures of every other level of the group are the comparison.
    """

    id: str
    instrument: str
    pre: str
    post: str
    group: str
    group_level: object
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
        kept, left_out = screen(asked, [*reasons, *zip(names, present, strict=True)])
        return Tables(parts={"moments": moments(variables, levels, kept)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        sums = tables.parts["moments"]
        payload = {
            "test": "analysis of covariance, t test of the adjusted difference",
            "formula": self._formula(),
            "n": sums.n,
            "groups": {level: sums.group_counts[level] for level in ordered_levels(sums.group_counts)},
            "left_out": dict(tables.left_out),
        }
        answer = self._fit(sums)
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        return payload | answer.payload() | {"effect": _effect(answer)}

    def _fit(self, sums: Moments) -> Ancova | NotEstimable:
        level, levels = level_text(self.group_level), ordered_levels(sums.group_counts)
        if sums.n and level not in levels:
            return NotEstimable(f"nobody with all values has {self.group} = {level}; seen: {', '.join(levels)}")
        return ancova(sums)

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


def _effect(answer: Ancova) -> dict:
    limits = {"estimate": answer.diff, "low": answer.lcl, "high": answer.ucl, "level": 0.95}
    return {"name": "adjusted_difference", **limits, "method": "t interval"}
