"""Does the share of whom a condition holds rise or fall along the levels of a number? Cochran-Armitage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from outcomes.analyses.conditions import NO_YES
from outcomes.analyses.crosstab import CrosstabCondition
from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.shares import share
from outcomes.stats.tables import Tables
from outcomes.stats.trend import cochran_armitage


@dataclass(frozen=True, kw_only=True)
class TrendOverLevels:
    """A condition on a score along the levels of a numeric covariate; each level is its own score, as written."""

    id: str
    row: str
    col: Mapping[str, object]
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        Lookup(self.id, columns).numbers(self.row, field="row")
        return CrosstabCondition(id=self.id, row=self.row, col=self.col, subset=self.subset).tabulate(columns)

    def compute(self, tables: Tables) -> dict:
        counted = tables.parts["table"]
        levels = ordered_levels(counted.rows)
        table = {level: {col: counted.counts.get(level, {}).get(col, 0) for col in NO_YES} for level in levels}
        shares = {level: (cells["1"], sum(cells.values())) for level, cells in table.items()}
        payload = {
            "test": "Cochran-Armitage test for trend",
            "table": table,
            "rows": list(levels),
            "shares": {level: share(x, n) for level, (x, n) in shares.items()},
            "n": sum(n for _, n in shares.values()),
            "left_out": dict(tables.left_out),
        }
        answer = cochran_armitage({Fraction(level): cell for level, cell in shares.items()})
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        return payload | answer.payload() | {"effect": effect("slope_of_share", answer.slope)}
