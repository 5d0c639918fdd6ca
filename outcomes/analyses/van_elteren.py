"""Do two groups differ in a score, each site compared with itself? Van Elteren's rank-sum test over the sites."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.by_site import by_site
from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.tables import Margin, Tables
from outcomes.stats.van_elteren import VanElteren, van_elteren
from outcomes.tabulate import margin, screen


@dataclass(frozen=True, kw_only=True)
class VanElterenBySite:
    """An instrument at one timepoint, between the two levels of a covariate, stratified by site.

    The first group is the first level. Sites without both groups are listed and have no part in the test.
    """

    id: str
    instrument: str
    timepoint: str
    by: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        score = seek.score(seek.instrument(self.instrument), self.timepoint)
        groups = seek.levels(self.by, field="by")
        asked, reasons = seek.subset(self.subset)
        absent = [(f"no_{self.by}", groups.present), (f"no_value_at_{self.timepoint}", score.present)]
        kept, left_out = screen(asked, [*reasons, *absent])
        sites = by_site(columns, kept, lambda who: margin(score, groups, who), of="margin")
        return Tables(parts={"sites": sites}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        sites = tables.parts["sites"].in_order()
        groups = ordered_levels(level for _, values in sites for level in values.rows)
        payload = {
            "test": "van Elteren, stratified by site, corrected for ties, no continuity correction",
            "groups": list(groups),
            "n": {group: sum(values.rows.get(group, 0) for _, values in sites) for group in groups},
            "strata": [_stratum(site, values) for site, values in sites],
            "left_out": dict(tables.left_out),
        }
        answer = self._test(groups, [values for _, values in sites])
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        beside = answer.payload() | {"strata_in_test": answer.strata}
        del beside["strata"]  # how many take part; the sites themselves stand under this name
        return payload | beside | {"effect": effect("stratified_cliffs_delta", answer.stratified_delta)}

    def _test(self, groups: tuple[str, ...], sites: list[Margin]) -> VanElteren | NotEstimable:
        if len(groups) != 2:
            return NotEstimable(f"needs 2 groups, and {self.by} has {len(groups)}: {', '.join(groups) or 'none'}")
        return van_elteren(tuple(values.counts_of(group) for group in groups) for values in sites)


def _stratum(site: str, values: Margin) -> dict:
    return {"site": site, "n": {group: values.rows[group] for group in ordered_levels(values.rows)}}
