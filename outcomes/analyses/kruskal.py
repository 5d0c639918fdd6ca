"""Do an instrument's timepoints differ? Kruskal-Wallis with Dunn's pairs, and Friedman on the complete cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns
from outcomes.stats.effects import cliffs_delta
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.paired import friedman
from outcomes.stats.ranks import dunn, kruskal_wallis
from outcomes.stats.tables import Counts, Ranks, Tables
from outcomes.tabulate import UNGROUPED, everyone_as_one_group, margins, ranks, screen


@dataclass(frozen=True, kw_only=True)
class KruskalDunn:
    """All timepoints of one instrument, or those named, against each other.

    Kruskal-Wallis and Dunn take the timepoints as independent groups, as the published papers do; Friedman takes the
    same procedures at all timepoints.
    """

    id: str
    instrument: str
    timepoints: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        columns = seek.over(self.instrument, self.timepoints)
        kept, left_out = screen(*seek.subset(self.subset))
        scores = margins(columns, self.instrument, everyone_as_one_group(columns.rows), kept)
        return Tables(parts={"scores": scores, "ranks": ranks(columns, self.instrument, kept)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        scores = tables.parts["scores"]
        margin = {code: scores.at(code) for code in scores.in_order()}
        groups = {code: at.counts_of(UNGROUPED) for code, at in margin.items()}
        payload = {
            "test": "Kruskal-Wallis, corrected for ties",
            "timepoints": list(groups),
            "n": {code: sum(counts.values()) for code, counts in groups.items()},
            "missing": {code: at.missing(UNGROUPED) for code, at in margin.items()},
            "left_out": dict(tables.left_out),
            "dunn": dunn_pairs(groups),
            "friedman_complete_cases": friedman_of(tables.parts["ranks"], rows=scores.rows.get(UNGROUPED, 0)),
        }
        overall = kruskal_wallis(groups)
        if isinstance(overall, NotEstimable):
            return payload | overall.payload()
        return payload | overall.payload() | {"effect": effect("epsilon_squared", overall.epsilon_squared)}


def dunn_pairs(groups: Mapping[str, Counts]) -> list[dict]:
    """Each pair of groups that have values: Dunn's test, and how far apart the two are."""
    pairs = dunn(groups)
    if isinstance(pairs, NotEstimable):
        return []
    return [pair.payload() | _beside(groups[pair.a], groups[pair.b]) for pair in pairs]


def _beside(a: Counts, b: Counts) -> dict:
    return {"test": "Dunn, two-sided, corrected for ties", "effect": effect("cliffs_delta", cliffs_delta(a, b))}


def friedman_of(ranks: Ranks, *, rows: int) -> dict:
    """Friedman's test of the complete cases, of `rows` procedures asked for."""
    answer = friedman(ranks.sums)
    beside = {
        "test": "Friedman, corrected for ties",
        "n": ranks.sums.n,
        "left_out": {"incomplete": rows - ranks.sums.n},
    }
    if isinstance(answer, NotEstimable):
        return beside | answer.payload()
    return beside | answer.payload() | {"effect": effect("kendalls_w", answer.kendalls_w)}
