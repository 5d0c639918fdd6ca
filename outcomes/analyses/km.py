"""How many are still without the event, by time: Kaplan-Meier, its median, the restricted mean, the log-rank test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import ClassVar

from outcomes.analyses.evidence import effect
from outcomes.analyses.follow_up import READ_AT, by_group, exactly, follow_up, time_text
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Columns, number_text, ordered_levels
from outcomes.plans.errors import PlanError
from outcomes.stats.counts import scaled
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.logrank import LogRank, log_rank
from outcomes.stats.restricted_mean import restricted_mean
from outcomes.stats.survival import KaplanMeier, SurvivalAt, kaplan_meier, log_limits, loglog_limits
from outcomes.stats.tables import Tables
from outcomes.stats.times import EVENT, Ended, how_many, people
from outcomes.tabulate import UNGROUPED

# Keys of the payload that stand beside the levels of `by`.
_BESIDE = ("effect", "groups", "left_out", "logrank", "not_estimable", "test", "unit")
_MEDIAN = ("median", "median_lcl_log", "median_ucl_log", "median_lcl_loglog", "median_ucl_loglog")
_NEVER_HALF = "the limit does not come down to one half"


@dataclass(frozen=True, kw_only=True)
class KaplanMeierCurves:
    """A time to an event, by its curve, also by a covariate's levels, which the log-rank test then compares.

    times: where the curve is read; or the name of the time to an event, and the curve is read at each of its events.
    tau: how far the restricted mean goes.
    """

    KEYS: ClassVar[dict] = {"times": {"anyOf": [READ_AT, {"$ref": "#/$defs/name"}]}}

    id: str
    times: Sequence[float] | str
    survival: str | None = None
    by: str | None = None
    tau: float | None = None
    subset: Mapping[str, object] = field(default_factory=dict)

    def tabulate(self, columns: Columns) -> Tables:
        seek = Lookup(self.id, columns)
        followed = follow_up(seek, self._name(seek))
        return by_group(seek, followed, self.by, self.subset, apart=_BESIDE)

    def compute(self, tables: Tables) -> dict:
        times = tables.parts["times"]
        beside = {"unit": times.unit, "left_out": dict(tables.left_out)}
        if self.by is None:
            return self._cell(times.of(UNGROUPED), times.decimals) | beside
        groups = ordered_levels(times.groups)
        cells = {group: self._cell(times.of(group), times.decimals) for group in groups}
        answer = log_rank({group: times.of(group) for group in groups})
        tested = log_rank_payload(answer) | {"n": {group: cells[group]["n"] for group in groups}}
        told = {key: tested[key] for key in ("test", "effect", "not_estimable") if key in tested}
        return cells | {"groups": list(groups), "logrank": tested} | told | beside

    def _name(self, seek: Lookup) -> str:
        if not isinstance(self.times, str):
            return seek.survival(self.survival)
        if self.survival not in (None, self.times):
            rule = f"names another time to an event than survival, which is {self.survival!r}"
            raise PlanError(analysis=self.id, field="times", value=self.times, rule=rule)
        return seek.survival(self.times, field="times")

    def _cell(self, ended: Ended, decimals: int) -> dict:
        cell = {"n": people(ended), "events": how_many(ended, EVENT)}
        curve = kaplan_meier(ended, decimals=decimals)
        if isinstance(curve, NotEstimable):
            return cell | dict.fromkeys(_MEDIAN) | {"survival_at": {}} | curve.payload()
        read = {text: _at(curve, time) for text, time in self._read_at(ended, decimals).items()}
        cell |= _median(curve) | {"survival_at": read, "curve": _steps(curve)}
        if self.tau is None:
            return cell
        mean = restricted_mean(ended, exactly(self.tau), decimals=decimals)
        return cell | {"rmst": {"tau": float(self.tau)} | mean.payload()}

    def _read_at(self, ended: Ended, decimals: int) -> dict[str, Fraction]:
        if isinstance(self.times, str):
            events = sorted(time for time, cell in ended.items() if cell.get(EVENT))
            return {number_text(time, decimals): Fraction(time, 10**decimals) for time in events}
        return {time_text(time): exactly(time) for time in self.times}


def log_rank_payload(answer: LogRank | NotEstimable) -> dict:
    """The test with its effect, the hazard ratio of two groups, or why there is none."""
    test = {"test": "log-rank"}
    if isinstance(answer, NotEstimable):
        return test | answer.payload()
    ratio = answer.hazard_ratio
    if isinstance(ratio, NotEstimable):
        return test | answer.payload() | {"effect": {"name": "hazard_ratio"} | ratio.payload()}
    return test | answer.payload() | {"effect": effect("hazard_ratio", ratio)}


def _steps(curve: KaplanMeier) -> list[dict]:
    """The curve as it is drawn: at each distinct time, those at which people are only censored among them."""
    return [
        {"time": scaled(Fraction(point.time), curve.decimals), "n_risk": point.n_risk, "S": point.survival}
        | dict(zip(("lcl_log", "ucl_log"), log_limits(point), strict=True))
        for point in curve.points
    ]


def _at(curve: KaplanMeier, time: Fraction) -> dict:
    """The curve at a time; past its end nobody is at risk, and the numbers are null with the reason beside them."""
    found = curve.at(time)
    if isinstance(found, SurvivalAt):
        return found.payload()
    return dict.fromkeys(each.name for each in fields(SurvivalAt)) | {"n_risk": 0} | found.payload()


def _median(curve: KaplanMeier) -> dict:
    """The median and its limits as numbers or null, and under not_estimable the reason for each null."""
    median = curve.median()
    limits = [limit for limits in (log_limits, loglog_limits) for limit in curve.median_limits(limits)]
    numbers = [None if isinstance(median, NotEstimable) else median, *limits]
    told = dict(zip(_MEDIAN, numbers, strict=True))
    absent = {name: _NEVER_HALF for name, number in told.items() if number is None}
    absent |= {"median": median.reason} if isinstance(median, NotEstimable) else {}
    return told | ({"not_estimable": absent} if absent else {})
