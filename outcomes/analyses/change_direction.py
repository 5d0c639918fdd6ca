"""Which way did it go? Decreased, stable, increased, or never any: shares with their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

import numpy as np

from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column, Columns, ordered_levels
from outcomes.stats.shares import share
from outcomes.stats.tables import Tables
from outcomes.tabulate import UNGROUPED, crosstab, everyone_as_one_group, rows_by_level, screen

DIRECTIONS = ("decreased", "stable", "increased", "never")
NOBODY = "nobody has both values"


@dataclass(frozen=True, kw_only=True)
class ChangeDirection:
    """post against pre. With relative: 0.25, decreased is at most 75 % of pre, increased at least 125 % of it.

    That is the rule for daily morphine milligram equivalents: from 0 to any is increased, from any to 0 decreased, and
    0 both times is never, which stands apart from stable. Without `relative` any change counts. A share of a first
    value below 0 has no meaning; who has one is then left out. Whoever has no level of `by` counts among all.
    """

    id: str
    instrument: str
    pre: str
    post: str
    relative: object = None
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument, groups = seek.instrument(self.instrument), seek.groups(self.by)
        pre = seek.score(instrument, self.pre, field="pre")
        post = seek.score(instrument, self.post, field="post")
        absent = [(f"no_value_at_{self.pre}", pre.present), (f"no_value_at_{self.post}", post.present)]
        if self.relative is not None:
            absent.append(("baseline_below_zero", pre.values >= 0))
        asked, unknown = seek.subset(self.subset)
        kept, left_out = screen(asked, [*unknown, *absent])
        grouped, without = screen(kept, [(f"no_{self.by}", groups.present)])
        directions, shown = self._directions(pre, post), frozenset(DIRECTIONS)
        seen = frozenset(rows_by_level(groups, asked & groups.present))
        parts = {
            "all": crosstab(everyone_as_one_group(columns.rows), directions, kept, (frozenset(), shown)),
            "by": crosstab(groups, directions, grouped, (seen, shown)),
        }
        return Tables(parts=parts, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        everyone = _shares(tables.parts["all"].counts.get(UNGROUPED, {}))
        payload = {"rule": self._rule(), "all": everyone, "left_out": dict(tables.left_out)}
        payload |= {} if everyone["n"] else {"not_estimable": NOBODY}
        if self.by is None:
            return payload
        by = tables.parts["by"]
        groups = ordered_levels(by.rows)
        return payload | {"groups": list(groups), "by": {group: _shares(by.counts.get(group, {})) for group in groups}}

    def _directions(self, pre: Column, post: Column) -> Category:
        decimals = max(pre.decimals, post.decimals)
        before, after = pre.rescaled(decimals).values, post.rescaled(decimals).values
        low, high = self._limits(before)
        codes = np.select([(before == 0) & (after == 0), after <= low, after >= high], [3, 0, 2], default=1)
        return Category(codes.astype(np.int32), DIRECTIONS, pre.present & post.present)

    def _limits(self, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The largest whole number that is a decrease and the smallest that is an increase, for each first value."""
        if self.relative is None:
            return before - 1, before + 1
        part = Fraction(str(self.relative))
        distinct, where = np.unique(before, return_inverse=True)
        low = np.array([floor(value * (1 - part)) for value in distinct.tolist()], dtype=np.int64)
        high = np.array([ceil(value * (1 + part)) for value in distinct.tolist()], dtype=np.int64)
        return low[where], high[where]

    def _rule(self) -> str:
        span = f"{self.instrument} from {self.pre} to {self.post}"
        if self.relative is None:
            return f"{span}: any change counts; never: 0 both times"
        percent = float(100 * Fraction(str(self.relative)))
        return f"{span}: by at least {percent:g} % either way; from 0 to any: increased; never: 0 both times"


def _shares(counts: Mapping[str, int]) -> dict:
    n = sum(counts.values())
    return {direction: share(counts.get(direction, 0), n) for direction in DIRECTIONS} | {"n": n}
