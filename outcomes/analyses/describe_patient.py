"""What a covariate looks like: n, missing, mean, sd, median, quartiles; of everyone, and by a grouping."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.describe import describe_group
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.tables import Tables
from outcomes.tabulate import UNGROUPED, everyone_as_one_group, margin, screen

NOBODY = "nobody has a value"


@dataclass(frozen=True, kw_only=True)
class DescribePatientVar:
    """A numeric covariate of everyone asked for, and in each level of another.

    Whoever has no level of `by` counts among all, and is named in left_out of the groups.
    """

    id: str
    var: str
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        values, groups = seek.numbers(self.var, field="var"), seek.groups(self.by)
        kept, left_out = screen(*seek.subset(self.subset))
        grouped, without = screen(kept, [(f"no_{self.by}", groups.present)])
        parts = {
            "all": margin(values, everyone_as_one_group(columns.rows), kept),
            "by": margin(values, groups, grouped),
        }
        return Tables(parts=parts, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        everyone, by = tables.parts["all"], tables.parts["by"]
        cell = describe_group(everyone, UNGROUPED)
        payload = {"all": cell, "left_out": dict(tables.left_out)}
        payload |= {} if cell["n"] else {"not_estimable": NOBODY}
        if self.by is None:
            return payload
        groups = ordered_levels(by.rows)
        return payload | {"groups": list(groups), "by": {group: describe_group(by, group) for group in groups}}
