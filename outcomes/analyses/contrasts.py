"""Did an instrument change from its baseline? Each later timepoint against it, in the same procedures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.analyses.changes import changes, course, read_p, smallest_p, with_holm
from outcomes.analyses.evidence import effect
from outcomes.analyses.kruskal import friedman_of
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.paired import signed_rank
from outcomes.stats.tables import Margin, Tables
from outcomes.tabulate import UNGROUPED, ranks, screen

TEST = "Wilcoxon signed rank, zero differences dropped, corrected for ties"


@dataclass(frozen=True, kw_only=True)
class ContrastsFromBaseline:
    """Every later timepoint against the baseline, paired, with Holm's adjustment over these planned contrasts.

    Friedman's test of the procedures that have a value at every timepoint stands before them.
    """

    id: str
    instrument: str
    baseline: str | None = None
    timepoints: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        taken = course(seek, self.instrument, self.baseline, self.timepoints)
        kept, left_out = screen(*seek.subset(self.subset))
        parts = {
            "changes": changes(taken, self.instrument, kept),
            "ranks": ranks(taken.columns, self.instrument, kept),
        }
        return Tables(parts=parts, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        found, complete = tables.parts["changes"], tables.parts["ranks"]
        baseline, *later = complete.sums.labels
        contrasts = with_holm([_contrast(code, found.at(code)) for code in later])
        family = sum("p" in each for each in contrasts)
        payload = {
            "baseline": baseline,
            "timepoints": list(complete.sums.labels),
            "n": found.rows.get(UNGROUPED, 0),
            "left_out": dict(tables.left_out),
            "friedman_complete_cases": friedman_of(complete, rows=found.rows.get(UNGROUPED, 0)),
            "contrasts": contrasts,
            "family": family,
        }
        return payload if family else payload | {"not_estimable": _why_not(contrasts)}


def _contrast(code: str, pairs: Margin) -> dict:
    """One later timepoint against the baseline, over the procedures that have both."""
    counts = pairs.counts_of(UNGROUPED)
    answer = signed_rank(counts, decimals=pairs.decimals)
    beside = {
        "timepoint": code,
        "test": TEST,
        "n_pairs": sum(counts.values()),
        "left_out": {"no_pair": pairs.missing(UNGROUPED)} if pairs.missing(UNGROUPED) else {},
    }
    if isinstance(answer, NotEstimable):
        return beside | answer.payload()
    own = {"p": read_p(answer), "smallest_p": smallest_p(answer.n_nonzero)}
    return beside | answer.payload() | own | {"effect": effect("hodges_lehmann", answer.hodges_lehmann)}


def _why_not(contrasts: Sequence[dict]) -> str:
    reasons = dict.fromkeys(each["not_estimable"] for each in contrasts)
    return "; ".join(reasons) or "no timepoint after the baseline"
