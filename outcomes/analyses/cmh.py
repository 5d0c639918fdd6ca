"""Do two groups differ in a condition, each site compared with itself? Cochran-Mantel-Haenszel over the sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from outcomes.analyses.by_site import by_site
from outcomes.analyses.conditions import NO_YES, answers
from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.cmh import CMH, Homogeneity, Stratum, cmh
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.tables import Crosstab, Tables
from outcomes.tabulate import crosstab, rows_by_level, screen


@dataclass(frozen=True, kw_only=True)
class ConditionBySite:
    """A covariate's two levels against whether a condition on a score holds, stratified by site.

    The first group is the first level. Sites without both groups, or where all answers are alike, are listed and have
    no part in the test.
    """

    id: str
    row: str
    col: Mapping[str, object]
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        rows = seek.levels(self.row, field="row")
        cols, reasons = answers(self.col, seek)
        asked, unknown = seek.subset(self.subset)
        kept, left_out = screen(asked, [*unknown, (f"no_{self.row}", rows.present), *reasons])

        def table(who: np.ndarray) -> Crosstab:
            return crosstab(rows, cols, who, (frozenset(rows_by_level(rows, who)), frozenset(NO_YES)))

        return Tables(parts={"sites": by_site(columns, kept, table, of="crosstab")}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        sites = tables.parts["sites"].in_order()
        groups = ordered_levels(level for _, table in sites for level in table.rows)
        shares = {site: {group: _share(table, group) for group in groups} for site, table in sites}
        payload = {
            "test": "Cochran-Mantel-Haenszel, stratified by site, without continuity correction",
            "groups": list(groups),
            "n": {group: sum(each[group][1] for each in shares.values()) for group in groups},
            "strata": [_stratum(site, each) for site, each in shares.items()],
            "left_out": dict(tables.left_out),
        }
        answer = self._test(groups, shares)
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        told = answer.payload() | {"strata": payload["strata"], "strata_in_test": answer.strata}
        told |= {"statistic": answer.chi2, "effect": effect("risk_difference", answer.risk_difference)}
        return payload | told | {"homogeneity": _alike(answer.homogeneity)}

    def _test(self, groups: tuple[str, ...], shares: Mapping[str, Mapping[str, tuple[int, int]]]) -> CMH | NotEstimable:
        if len(groups) != 2:
            return NotEstimable(f"needs 2 groups, and {self.row} has {len(groups)}: {', '.join(groups) or 'none'}")
        (one, two) = groups
        return cmh(Stratum(x1=s[one][0], n1=s[one][1], x2=s[two][0], n2=s[two][1]) for s in shares.values())


def _alike(sites: Homogeneity | NotEstimable) -> dict:
    """Whether the sites share one odds ratio."""
    told = {"test": "Breslow-Day, corrected by Tarone"} | sites.payload()
    return told if isinstance(sites, NotEstimable) else told | {"effect": effect("i_squared", sites.i_squared)}


def _share(table: Crosstab, group: str) -> tuple[int, int]:
    counts = table.counts.get(group, {})
    return counts.get("1", 0), sum(counts.values())


def _stratum(site: str, shares: Mapping[str, tuple[int, int]]) -> dict:
    """The site's numbers: with a yes, and of how many, in each group."""
    x, n = ({group: share[part] for group, share in shares.items()} for part in (0, 1))
    return {"site": site, "x": x, "n": n}
