"""From one timepoint to later ones: the change of each procedure, and how often each change occurs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from outcomes.analyses.lookup import Lookup
from outcomes.columns import Column, Columns
from outcomes.plans.errors import PlanError
from outcomes.stats.multiplicity import holm
from outcomes.stats.paired import SignedRank
from outcomes.stats.tables import Margins
from outcomes.tabulate import everyone_as_one_group, margins

LARGEST_EXACT = 25  # nonzero differences up to which the exact p is the one to read


@dataclass(frozen=True, kw_only=True)
class Course:
    """A baseline and the timepoints after it, in the schedule's order; the columns hold them and no others."""

    baseline: str
    later: tuple[str, ...]
    columns: Columns

    @property
    def timepoints(self) -> tuple[str, ...]:
        return (self.baseline, *self.later)


def course(seek: Lookup, instrument: str, baseline: str | None, timepoints: Sequence[str]) -> Course:
    """The instrument's timepoints from the baseline on: those named, else all that it has.

    Without a baseline it is the first of those named, else the first of the schedule: never the first at which someone
    happens to have a value, which could be another one at each site. Raises PlanError where a timepoint named stands
    before the baseline.
    """
    narrowed, order = seek.over(instrument, timepoints), seek.columns.timepoints
    named = list(narrowed.timepoints_of(instrument))
    place = {code: (number, code) for code, number in order.items()}
    first = baseline or (named[0] if timepoints else min(place, key=place.get, default=""))
    seek.score(instrument, first, field="baseline")
    early = [code for code in named if place[code] < place[first]]
    if early and timepoints:
        rule = f"stands before the baseline, {first}"
        raise PlanError(analysis=seek.analysis, field="timepoints", value=early[0], rule=rule)
    later = tuple(code for code in named if place[code] > place[first])
    return Course(baseline=first, later=later, columns=seek.over(instrument, (first, *later)))


def change(pre: Column, post: Column) -> Column:
    """post - pre of each procedure that has both."""
    decimals = max(pre.decimals, post.decimals)
    pre, post = pre.rescaled(decimals), post.rescaled(decimals)
    return Column(post.values - pre.values, pre.present & post.present, decimals)


def changes(of: Course, instrument: str, kept: np.ndarray) -> Margins:
    """At each later timepoint how often each change from the baseline occurs; missing are those without a pair."""
    pre = of.columns.score(instrument, of.baseline)
    scores = {(instrument, code): change(pre, of.columns.score(instrument, code)) for code in of.later}
    return margins(replace(of.columns, scores=scores), instrument, everyone_as_one_group(of.columns.rows), kept)


def read_p(answer: SignedRank) -> float:
    """The p to read: exact, with ties, of up to 25 nonzero differences, else by the normal approximation."""
    return answer.p_exact_ties if answer.n_nonzero <= LARGEST_EXACT else answer.p_normal


def smallest_p(n_nonzero: int) -> float:
    """The smallest two-sided p that so many nonzero differences can give: all of one sign, 2 / 2**n, ties or not."""
    return min(1.0, 2.0 ** (1 - n_nonzero))


def with_holm(cells: Sequence[dict]) -> list[dict]:
    """The cells, each that has a p with Holm's adjusted one over all that have."""
    adjusted = iter(holm([cell["p"] for cell in cells if "p" in cell]))
    return [cell | {"p_holm": next(adjusted)} if "p" in cell else cell for cell in cells]
