"""What stands beside every pooled number: the same question within sites, and each site's effect in two stages."""

from collections.abc import Mapping
from typing import Any

from outcomes.pooling.effects import site_effects
from outcomes.pooling.one_site import PerSite, SiteEffects
from outcomes.pooling.stratified import stratified
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.meta import left_without, two_stage


def beside(entry: Mapping, spec: Any, per_site: PerSite) -> dict:
    """{"stratified": payload, "two_stage": {"effects": [...]}}, each JSON values; where there is none, the reason.

    spec: the entry's checked analysis. The same tables give the same bytes, in whatever order the sites come.
    """
    within = stratified(entry, per_site)
    return {
        "stratified": within.payload() if isinstance(within, NotEstimable) else within,
        "two_stage": _two_stages(site_effects(entry, spec, per_site)),
    }


def _two_stages(found: tuple[SiteEffects, ...] | NotEstimable) -> dict:
    if isinstance(found, NotEstimable):
        return found.payload()
    return {"effects": [each.payload() | _second(each) for each in found]}


def _second(each: SiteEffects) -> dict:
    """The second stage; where it is refused, the sites without an estimate stand beside the reason."""
    answer = two_stage(each.effects)
    if isinstance(answer, NotEstimable):
        return answer.payload() | {"without": left_without(each.effects)}
    return answer.payload()
