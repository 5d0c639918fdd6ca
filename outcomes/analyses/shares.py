"""How many of how many, with exact intervals: the levels of a covariate, or a condition on a score."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.conditions import NO_YES, answers
from outcomes.analyses.describe_patient import NOBODY
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column, Columns, ordered_levels
from outcomes.stats.shares import share
from outcomes.stats.tables import Tables
from outcomes.tabulate import UNGROUPED, crosstab, everyone_as_one_group, margin, rows_by_level, screen


@dataclass(frozen=True, kw_only=True)
class SharePatientVar:
    """Each level of a covariate as a share of those whose level is known, with Wilson's and the exact interval.

    Whoever has no level of `by` counts among all, and is named in left_out of the groups.
    """

    id: str
    var: str
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        values, groups = seek.levels(self.var, field="var"), seek.groups(self.by)
        everyone = everyone_as_one_group(columns.rows)
        kept, left_out = screen(*seek.subset(self.subset))
        grouped = kept & groups.present
        shown = frozenset(rows_by_level(values, kept & values.present))
        parts = {
            "all": crosstab(everyone, values, kept & values.present, (frozenset(), shown)),
            "by": crosstab(groups, values, grouped & values.present, (frozenset(), shown)),
            "all_asked": margin(Column.empty(columns.rows), everyone, kept),
            "by_asked": margin(Column.empty(columns.rows), groups, grouped),
        }
        _, without = screen(kept, [(f"no_{self.var}", values.present), (f"no_{self.by}", groups.present)])
        return Tables(parts=parts, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        counted, asked = tables.parts["all"].counts, tables.parts["all_asked"].rows
        levels = ordered_levels(tables.parts["all"].cols)
        everyone = _levels(counted.get(UNGROUPED, {}), levels, asked.get(UNGROUPED, 0))
        payload = {"all": everyone, "levels": list(levels), "left_out": dict(tables.left_out)}
        payload |= {} if everyone["n"] else {"not_estimable": NOBODY}
        if self.by is None:
            return payload
        asked, counted = tables.parts["by_asked"].rows, tables.parts["by"].counts
        groups = ordered_levels(asked)
        cells = {group: _levels(counted.get(group, {}), levels, asked[group]) for group in groups}
        return payload | {"groups": list(groups), "by": cells}


def _levels(counts: Mapping[str, int], levels: tuple[str, ...], asked: int) -> dict:
    n = sum(counts.values())
    return {"levels": {level: share(counts.get(level, 0), n) for level in levels}, "n": n, "missing": asked - n}


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """Of how many a condition on a score holds, with Wilson's and the exact interval.

    Whoever has no level of `by` counts among all, and is named in left_out of the groups.
    """

    id: str
    col: Mapping[str, object]
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        groups = seek.groups(self.by)
        cols, reasons = answers(self.col, seek)
        asked, unknown = seek.subset(self.subset)
        known, left_out = screen(asked, [*unknown, *reasons])
        grouped, without = screen(known, [(f"no_{self.by}", groups.present)])
        shown = (frozenset(rows_by_level(groups, asked & groups.present)), frozenset(NO_YES))
        parts = {
            "all": crosstab(everyone_as_one_group(columns.rows), cols, known, (frozenset(), frozenset(NO_YES))),
            "by": crosstab(groups, cols, grouped, shown),
        }
        return Tables(parts=parts, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        everyone = _holds(tables.parts["all"].counts.get(UNGROUPED, {}))
        payload = {"all": everyone, "left_out": dict(tables.left_out)}
        payload |= {} if everyone["n"] else {"not_estimable": NOBODY}
        if self.by is None:
            return payload
        by = tables.parts["by"]
        groups = ordered_levels(by.rows)
        return payload | {"groups": list(groups), "by": {group: _holds(by.counts.get(group, {})) for group in groups}}


def _holds(counts: Mapping[str, int]) -> dict:
    return share(counts.get("1", 0), sum(counts.values()))
