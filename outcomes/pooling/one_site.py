"""One effect of every site: what the first of two stages hands to the second."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.meta import SiteEffect
from outcomes.stats.site_estimates import Estimate
from outcomes.stats.tables import Tables

PerSite = Mapping[str, Tables]
Found = tuple[int, Estimate | NotEstimable]
IDENTITY, LOG, LOGIT = "identity", "log", "logit"


@dataclass(frozen=True, kw_only=True)
class SiteEffects:
    """One effect of every site. scale: what the estimates are in ("log" and "logit" are shown as ratios and shares).

    part: the timepoint, level or pair where an analysis has several. null: no effect, None where no value is that.
    of: what is estimated, with its variance. stands_beside: which number of the pooled payload it is held against.
    """

    name: str
    part: str = ""
    compared: tuple[str, ...] = ()
    scale: str = IDENTITY
    null: float | None = 0.0
    of: str
    stands_beside: str
    effects: tuple[SiteEffect, ...]

    def payload(self) -> dict:
        about = {name: getattr(self, name) for name in ("name", "part", "scale", "null", "of", "stands_beside")}
        return about | {"compared": [*self.compared]}


def each(per_site: PerSite, take: Callable[[Tables], Found]) -> tuple[SiteEffect, ...]:
    """take: (n, (estimate, variance) or why there is none) of one site's tables."""
    return tuple(effect_of(site, *take(tables)) for site, tables in per_site.items())


def effect_of(site: str, n: int, found: Estimate | NotEstimable) -> SiteEffect:
    if isinstance(found, NotEstimable):
        return SiteEffect(site, None, None, n, found.reason)
    return SiteEffect(site, *found, n)


def whole(tables: Tables, part: str) -> Any:
    """What a site's strata add up to; None where it has none."""
    strata = [table for _, table in tables.parts[part].in_order()]
    return reduce(add, strata) if strata else None


def in_order(timepoints: Iterable[Mapping[str, int]]) -> list[str]:
    """The timepoints of all sites, in the schedule's order."""
    every = {code: order for each in timepoints for code, order in each.items()}
    return sorted(every, key=lambda code: (every[code], code))
