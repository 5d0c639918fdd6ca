"""Did the same procedures change between two timepoints? Wilcoxon's signed-rank test."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, number_text
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.paired import signed_rank
from outcomes.stats.tables import Tables
from outcomes.tabulate import differences, screen

# As many as a scale from 0 to 10 has; of more the payload does not count each.
_MOST_CHANGES = 21


@dataclass(frozen=True, kw_only=True)
class WilcoxonPaired:
    """post - pre of one instrument, over the procedures that have both; how many have each change, where it is few."""

    id: str
    instrument: str
    pre: str
    post: str
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument = seek.instrument(self.instrument)
        pre = seek.score(instrument, self.pre, field="pre")
        post = seek.score(instrument, self.post, field="post")
        asked, reasons = seek.subset(self.subset)
        absent = [(f"no_value_at_{self.pre}", pre.present), (f"no_value_at_{self.post}", post.present)]
        kept, left_out = screen(asked, [*reasons, *absent])
        return Tables(parts={"changes": differences(pre, post, kept)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        changes = tables.parts["changes"]
        answer = signed_rank(changes.counts, decimals=changes.decimals)
        payload = {
            "test": "Wilcoxon signed rank, zero differences dropped, corrected for ties",
            "n_pairs": sum(changes.counts.values()),
            "left_out": dict(tables.left_out),
        }
        if len(changes.counts) <= _MOST_CHANGES:
            found = sorted(changes.counts.items())
            payload["changes"] = {number_text(value, changes.decimals): many for value, many in found}
        if isinstance(answer, NotEstimable):
            return payload | answer.payload()
        return payload | answer.payload() | {"effect": effect("hodges_lehmann", answer.hodges_lehmann)}
