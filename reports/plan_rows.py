"""The plans that a cohort has: those that come with the program and fit it, and the users' own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Max

from outcomes.latest import reader_sites
from outcomes.models import Cohort, Plan, Result
from outcomes.plans.fit import fit
from outcomes.plans.shipped import NAMES, shipped
from reports.manifest import Manifest
from reports.plan_editor import Line, line_of


@dataclass(frozen=True, kw_only=True)
class PlanRow:
    """A plan as it is listed. `entries`: what it asks of this cohort, of which `known` tells; `absent`: (id, reason) of
    what it cannot."""

    slug: str
    name: str
    document: Mapping
    entries: tuple[Mapping, ...]
    known: Mapping
    absent: tuple[tuple[str, str], ...] = ()
    own: Plan | None = None
    reported_at: datetime | None = None

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Each entry in words; a report's page asks for none of them."""
        manifest = Manifest(self.known)
        return tuple(line_of(entry, manifest) for entry in self.entries)

    @property
    def preset(self) -> str:
        return self.document.get("preset", "modern")

    @property
    def asked(self) -> int:
        """How many analyses it holds, whether or not the cohort can answer them."""
        return len(self.document["analyses"])

    @property
    def few(self) -> tuple[Line, ...]:
        return self.lines[:3]


def plan_rows(cohort: Cohort, user, known: Mapping) -> list[PlanRow]:
    """The cohort's own plans, then the shipped ones of which anything fits. `known`: outcomes.choices of the cohort."""
    reported = reports_of(cohort, user)
    own = [own_row(plan, known, reported) for plan in own_plans(cohort, user)]
    return own + [row for name in NAMES if (row := shipped_row(name, known, reported)).entries]


def own_plans(cohort: Cohort, user):
    return Plan.objects.visible_to(user).filter(cohort=cohort).select_related("made_by")


def reports_of(cohort: Cohort, user) -> dict[str, datetime]:
    """{plan: when its newest report over exactly the reader's sites was made}."""
    mine = Result.objects.visible_to(user).filter(cohort=cohort, site_ids=reader_sites(cohort, user))
    return dict(mine.order_by().values_list("plan").annotate(Max("created_at")))


def named_plan(cohort: Cohort, user, slug: str) -> PlanRow | None:
    """One plan by its name, as it is written: nothing is said of what the cohort has."""
    if slug in NAMES:
        document = shipped(slug)
        return PlanRow(slug=slug, name=document.get("title") or slug, document=document, entries=(), known={})
    plan = own_plans(cohort, user).filter(slug=slug).first()
    return plan and PlanRow(slug=slug, name=plan.name, document=plan.document, entries=(), known={}, own=plan)


def plan_row(cohort: Cohort, user, slug: str, known: Mapping) -> PlanRow | None:
    """One plan by its name; None where the reader has none of that name."""
    if slug in NAMES:
        return shipped_row(slug, known, {})
    plan = own_plans(cohort, user).filter(slug=slug).first()
    return own_row(plan, known, {}) if plan else None


def own_row(plan: Plan, known: Mapping, reported: Mapping) -> PlanRow:
    about = {"slug": plan.slug, "name": plan.name, "document": plan.document, "own": plan, "known": known}
    return PlanRow(entries=tuple(plan.document["analyses"]), reported_at=reported.get(plan.slug), **about)


def shipped_row(name: str, known: Mapping, reported: Mapping) -> PlanRow:
    """A shipped plan, cut to what the cohort has."""
    document = shipped(name)
    fitted = fit(document, known)
    return PlanRow(
        slug=name,
        name=document.get("title") or name,
        document=document,
        entries=tuple(fitted.plan["analyses"]),
        known=known,
        absent=tuple((each["id"], each["reason"]) for each in fitted.left_out),
        reported_at=reported.get(document["name"]),
    )
