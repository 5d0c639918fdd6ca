"""Do two groups differ? Mann-Whitney on a score at one timepoint, on its change between two, or on a covariate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.changes import change
from outcomes.analyses.describe import describe_group
from outcomes.analyses.evidence import effect
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column, Columns, ordered_levels
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.ranks import MannWhitney, mann_whitney
from outcomes.stats.tables import Margin, Tables
from outcomes.tabulate import margin, screen


@dataclass(frozen=True, kw_only=True)
class MannWhitneyScore:
    """An instrument at one timepoint, between the two levels of a covariate. The first group is the first level."""

    id: str
    instrument: str
    timepoint: str
    by: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        score = seek.score(seek.instrument(self.instrument), self.timepoint)
        return _tabulate(seek, score, seek.levels(self.by, field="by"), by=self.by, subset=self.subset)

    def compute(self, tables: Tables) -> dict:
        return _compare(tables, by=self.by, absent=f"no_value_at_{self.timepoint}")


@dataclass(frozen=True, kw_only=True)
class MannWhitneyChange:
    """post - pre of an instrument, between the two levels of a covariate, with a description of each group's changes.

    The first group is the first level.
    """

    id: str
    instrument: str
    pre: str
    post: str
    by: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument, groups = seek.instrument(self.instrument), seek.levels(self.by, field="by")
        pre = seek.score(instrument, self.pre, field="pre")
        post = seek.score(instrument, self.post, field="post")
        asked, reasons = seek.subset(self.subset)
        kept, left_out = screen(asked, [*reasons, (f"no_{self.by}", groups.present)])
        absent = [(f"no_value_at_{self.pre}", pre.present), (f"no_value_at_{self.post}", post.present)]
        _, without = screen(kept, absent)
        return Tables(
            parts={"values": margin(change(pre, post), groups, kept)}, left_out=all_left_out(left_out, without)
        )

    def compute(self, tables: Tables) -> dict:
        return _compare(tables, by=self.by) | {"describe": _cells(tables)}


@dataclass(frozen=True, kw_only=True)
class MannWhitneyPatientVar:
    """A numeric covariate between the two levels of another, with a description of each group."""

    id: str
    var: str
    by: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        values = seek.numbers(self.var, field="var")
        return _tabulate(seek, values, seek.levels(self.by, field="by"), by=self.by, subset=self.subset)

    def compute(self, tables: Tables) -> dict:
        return _compare(tables, by=self.by, absent=f"no_{self.var}") | {"describe": _cells(tables)}


def _tabulate(seek: Lookup, values: Column, groups: Category, *, by: str, subset: Mapping[str, object]) -> Tables:
    asked, reasons = seek.subset(subset)
    kept, left_out = screen(asked, [*reasons, (f"no_{by}", groups.present)])
    return Tables(parts={"values": margin(values, groups, kept)}, left_out=left_out)


def _cells(tables: Tables) -> dict:
    values = tables.parts["values"]
    return {group: describe_group(values, group) for group in ordered_levels(values.rows)}


def _compare(tables: Tables, *, by: str, absent: str = "") -> dict:
    """The test of the two groups; procedures without a value are counted as left out, and in missing by group.

    absent: the reason to name for them, where the tables do not name it already.
    """
    values = tables.parts["values"]
    groups = ordered_levels(values.rows)
    missing = {group: values.missing(group) for group in groups}
    without = sum(missing.values()) if absent else 0
    payload = {
        "test": "Mann-Whitney, corrected for ties",
        "groups": list(groups),
        "n": {group: sum(values.counts_of(group).values()) for group in groups},
        "missing": missing,
        "left_out": all_left_out(tables.left_out, {absent: without} if without else {}),
    }
    answer = _test(values, groups, by=by)
    if isinstance(answer, NotEstimable):
        return payload | answer.payload()
    return payload | answer.payload() | {"effect": effect("cliffs_delta", answer.cliffs_delta)}


def _test(values: Margin, groups: tuple[str, ...], *, by: str) -> MannWhitney | NotEstimable:
    if len(groups) != 2:
        return NotEstimable(f"needs 2 groups, and {by} has {len(groups)}: {', '.join(groups) or 'none'}")
    return mann_whitney(*(values.counts_of(group) for group in groups), decimals=values.decimals)
