"""Do groups reach the event alike within each site? The log-rank test, stratified by site."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.by_site import by_site
from outcomes.analyses.follow_up import NO_TIME, follow_up, grouped
from outcomes.analyses.km import log_rank_payload
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.logrank import stratified_log_rank
from outcomes.stats.tables import Tables
from outcomes.stats.times import EVENT, Times, how_many, people
from outcomes.tabulate import rows_by_level, screen


@dataclass(frozen=True, kw_only=True)
class LogRankBySite:
    """A covariate's levels by their time to an event, compared within each site and added up over the sites."""

    id: str
    by: str
    survival: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        followed = follow_up(seek, seek.survival(self.survival))
        groups, asked, left_out = grouped(seek, self.by, self.subset, apart=())
        kept, untimed = screen(asked, [(NO_TIME, followed.time.present)])
        times = by_site(
            columns, kept, lambda who: followed.counted(groups, who, rows_by_level(groups, who)), of="times"
        )
        return Tables(parts={"times": times}, left_out=all_left_out(left_out, untimed))

    def compute(self, tables: Tables) -> dict:
        sites = dict(tables.parts["times"].in_order())
        groups = ordered_levels({group for times in sites.values() for group in times.groups})
        answer = stratified_log_rank([{group: times.of(group) for group in groups} for times in sites.values()])
        tested = log_rank_payload(answer)
        tested |= {"test": "log-rank, stratified by site"}
        if "chi2" in tested:
            tested["statistic"] = tested.pop("chi2")
        return tested | {
            "n": sum(people(times.of(group)) for times in sites.values() for group in groups),
            "groups": list(groups),
            "strata": [_stratum(site, times) for site, times in sites.items()],
            "left_out": dict(tables.left_out),
        }


def _stratum(site: str, times: Times) -> dict:
    groups = ordered_levels(times.groups)
    return {
        "site": site,
        "n": {group: people(times.of(group)) for group in groups},
        "events": {group: how_many(times.of(group), EVENT) for group in groups},
    }
