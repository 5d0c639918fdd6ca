"""Freezes that people make and name: asked for, made by a worker, verified again, cited."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from outcomes import wide
from outcomes.asking import ask_once
from outcomes.freeze import CannotFreeze, Frozen, freeze, store
from outcomes.models import Cohort, Freeze, FreezeName
from outcomes.stats.documents import canonical
from registry import jobs
from registry.access import Permission
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Job, User

FREEZE = "outcomes.freeze"
LONGEST_NOTE = 2000
SHORTEST_DIGEST = 8
TAKEN = "A freeze of this cohort has that name already; take another one."
UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class Part:
    """A part of a freeze, held against what the freeze says of it: digests, or why there is none."""

    name: str
    stated: str
    found: str

    @property
    def is_whole(self) -> bool:
        return self.stated == self.found


@transaction.atomic
def ask_freeze(*, cohort: Cohort, name: str, by: User, note: str = "", idempotency_key: str = "") -> Job:
    """Ask for a named freeze of the cohort as it is now, over its sites where the asker may ask for analyses.

    A request that is under way already is given back, and what was asked for by the same key. Refused where the name
    cannot be or is taken.
    """
    sites = sorted(cohort.sites_for(by, Permission.ASK_ANALYSES).values_list("pk", flat=True))
    if not sites:
        raise refused("F1", "cohort", cohort.slug, "You may not make freezes at any site of this cohort.")
    if not (idempotency_key and Job.objects.filter(requested_by=by, idempotency_key=idempotency_key).exists()):
        name, note = checked_words(cohort, name, note)
    params = {"cohort": str(cohort.pk), "name": " ".join(name.split()), "note": note.strip()}
    same = Job.objects.filter(kind=FREEZE, params=params, requested_by=by, state__in=Job.UNDER_WAY)
    found = None if idempotency_key else same.first()
    return found or ask_once(kind=FREEZE, params=params, site_ids=sites, by=by, idempotency_key=idempotency_key)


def checked_words(cohort: Cohort, name: str, note: str) -> tuple[str, str]:
    """The name and the note of a new freeze; Refused, with both problems, where they cannot be kept."""
    name, note = " ".join(name.split()), note.strip()
    longest = FreezeName._meta.get_field("name").max_length
    problems = []
    if not name or len(name) > longest or not name.isprintable():
        message = f"Give it a name of 1 to {longest} letters, for example what it is made for."
        problems.append(Problem(rule="F2", field="name", value=shown(name), message=message))
    elif FreezeName.objects.filter(cohort=cohort, name=name).exists():
        problems.append(Problem(rule="F3", field="name", value=name, message=TAKEN))
    if len(note) > LONGEST_NOTE or "\x00" in note:
        message = f"A note may have {LONGEST_NOTE} characters, none of them a NUL."
        problems.append(Problem(rule="F4", field="note", value=shown(note), message=message))
    if problems:
        raise Refused(problems)
    return name, note


def shown(text: str) -> str:
    return text.replace("\x00", "")[:40]


def make_freeze(job: Job) -> None:
    """Do what the job asks. JobFailed, in words, where the right is gone, rows do not fit or the name is taken."""
    cohort = Cohort.objects.get(pk=job.params["cohort"])
    check_rights(job, cohort)
    jobs.progress(job, 0, 2, "reading the record")
    frozen = freeze_now(cohort, job.site_ids)
    jobs.progress(job, 1, 2, "keeping the freeze")
    try:
        keep_named(job, cohort, frozen)
    except IntegrityError as error:
        raise jobs.JobFailed(TAKEN) from error


def check_rights(job: Job, cohort: Cohort) -> None:
    """A job works with its requester's rights of now, not of when it was asked for."""
    allowed = {site.pk for site in cohort.sites_for(job.requested_by, Permission.ASK_ANALYSES)}
    if not set(job.site_ids) <= allowed:
        raise jobs.JobFailed("The requester may no longer ask for analyses at these sites.")


def freeze_now(cohort: Cohort, site_ids: list) -> Frozen:
    """The cohort as it is now. JobFailed where its rows do not fit together."""
    try:
        return freeze(cohort, site_ids)
    except CannotFreeze as error:
        raise jobs.JobFailed(str(error)) from error


