"""Who got better by enough? The share of responders, and what the missing and the dead could make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import ClassVar

import numpy as np

from outcomes.analyses.changes import change
from outcomes.analyses.fates import known_dead
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column, Columns, ordered_levels
from outcomes.stats.responders import responders
from outcomes.stats.shares import share
from outcomes.stats.tables import Margin, Tables
from outcomes.tabulate import UNGROUPED, everyone_as_one_group, margin, screen

NOBODY = "nobody has both values"


@dataclass(frozen=True, kw_only=True)
class Responders:
    """The procedures that improved by at least so many points, or by at least such a share of their first value.

    missing are those without one of the two values, dead ones among them. In the worst case none of them responded; in
    the best case all did but the dead. A share of a first value of 0 or below has no meaning; who has one is left out.
    """

    KEYS: ClassVar = {
        "relative_improvement_ge": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    }
    RULES: ClassVar = {"oneOf": [{"required": ["improvement_ge"]}, {"required": ["relative_improvement_ge"]}]}

    id: str
    instrument: str
    pre: str
    post: str
    better: str
    improvement_ge: object = None
    relative_improvement_ge: object = None
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument, groups = seek.instrument(self.instrument), seek.groups(self.by)
        pre = seek.score(instrument, self.pre, field="pre")
        post = seek.score(instrument, self.post, field="post")
        asked, unknown = seek.subset(self.subset)
        kept, left_out = screen(asked, [*unknown, *self._meaningless(pre)])
        absent = [(f"no_value_at_{self.pre}", pre.present), (f"no_value_at_{self.post}", post.present)]
        grouped = kept & groups.present
        _, without = screen(kept, [*absent, (f"no_{self.by}", groups.present)])
        gained = self._gained(pre, post)
        dead = Column(np.zeros(columns.rows, dtype=np.int64), known_dead(columns, self.post) & ~gained.present, 0)
        everyone = everyone_as_one_group(columns.rows)
        parts = {
            "all": margin(gained, everyone, kept),
            "all_dead": margin(dead, everyone, kept),
            "by": margin(gained, groups, grouped),
            "by_dead": margin(dead, groups, grouped),
        }
        return Tables(parts=parts, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        parts = tables.parts
        everyone = self._cell(parts["all"], parts["all_dead"], UNGROUPED)
        payload = {"rule": self._rule(), "all": everyone, "left_out": dict(tables.left_out)}
        payload |= {} if everyone["n"] else {"not_estimable": NOBODY}
        if self.by is None:
            return payload
        groups = ordered_levels(parts["by"].rows)
        cells = {group: self._cell(parts["by"], parts["by_dead"], group) for group in groups}
        return payload | {"groups": list(groups), "by": cells}

    def _cell(self, gained: Margin, dead: Margin, group: str) -> dict:
        counts, missing = gained.counts_of(group), gained.missing(group)
        died = sum(dead.counts_of(group).values())
        needed = {"improvement": self._threshold(), "decimals": gained.decimals}
        found = responders(counts, **needed, better="higher", missing=missing)
        best = share(found.x + missing - died, found.n + missing)
        return found.payload() | {"dead": died, "best_case": best}

    def _gained(self, pre: Column, post: Column) -> Column:
        """How far each procedure improved; where a share is asked, 1 who improved by it and 0 who did not."""
        moved = change(pre, post) if self.better == "higher" else change(post, pre)
        if self.relative_improvement_ge is None:
            return moved
        distinct, where = np.unique(pre.rescaled(moved.decimals).values, return_inverse=True)
        part = Fraction(str(self.relative_improvement_ge))
        needed = np.array([ceil(value * part) for value in distinct.tolist()], dtype=np.int64)
        return Column((moved.values >= needed[where]).astype(np.int64), moved.present, 0)

    def _meaningless(self, pre: Column) -> list[tuple[str, np.ndarray]]:
        if self.relative_improvement_ge is None:
            return []
        return [
            ("baseline_zero", ~pre.present | (pre.values != 0)),
            ("baseline_below_zero", ~pre.present | (pre.values >= 0)),
        ]

    def _threshold(self) -> Fraction:
        return Fraction(1) if self.improvement_ge is None else Fraction(str(self.improvement_ge))

    def _rule(self) -> str:
        way = "fell" if self.better == "lower" else "rose"
        if self.improvement_ge is not None:
            return f"{self.instrument} {way} by at least {self.improvement_ge} from {self.pre} to {self.post}"
        percent = float(100 * Fraction(str(self.relative_improvement_ge)))
        return f"{self.instrument} {way} by at least {percent:g} % of its value at {self.pre}, to {self.post}"
