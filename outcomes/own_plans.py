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

LONGEST_NAME, LARGEST, DEEPEST = 100, 500_000, 20
TAKEN_BY_ADDRESSES = {"new"}
TAKEN = "is taken by the program's own pages or plans; choose another"
STALE = "Somebody saved this plan after you opened it. Nothing of yours is lost: compare and save again."


def read_document(text: str) -> dict:
    """A plan's document from its text; PlanError for what is no JSON, no object, or cannot be stored."""
    try:
        document = json.loads(text, parse_constant=not_a_number, object_pairs_hook=no_key_twice)
        kept = json.dumps(document, allow_nan=False, ensure_ascii=False)
        kept.encode()
    except (ValueError, RecursionError) as error:
        raise PlanError(analysis="plan", field="", value=text[:40], rule=f"is no JSON document: {error}") from error
    rules = {
        "must be an object, as {...}": not isinstance(document, dict),
        "holds a NUL, which cannot be kept": "\\u0000" in kept,
        f"is nested deeper than {DEEPEST} levels": is_deep(document),
    }
    broken = next((rule for rule, holds in rules.items() if holds), None)
    if broken:
        raise PlanError(analysis="plan", field="", value=text[:40], rule=broken)
    return document


def not_a_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def no_key_twice(pairs: list[tuple]) -> dict:
    """json keeps the last of two equal keys and says nothing."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("one object has a key more than once")
    return document


def is_deep(value: object) -> bool:
    """Whether lists and objects stand within each other more than DEEPEST times."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level if isinstance(each, dict | list)
                 for inner in (each.values() if isinstance(each, dict) else each)]  # fmt: skip
    return any(isinstance(each, dict | list) for each in level)


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
