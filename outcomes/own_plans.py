"""A user's own plans: checked before they are kept, every version in the history, none deleted."""

import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from outcomes.models import Cohort, Plan
from outcomes.plans.check import check_plan
from outcomes.plans.errors import PlanError
from outcomes.plans.shipped import NAMES
from registry.access import Permission
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.models import User
from registry.models.study import SLUG
from registry.strict_json import NotStrictJSON, read_json

LONGEST_NAME, LARGEST = 100, 500_000
TAKEN_BY_ADDRESSES = {"new"}
TAKEN = "is taken by the program's own pages or plans; choose another"
STALE = "Somebody saved this plan after you opened it. Nothing of yours is lost: compare and save again."


def read_document(text: str) -> dict:
    """A plan's document from its text; PlanError for what is no JSON, no object, or cannot be stored."""
    try:
        document = read_json(text)
    except NotStrictJSON as error:
        raise PlanError(analysis="plan", field="", value=text[:40], rule=f"is no JSON document: {error}") from error
    if not isinstance(document, dict):
        raise PlanError(analysis="plan", field="", value=text[:40], rule="must be an object, as {...}")
    return document


def may_plan(cohort: Cohort, user: User) -> bool:
    """Whether the user may make plans for the cohort and run them."""
    return cohort.sites_for(user, Permission.ASK_ANALYSES).exists()


@transaction.atomic
def save_plan(*, cohort: Cohort, document: Mapping, by: User, plan: Plan | None = None, version: int = 0) -> Plan:
    """Keep a plan: a new one, or the next version of `plan`, which was opened as `version`.

    PlanError where the document is no plan; Refused for who may not ask for analyses, or a name that is taken;
    StaleSave where somebody saved a version in between.
    """
    if not may_plan(cohort, by):
        raise refused("P1", cohort.slug, "You may not ask for analyses at any site of this cohort.")
    checked = check_plan(document)
    check_name(checked.name)
    if len(json.dumps(document)) > LARGEST:
        raise refused("P2", checked.name, f"A plan may have {LARGEST:,} characters.")
    fields = {"name": named(document), "document": dict(document), "made_by": by, "made_at": timezone.now()}
    with recording(by=by):
        return next_version(plan, version, checked.name, fields) if plan else new_plan(cohort, checked.name, fields)


def named(document: Mapping) -> str:
    """The plan in words: its title, or its name."""
    return (document.get("title") or document["name"])[:200]


def check_name(name: str) -> None:
    """A plan's name stands in addresses; PlanError where it cannot."""
    if len(name) > LONGEST_NAME or not SLUG.regex.match(name):
        rule = f"must be 1 to {LONGEST_NAME} letters, digits, hyphens and underscores; the title may be any text"
        raise PlanError(analysis="plan", field="name", value=name, rule=rule)
    if name in TAKEN_BY_ADDRESSES or name in NAMES:
        raise PlanError(analysis="plan", field="name", value=name, rule=TAKEN)


def new_plan(cohort: Cohort, slug: str, fields: dict) -> Plan:
    """The first version; Refused where the cohort has a plan of this name."""
    plan, made = Plan.objects.get_or_create(cohort=cohort, slug=slug, defaults=fields)
    if not made:
        raise refused("P3", slug, "This cohort has a plan of that name already; edit it, or take another name.")
    return plan


def next_version(plan: Plan, version: int, name: str, fields: dict) -> Plan:
    """The plan with its next version; its name stays, because results and addresses carry it."""
    if name != plan.slug:
        rule = f"must stay {plan.slug}; a plan with another name is a new plan"
        raise PlanError(analysis="plan", field="name", value=name, rule=rule)
    if not Plan.objects.filter(pk=plan.pk, version=version).update(version=F("version") + 1, **fields):
        raise StaleSave(STALE)
    plan.refresh_from_db()
    return plan


def refused(rule: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field="plan", value=value, message=message)])
