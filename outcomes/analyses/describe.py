"""What an instrument looks like at each timepoint: n, missing, mean, sd, median, quartiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, number_text, ordered_levels
from outcomes.plans.errors import PlanError
from outcomes.stats.describe import describe
from outcomes.stats.tables import Margin, Tables
from outcomes.tabulate import UNGROUPED, margins, screen

# A scale with more values than 0 to 10 is told by its quartiles alone.
_MOST_LEVELS = 11
# Keys of the payload that stand beside the timepoints' codes.
_BESIDE = ("groups", "left_out", "timepoints")


@dataclass(frozen=True, kw_only=True)
class DescribeByTimepoint:
    """An instrument at each timepoint at which the cohort has any value or coded reason, also by a covariate's levels.

    missing counts the procedures asked for that have no value at that timepoint. timepoints: only these, in the
    schedule's order, whether or not anyone has a value at them.
    """

    id: str
    instrument: str
    by: str | None = None
    timepoints: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        columns = seek.over(self.instrument, self.timepoints)
        self._refuse_reserved(columns.timepoints_of(self.instrument))
        groups = seek.groups(self.by)
        asked, reasons = seek.subset(self.subset)
        kept, left_out = screen(asked, [*reasons, (f"no_{self.by}", groups.present)])
        return Tables(parts={"scores": margins(columns, self.instrument, groups, kept)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        scores = tables.parts["scores"]
        codes, groups = scores.in_order(), ordered_levels(scores.rows)
        cells = {code: self._cells(scores.at(code), groups) for code in codes}
        beside = {"timepoints": list(codes), "left_out": dict(tables.left_out)}
        return cells | beside | ({} if self.by is None else {"groups": list(groups)})

    def _cells(self, margin: Margin, groups: tuple[str, ...]) -> dict:
        if self.by is None:
            return describe_group(margin, UNGROUPED)
        return {group: describe_group(margin, group) for group in groups}

    def _refuse_reserved(self, codes: Mapping[str, int]) -> None:
        taken = next((code for code in codes if code in _BESIDE), None)
        if taken is not None:
            rule = f"cannot be a timepoint's code: the payload needs {', '.join(_BESIDE)}"
            raise PlanError(analysis=self.id, field="timepoint", value=taken, rule=rule)


def describe_group(margin: Margin, group: str) -> dict:
    """One cell: the group's description, and the counts of its levels where the scale is short."""
    counts = margin.counts_of(group)
    described = describe(counts, missing=margin.missing(group), decimals=margin.decimals).payload()
    if len(counts) > _MOST_LEVELS:
        return described
    return described | {"counts": {number_text(value, margin.decimals): counts[value] for value in sorted(counts)}}
