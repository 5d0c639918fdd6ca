"""A person's own cohorts: a rule that was read before it is kept, every version of it in the history, none deleted."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.text import slugify

from outcomes import criteria
from outcomes.models import Cohort
from registry.access import Permission
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.history import events_of, told
from registry.models import Study, User

LONGEST_NAME, LONGEST_DESCRIPTION, LONGEST_SLUG = 200, 2000, 80
TAKEN_BY_ADDRESSES = frozenset({"new", "preview"})
STALE = "Somebody saved this cohort after you opened it. Nothing of yours is lost: compare and save again."


@dataclass(frozen=True)
class Version:
    """What a cohort was from a moment on, and who made it so."""

    number: int
    name: str
    description: str
    rule: Mapping
    who: str
    at: datetime


def may_define(user: User, studies: Collection[Study]) -> bool:
    """Whether the user may ask for analyses at a site of each of the studies."""
    mine = Study.objects.visible_to(user, Permission.ASK_ANALYSES).filter(pk__in=[study.pk for study in studies])
    return bool(studies) and mine.count() == len(studies)


def is_default(cohort: Cohort) -> bool:
    """Whether this is the whole of a study, which no one edits: the cohort under the study's own slug."""
    return Study.objects.filter(slug=cohort.slug).exists()


@transaction.atomic
def make_cohort(*, name: str, studies: Collection[Study], rule: Mapping, by: User, description: str = "") -> Cohort:
    """Keep a new cohort over these studies. criteria.RuleError where the rule is none; Refused where the name is, or
    where the maker may not ask for analyses at a site of each study.
    """
    if not may_define(by, studies):
        raise refused("C1", "studies", "", "Choose studies in which you may ask for analyses.")
    fields = checked(name, description, rule)
    try:
        with transaction.atomic(), recording(by=by):
            cohort = Cohort.objects.create(slug=free_slug(fields["name"]), **fields)
            cohort.studies.set(studies)
    except IntegrityError as error:
        message = "A cohort of that name was saved at the same moment. Look for it in the list."
        raise refused("C4", "name", name, message) from error
    return cohort


@transaction.atomic
def change_cohort(*, cohort: Cohort, version: int, name: str, rule: Mapping, by: User, description: str = "") -> Cohort:
    """The next version of a cohort that was opened as `version`; its studies and its address stay.

    StaleSave where somebody saved a version in between; Refused and criteria.RuleError as in make_cohort. What is
    saved as it was makes no version.
    """
    if not may_define(by, cohort.studies.all()):
        raise refused("C1", "studies", cohort.slug, "You may not ask for analyses at a site of each of its studies.")
    if is_default(cohort):
        raise refused("C2", "cohort", cohort.slug, "This is the whole of its study. Make a copy, and change the copy.")
    fields = checked(name, description, rule)
    now = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if now.version != version:
        raise StaleSave(STALE)
    if any(getattr(now, field) != value for field, value in fields.items()):
        with recording(by=by):
            Cohort.objects.filter(pk=cohort.pk).update(version=F("version") + 1, **fields)
    cohort.refresh_from_db()
    return cohort


def checked(name: str, description: str, rule: Mapping) -> dict:
    """The fields to keep; Refused or RuleError where one is not what it should be."""
    name, description = " ".join(name.split()), description.strip()
    if not slugify(name):
        raise refused("C3", "name", name, "Give the cohort a name with letters or digits.")
    for field, text, most in (("name", name, LONGEST_NAME), ("description", description, LONGEST_DESCRIPTION)):
        if len(text) > most:
            raise refused("C3", field, text[:40], f"This may have {most:,} characters.")
    criteria.parse(rule)
    return {"name": name, "description": description, "rule": dict(rule)}


def free_slug(name: str) -> str:
    """What the cohort is called in addresses: its name, with a number where that is taken."""
    return next(slug for slug in slugs(slugify(name)[:LONGEST_SLUG].strip("-_")) if not is_taken(slug))


def slugs(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}-{number}" for number in range(2, 10_000))


def is_taken(slug: str) -> bool:
    """A study's slug is kept for the cohort that is the whole of it."""
    if slug in TAKEN_BY_ADDRESSES or Study.objects.filter(slug=slug).exists():
        return True
    return Cohort.objects.filter(slug=slug).exists()


def versions_of(cohort: Cohort) -> list[Version]:
    """Every version of the cohort, the newest first."""
    events = list(events_of(Cohort).filter(pgh_obj_id=cohort.pk))
    return [
        Version(event.version, event.name, event.description, event.rule, who, event.pgh_created_at)
        for event, (who, _, _) in zip(events, told(events), strict=True)
    ][::-1]


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value, message=message)])