@transaction.atomic
def keep_named(job: Job, cohort: Cohort, frozen: Frozen) -> None:
    """The freeze, its name and `done` together; nothing where the claim was lost or the name was taken meanwhile."""
    jobs.finish(job)
    with recording(by=job.requested_by):
        kept = store(frozen, cohort, job.site_ids, by=job.requested_by)
        words = {"name": job.params["name"], "note": job.params["note"]}
        FreezeName.objects.create(freeze=kept, cohort=cohort, named_by=job.requested_by, **words)


@transaction.atomic
def name_freeze(*, freeze: Freeze, name: str, by: User, note: str = "") -> FreezeName:
    """Give a freeze that is kept a name, or one more."""
    allowed = {site.pk for site in freeze.cohort.sites_for(by, Permission.ASK_ANALYSES)}
    if not set(freeze.site_ids) <= allowed:
        raise refused("F1", "freeze", freeze.digest[:12], "You may not name freezes at every site of this one.")
    name, note = checked_words(freeze.cohort, name, note)
    try:
        with transaction.atomic(), recording(by=by):
            return FreezeName.objects.create(freeze=freeze, cohort=freeze.cohort, name=name, note=note, named_by=by)
    except IntegrityError as error:  # somebody took the name in between
        raise refused("F3", "name", name, TAKEN) from error


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value, message=message)])


def verify(kept: Freeze) -> list[Part]:
    """Each part of a freeze with the digest that it should have and the one that its stored bytes have now."""
    stated = kept.manifest.get("tables", {})
    tables = [
        Part(name, stated.get(name, {}).get("sha256", ""), table_digest(bytes(getattr(kept, name))))
        for name in Freeze.TABLES
    ]
    return [*tables, Part("manifest", kept.digest, hashlib.sha256(canonical(kept.manifest)).hexdigest())]


def is_whole(kept: Freeze) -> bool:
    """Whether every stored byte that means anything is as it was frozen."""
    return all(part.is_whole for part in verify(kept))


def table_digest(content: bytes) -> str:
    try:
        return wide.digest(wide.from_parquet(content))
    except (pa.ArrowException, OSError, ValueError):
        return UNREADABLE


def check_kept(kept: Freeze) -> None:
    """JobFailed where a freeze is no longer what its digest says: nothing is computed from it."""
    broken = [part.name for part in verify(kept) if not part.is_whole]
    if broken:
        words = " and ".join(broken)
        raise jobs.JobFailed(f"The stored freeze is not what its digest says: {words}. Restore it from a backup.")


def find_freeze(text: str) -> Freeze:
    """A freeze by its id, by the beginning of its digest, or as COHORT/NAME. Refused where there is not just one."""
    slug, _, name = text.partition("/")
    wanted = Q(pk=as_id(text)) | Q(pk__in=FreezeName.objects.filter(cohort__slug=slug, name=name).values("freeze"))
    if len(text) >= SHORTEST_DIGEST:
        wanted |= Q(digest__startswith=text.lower())
    found = list(Freeze.objects.filter(wanted)[:2])
    if len(found) != 1:
        words = "No freeze is" if not found else "More than one freeze is"
        raise refused("F5", "freeze", shown(text), f"{words} called so. Give its id, its SHA-256, or COHORT/NAME.")
    return found[0]


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def cite_as(kept: Freeze, name: str = "") -> str:
    """The sentence by which a paper names its data."""
    about, flow = kept.manifest["cohort"], kept.manifest["flow"]
    called = f"freeze “{name}”" if name else "freeze"
    sites = kept.manifest["sites"]
    n = f"{flow['patients']:,} patients, {flow['procedures']:,} procedures"
    return (
        f"{about['name']} ({about['slug']}), version {about['version']}, {called} of {kept.made_at:%-d %B %Y}, "
        f"{'site' if len(sites) == 1 else 'sites'} {', '.join(sites) or 'none'}, {n}. "
        f"SHA-256 {kept.digest}. Promontory {settings.PROGRAM_VERSION}."
    )
