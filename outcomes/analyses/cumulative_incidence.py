"""How many have had the event by a time, where something else, death as a rule, may come first; Gray's test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from outcomes.analyses.evidence import effect
from outcomes.analyses.follow_up import READ_AT, by_group, exactly, follow_up_with_competing, time_text
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, ordered_levels
from outcomes.stats.competing import CumulativeIncidence, cumulative_incidence, incidence_difference
from outcomes.stats.counts import scaled
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.gray import gray
from outcomes.stats.tables import Tables
from outcomes.stats.times import COMPETING, EVENT, Ended, Times, how_many, people
from outcomes.tabulate import UNGROUPED

# Keys of the payload that stand beside the levels of `by`.
_BESIDE = ("effect", "gray", "groups", "left_out", "not_estimable", "test", "unit")


@dataclass(frozen=True, kw_only=True)
class CumulativeIncidenceCurves:
    """A time to an event of which another is a competitor, also by a covariate's levels, compared by Gray's test.

    times: where the incidence is read. Time runs to the earlier end of the two; of two events at once that of
    `survival` counts.
    """

    KEYS: ClassVar[dict] = {"times": READ_AT}

    id: str
    survival: str
    competing: str
    times: Sequence[float]
    by: str | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        names = seek.survival(self.survival), seek.survival(self.competing, field="competing")
        followed = follow_up_with_competing(seek, *names)
        return by_group(seek, followed, self.by, self.subset, apart=_BESIDE)

    def compute(self, tables: Tables) -> dict:
        times = tables.parts["times"]
        beside = {"unit": times.unit, "left_out": dict(tables.left_out)}
        if self.by is None:
            return self._cell(times.of(UNGROUPED), times.decimals) | beside
        groups = ordered_levels(times.groups)
        cells = {group: self._cell(times.of(group), times.decimals) for group in groups}
        tested = self._compared(times, groups)
        told = {key: tested[key] for key in ("test", "effect", "not_estimable") if key in tested}
        return cells | {"groups": list(groups), "gray": tested} | told | beside

    def _cell(self, ended: Ended, decimals: int) -> dict:
        cell = {"n": people(ended), "events": how_many(ended, EVENT), "competing": how_many(ended, COMPETING)}
        curve = cumulative_incidence(ended, decimals=decimals)
        if isinstance(curve, NotEstimable):
            return cell | curve.payload()
        read = {time_text(time): curve.at(exactly(time)).payload() for time in self.times}
        return cell | {"incidence_at": read, "curve": _steps(curve)}

    def _compared(self, times: Times, groups: tuple[str, ...]) -> dict:
        """Gray's test, and as its effect the difference of two groups' incidence at the last time that is read."""
        test = {"test": "Gray's test", "n": {group: people(times.of(group)) for group in groups}}
        answer = gray({group: times.of(group) for group in groups})
        if isinstance(answer, NotEstimable):
            return test | answer.payload()
        curves = {group: cumulative_incidence(times.of(group), decimals=times.decimals) for group in groups}
        estimated = {group: curve for group, curve in curves.items() if isinstance(curve, CumulativeIncidence)}
        return test | answer.payload() | {"effect": self._difference(estimated)}

    def _difference(self, curves: Mapping[str, CumulativeIncidence]) -> dict:
        name = "incidence_difference"
        if len(curves) != 2:
            reason = f"a difference is of 2 groups, and there are {len(curves)}"
            return {"name": name} | NotEstimable(reason).payload()
        found = incidence_difference(curves, max(map(exactly, self.times)))
        return {"name": name} | found.payload() if isinstance(found, NotEstimable) else effect(name, found)


def _steps(curve: CumulativeIncidence) -> list[dict]:
    """The curve as it is drawn: at each distinct time, those at which people are only censored among them."""
    return [
        {"time": scaled(step.time, curve.decimals), "n_risk": step.n_risk, "F": share} for step, share in curve.curve()
    ]
