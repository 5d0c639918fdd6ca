"""Do groups of patients differ at one timepoint? Kruskal-Wallis with Dunn's pairs, for any number of groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.evidence import effect
from outcomes.analyses.kruskal import dunn_pairs
from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.ranks import kruskal_wallis
from outcomes.stats.tables import Tables
from outcomes.tabulate import margin, screen


@dataclass(frozen=True, kw_only=True)
class KruskalGroups:
    """An instrument at one timepoint between the levels of a covariate, however many there are."""

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
        kept, left_out = screen(asked, [*reasons, (f"no_{self.by}", groups.present)])
        _, without = screen(kept, [(f"no_value_at_{self.timepoint}", score.present)])
        return Tables(parts={"values": margin(score, groups, kept)}, left_out=all_left_out(left_out, without))

    def compute(self, tables: Tables) -> dict:
        values = tables.parts["values"]
        groups = {level: values.counts_of(level) for level in ordered_levels(values.rows)}
        payload = {
            "test": "Kruskal-Wallis, corrected for ties",
            "groups": list(groups),
            "n": {level: sum(counts.values()) for level, counts in groups.items()},
            "missing": {level: values.missing(level) for level in groups},
            "left_out": dict(tables.left_out),
            "dunn": dunn_pairs(groups),
        }
        overall = kruskal_wallis(groups)
        if isinstance(overall, NotEstimable):
            return payload | overall.payload()
        return payload | overall.payload() | {"effect": effect("epsilon_squared", overall.epsilon_squared)}
