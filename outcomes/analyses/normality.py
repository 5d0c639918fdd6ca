"""Are a column's values normally distributed? Reported only: no test is chosen by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column, Columns
from outcomes.stats.normality import normality
from outcomes.stats.tables import Tables
from outcomes.tabulate import UNGROUPED, everyone_as_one_group, margin, screen

TESTS = {
    "shapiro_wilk": ("Shapiro-Wilk", "W"),
    "lilliefors": ("Kolmogorov-Smirnov with Lilliefors' correction", "D"),
    "ks_naive": ("Kolmogorov-Smirnov as if mean and sd were known, which makes p too large", "D"),
}


@dataclass(frozen=True, kw_only=True)
class Normality:
    """An instrument at one timepoint, or a numeric covariate: Shapiro-Wilk, and Kolmogorov-Smirnov in two versions."""

    RULES: ClassVar = {
        "oneOf": [{"required": ["instrument", "timepoint"]}, {"required": ["var"]}],
        "dependentRequired": {"instrument": ["timepoint"], "timepoint": ["instrument"]},
    }

    id: str
    instrument: str | None = None
    timepoint: str | None = None
    var: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        values = self._values(seek)
        kept, left_out = screen(*seek.subset(self.subset))
        absent = f"no_{self.var}" if self.var else f"no_value_at_{self.timepoint}"
        known, without = screen(kept, [(absent, values.present)])
        everyone = everyone_as_one_group(columns.rows)
        return Tables(parts={"values": margin(values, everyone, known)}, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        counts = tables.parts["values"].counts_of(UNGROUPED)
        found = normality(counts)
        parts = {name: _with_effect(found[name], *TESTS[name]) for name in TESTS}
        payload = {"n": sum(counts.values()), "left_out": dict(tables.left_out)} | found | parts
        if any("p" in part for part in parts.values()):
            return payload
        return payload | {"not_estimable": found["shapiro_wilk"]["not_estimable"]}

    def _values(self, seek: Lookup) -> Column:
        if self.var:
            return seek.numbers(self.var, field="var")
        return seek.score(seek.instrument(self.instrument), self.timepoint)


def _with_effect(part: Mapping, test: str, statistic: str) -> dict:
    """The statistic is itself the distance from normality; nobody has an interval for it."""
    if "p" not in part:
        return dict(part) | {"test": test}
    limits = {"estimate": part[statistic], "low": None, "high": None, "level": 0.95}
    return dict(part) | {"test": test, "effect": {"name": statistic, **limits, "method": "no interval is known"}}
