"""Do more of the same procedures have it after than before? McNemar's test of a cut score at two timepoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from outcomes.analyses.conditions import COMPARISONS, NO_YES, answers
from outcomes.analyses.evidence import effect
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.mcnemar import mcnemar, paired_difference
from outcomes.stats.tables import Crosstab, Tables
from outcomes.tabulate import crosstab, screen

WORDS = {"1": "yes", "0": "no"}


@dataclass(frozen=True, kw_only=True)
class McNemarPaired:
    """Whether a score lies beyond a threshold, at two timepoints, over the procedures that have both values."""

    RULES: ClassVar = {"oneOf": [{"required": [name]} for name in COMPARISONS]}

    id: str
    instrument: str
    pre: str
    post: str
    gt: object = None
    ge: object = None
    lt: object = None
    le: object = None
    eq: object = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        instrument = seek.instrument(self.instrument)
        before, absent_before = self._answers(seek, instrument, self.pre, field="pre")
        after, absent_after = self._answers(seek, instrument, self.post, field="post")
        asked, unknown = seek.subset(self.subset)
        kept, left_out = screen(asked, [*unknown, *absent_before, *absent_after])
        shown = (frozenset(NO_YES), frozenset(NO_YES))
        return Tables(parts={"pairs": crosstab(before, after, kept, shown)}, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        many = _fourfold(tables.parts["pairs"])
        payload = {
            "test": "McNemar",
            "rule": self._rule(),
            "table": many,
            "n_pairs": sum(many.values()),
            "left_out": dict(tables.left_out),
        }
        difference, answer = paired_difference(**many), mcnemar(**many)
        if not isinstance(difference, NotEstimable):
            payload |= {"effect": effect("paired_risk_difference", difference)}
        return payload | answer.payload()

    def _answers(self, seek: Lookup, instrument: str, timepoint: str, *, field: str):
        """yes or no at one timepoint, and who has a value there."""
        seek.score(instrument, timepoint, field=field)
        name, threshold = self._cut()
        return answers({"instrument": instrument, "timepoint": timepoint, name: threshold}, seek)

    def _cut(self) -> tuple[str, object]:
        (cut,) = [(name, getattr(self, name)) for name in COMPARISONS if getattr(self, name) is not None]
        return cut

    def _rule(self) -> str:
        words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most", "eq": "exactly"}
        name, threshold = self._cut()
        return f"yes: {self.instrument} {words[name]} {threshold}; before: {self.pre}, after: {self.post}"


def _fourfold(pairs: Crosstab) -> dict[str, int]:
    return {
        f"{WORDS[before]}_{WORDS[after]}": pairs.counts.get(before, {}).get(after, 0)
        for before in WORDS
        for after in WORDS
    }
