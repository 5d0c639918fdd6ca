"""Do the levels of one thing share the levels of another alike? Chi-squared, and Fisher for 2 x 2."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from outcomes.analyses.conditions import NO_YES, answers
from outcomes.analyses.evidence import effect
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.proportions import ChiSquared, chi_squared
from outcomes.stats.tables import Tables
from outcomes.tabulate import crosstab, rows_by_level, screen


@dataclass(frozen=True, kw_only=True)
class CrosstabCondition:
    """A covariate's levels against whether a condition on a score holds ("1") or not ("0")."""

    id: str
    row: str
    col: Mapping[str, object]
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        rows = seek.levels(self.row, field="row")
        cols, reasons = answers(self.col, seek)
        asked, unknown = seek.subset(self.subset)
        grouped, left_out = screen(asked, [*unknown, (f"no_{self.row}", rows.present)])
        kept, without = screen(grouped, reasons)
        shown = (frozenset(rows_by_level(rows, grouped)), frozenset(NO_YES))
        return Tables(parts={"table": crosstab(rows, cols, kept, shown)}, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        return _compare(tables)


@dataclass(frozen=True, kw_only=True)
class CrosstabPatient:
    """One covariate's levels against another's."""

    KEYS: ClassVar = {"col": {"$ref": "#/$defs/name"}}

    id: str
    row: str
    col: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        rows, cols = seek.levels(self.row, field="row"), seek.levels(self.col, field="col")
        asked, unknown = seek.subset(self.subset)
        absent = [(f"no_{self.row}", rows.present), (f"no_{self.col}", cols.present)]
        kept, left_out = screen(asked, [*unknown, *absent])
        shown = (frozenset(rows_by_level(rows, kept)), frozenset(rows_by_level(cols, kept)))
        return Tables(parts={"table": crosstab(rows, cols, kept, shown)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        return _compare(tables)


def _compare(tables: Tables) -> dict:
    counted = tables.parts["table"]
    rows, cols = ordered_levels(counted.rows), ordered_levels(counted.cols)
    table = {row: {col: counted.counts.get(row, {}).get(col, 0) for col in cols} for row in rows}
    payload = {
        "test": "Pearson's chi-squared, without continuity correction",
        "table": table,
        "rows": list(rows),
        "cols": list(cols),
        "n": sum(sum(row.values()) for row in table.values()),
        "left_out": dict(tables.left_out),
    }
    answer = chi_squared(table)
    if isinstance(answer, NotEstimable):
        return payload | answer.payload()
    return payload | answer.payload() | {"effect": _effect(answer)}


def _effect(answer: ChiSquared) -> dict:
    if answer.risk_difference is None:
        return effect("cramers_v", answer.cramers_v)
    return effect("risk_difference", answer.risk_difference)
