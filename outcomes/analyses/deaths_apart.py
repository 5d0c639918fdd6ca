"""Who died, who is missing, and what the score says with the deaths in it: three readings beside each other.

Observed: who has a value at the timepoint. Always observed: who has one at every timepoint asked, so that nobody
enters or leaves. Worst rank: a death ranks below the worst value, so that dying is not an improvement.

Lachin JM. Worst-rank score analysis with informatively missing observations. Control Clin Trials 1999;20:408-22.
Kurland BF et al. Longitudinal data with follow-up truncated by death. Stat Sci 2009;24:211-22.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.analyses.changes import changes, course, with_holm
from outcomes.analyses.describe import describe_group
from outcomes.analyses.fates import fates, read_fate
from outcomes.analyses.lookup import Lookup
from outcomes.analyses.worst_rank import paired_test, quartiles, with_deaths
from outcomes.columns import Columns
from outcomes.stats.counts import pooled
from outcomes.stats.tables import Counts, Margin, Margins, Tables
from outcomes.tabulate import UNGROUPED, margins, screen


@dataclass(frozen=True, kw_only=True)
class DeathsApart:
    """An instrument over time with the dead kept apart from the missing, each later timepoint against the baseline.

    Dead at a timepoint is who was recorded as deceased, for whatever instrument, at it or at an earlier one, and has no
    value; missing is who is not known to be dead and has no value.
    """

    id: str
    instrument: str
    better: str
    baseline: str | None = None
    timepoints: Sequence[str] = ()
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        taken = course(seek, self.instrument, self.baseline, self.timepoints)
        kept, left_out = screen(*seek.subset(self.subset))
        became = fates(columns, self.instrument, taken.timepoints)
        parts = {
            "scores": margins(taken.columns, self.instrument, became, kept),
            "changes": changes(taken, self.instrument, kept),
        }
        return Tables(parts=parts, left_out=left_out)

    def compute(self, tables: Tables) -> dict:
        scores, found = tables.parts["scores"], tables.parts["changes"]
        people = _People.of(scores)
        at = {code: people.at(code, better=self.better) for code in people.codes}
        tested = with_holm([people.tested(code, found.at(code), better=self.better) for code in people.codes[1:]])
        for code, test in zip(people.codes[1:], tested, strict=True):
            at[code]["worst_rank"] |= test
        payload = {
            "baseline": people.codes[0],
            "timepoints": list(people.codes),
            "better": self.better,
            "n": people.everyone,
            "always_observed_n": sum(scores.rows[fate] for fate in people.always),
            "left_out": dict(tables.left_out),
            "at": at,
            "family": sum("p" in each for each in tested),
        }
        if any(cell["n"] for cell in at.values()):
            return payload
        return payload | {"not_estimable": "nobody has a value"}


def worst_rank_changes(tables: Tables, *, better: str) -> dict[str, Counts]:
    """At each later timepoint the changes from the baseline that are ranked, a death among them beyond all others."""
    people, found = _People.of(tables.parts["scores"]), tables.parts["changes"]
    return {
        code: with_deaths(found.at(code).counts_of(UNGROUPED), people.died_since(code), better=better)
        for code in people.codes[1:]
    }


@dataclass(frozen=True, kw_only=True)
class _People:
    """The table of scores by fate, asked by timepoint."""

    scores: Margins
    codes: tuple[str, ...]
    known: Mapping[str, tuple[frozenset[str], int | None]]

    @classmethod
    def of(cls, scores: Margins) -> "_People":
        return cls(scores=scores, codes=scores.in_order(), known={fate: read_fate(fate) for fate in scores.rows})

    @property
    def everyone(self) -> int:
        return sum(self.scores.rows.values())

    @property
    def always(self) -> list[str]:
        return [fate for fate, (seen, _) in self.known.items() if seen >= set(self.codes)]

    def dead(self, code: str) -> list[str]:
        """The fates of who is dead at the timepoint."""
        order = self.scores.timepoints[code]
        return [
            fate
            for fate, (seen, death) in self.known.items()
            if death is not None and death <= order and code not in seen
        ]

    def counts(self, code: str, fates: Sequence[str]) -> Counts:
        at = self.scores.at(code)
        return pooled(at.counts_of(fate) for fate in fates)

    def at(self, code: str, *, better: str) -> dict:
        """The three readings of one timepoint."""
        observed = self.counts(code, [*self.known])
        n, dead = sum(observed.values()), self._many(self.dead(code))
        worst = quartiles(observed, dead, better=better, decimals=self.scores.decimals)
        return {
            "n": n,
            "dead": dead,
            "missing": self.everyone - n - dead,
            "observed": self._cell(observed, self.everyone),
            "always_observed": self._cell(self.counts(code, self.always), self._many(self.always)),
            "worst_rank": worst,
        }

    def tested(self, code: str, pairs: Margin, *, better: str) -> dict:
        """The change from the baseline, where a death after it is the largest worsening."""
        return paired_test(pairs.counts_of(UNGROUPED), self.died_since(code), better=better)

    def died_since(self, code: str) -> int:
        """How many with a value at the baseline are dead at the timepoint."""
        return self._many([fate for fate in self.dead(code) if self.codes[0] in self.known[fate][0]])

    def _many(self, fates: Sequence[str]) -> int:
        return sum(self.scores.rows[fate] for fate in fates)

    def _cell(self, counts: Counts, rows: int) -> dict:
        alone = Margin(decimals=self.scores.decimals, rows={UNGROUPED: rows}, counts={UNGROUPED: counts})
        return describe_group(alone, UNGROUPED)
