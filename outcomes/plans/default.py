"""The plan of a cohort's report where nobody named one: the studies' default plan, else the overview."""

from collections.abc import Iterable, Mapping

from outcomes.plans.fit import fit
from outcomes.plans.overview import OVERVIEW, overview
from outcomes.plans.shipped import shipped


def default_plan(names: Iterable[str], manifest: Mapping) -> dict:
    """The plan, as check_plan takes it. names: the studies' default plans, "" where a study has none.

    A cohort over studies that disagree has the overview, as has one that has nothing of what the default plan asks
    for. PlanError where a study names a plan that is not shipped.
    """
    agreed = set(names)
    if len(agreed) != 1 or agreed == {""}:
        return overview(manifest)
    plan = shipped(agreed.pop()) | {"name": f"{manifest['cohort']['slug']}{OVERVIEW}"}
    return plan if fit(plan, manifest).plan["analyses"] else overview(manifest)
