"""What stands beside a pooled result: the same question stratified by site, and the sites' own effects as one."""

from collections.abc import Mapping, Sequence

from outcomes.pooling.bundle import Bundle
from outcomes.pooling.spec import Spec


def beside_of(entry: Mapping, spec: Spec, bundles: Sequence[Bundle]) -> dict:
    """{"stratified", "two_stage"}: payloads, or why there is none."""
    return {}
