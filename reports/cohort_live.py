"""Who would be in a cohort by the record as it is now, and who was in its newest freeze."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from outcomes import criteria
from outcomes.freeze import CannotFreeze, preview
from outcomes.latest import reader_sites
from outcomes.models import Cohort, Freeze
from registry.imports.blind import FIRST
from registry.models import Study
from reports.cohort_form import Builder
from reports.flow import flow_of
from reports.flow_parts import Flow
from reports.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Live:
    """The flow of the rule so far; `skipped` criteria still lack something; `problem` is why there is no flow."""

    flow: Flow | None = None
    skipped: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class FrozenFlow:
    """The flow of a freeze: of which version of the cohort, and when."""

    flow: Flow
    version: int
    at: datetime
    digest: str


def live(builder: Builder, studies: Collection[Study], user) -> Live:
    """Who would be in, over the sites whose part the user may ask for."""
    skipped = tuple(row.variable.label for _, row in builder.unfinished)
    rule = builder.rule()
    if user.readings.filter(submitted_at=None, sample__study__in=studies, site__in=builder.sites).exists():
        return Live(skipped=skipped, problem=FIRST)  # a count of one narrow rule tells a value of one patient
    try:
        told = preview(None, rule, [site.pk for site in builder.sites], studies=studies)
    except (criteria.RuleError, CannotFreeze) as error:
        return Live(skipped=skipped, problem=str(error)[:400])
    return Live(flow=flow_of(Manifest({"flow": told, "unit": rule["unit"]})), skipped=skipped)


def newest_flow(cohort: Cohort, user) -> FrozenFlow | None:
    """Who was in the newest freeze over exactly the reader's sites; None where there is none."""
    freezes = Freeze.objects.visible_to(user).filter(cohort=cohort, site_ids=reader_sites(cohort, user))
    found = freezes.defer(*Freeze.TABLES).first()
    if found is None:
        return None
    manifest = found.manifest
    version = manifest["cohort"].get("version", 1)
    return FrozenFlow(flow=flow_of(Manifest(manifest)), version=version, at=found.made_at, digest=found.digest)
