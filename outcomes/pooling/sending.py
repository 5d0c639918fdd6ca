"""A site's tables of one spec over one freeze, made once: the fixture first, then counted, choked, signed and kept.

The same spec, freeze and level give the same bytes, however often they are asked for.
"""

import hashlib
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from outcomes.disclosure.leaves import NotInSpec
from outcomes.disclosure.ledger import NOT_TOLD, Earlier, Withheld
from outcomes.freeze import Frozen, load
from outcomes.freezes import check_kept
from outcomes.models import Freeze, SentBundle, SiteKey
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import LEVELS, OVERLAPS, TRUSTED, content_of, read_bundle, sealed_bundle
from outcomes.pooling.fixture import FixtureMismatch, check_fixture
from outcomes.pooling.framing import differences
from outcomes.pooling.jcs import jcs
from outcomes.pooling.keys import key_for, signer_of
from outcomes.pooling.proposals import document_of
from outcomes.pooling.refusing import (
    FIXTURE_MISMATCH,
    KeyUsed,
    OverlapDiffers,
    SharersAlone,
    SpecNotApproved,
    SpecUnknown,
    said,
)
from outcomes.pooling.signing import KeyUnreadable, bundle_id
from outcomes.pooling.spec import Spec
from registry import jobs
from registry.access import Permission, may
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Job, Site, User

SUMMARISE = "outcomes.summarise"
GONE = (Job.State.FAILED, Job.State.CANCELLED)


@transaction.atomic
def ask_summary(
    *, freeze: Freeze, spec_hash: str, level: str, by: User, overlap: str = "none_known", idempotency_key: str = ""
) -> Job:
    """Ask for the tables of a spec over a freeze. What was asked and has not failed is given back.

    Refused where the asker may not, the spec is unknown or not approved for the level, or the freeze is of more sites.
    """
    site = site_of(freeze)
    if not may(by, Permission.SEND_BUNDLES, site):
        raise refused("S5", "freeze", str(freeze.pk), "You may not send tables of counts of this site.")
    spec = approved_spec(site, spec_hash, level)
    if not may_order(by, level, site):
        raise SharersAlone(level)
    if overlap not in OVERLAPS:
        raise refused("S6", "overlap", overlap, f"Say one of {', '.join(OVERLAPS)}.")
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    params = {"cohort": str(freeze.cohort_id), "freeze": str(freeze.pk), "spec": str(spec.pk), "level": level}
    same = Job.objects.filter(kind=SUMMARISE, params__contains=params)
    done = None if idempotency_key else same.exclude(state__in=GONE).first()
    said_otherwise = same.exclude(state__in=GONE).exclude(params__overlap=overlap).exists()
    params |= {"overlap": overlap}
    job = done or jobs.ask(kind=SUMMARISE, params=params, site_ids=[site.pk], by=by, idempotency_key=idempotency_key)
    if idempotency_key and (job.kind, job.params) != (SUMMARISE, params):
        raise KeyUsed(idempotency_key)
    if said_otherwise:
        raise OverlapDiffers(overlap)
    return job


def may_order(by: User, level: str, site: Site) -> bool:
    """Whether somebody may ask for tables at this level: whole ones only who may share what leaves the site."""
    return may(by, Permission.SEND_BUNDLES, site) and (level != TRUSTED or may(by, Permission.SHARE, site))


def site_of(freeze: Freeze) -> Site:
    """The one site of a freeze: a bundle speaks for one."""
    if len(freeze.site_ids) != 1:
        message = "A bundle is of one site. Make a freeze of that site alone, and send its tables."
        raise refused("S7", "freeze", str(freeze.pk), message)
    return Site.objects.get(pk=freeze.site_ids[0])


def approved_spec(site: Site, spec_hash: str, level: str) -> KnownSpec:
    if level not in LEVELS:
        raise refused("S6", "level", level, f"Say one of {', '.join(LEVELS)}.")
    spec = KnownSpec.objects.filter(site=site, spec_hash=spec_hash).first()
    if spec is None:
        raise SpecUnknown(spec_hash)
    if not spec.is_approved or level not in spec.levels:
        raise SpecNotApproved(spec_hash)
    return spec


def run_job(job: Job) -> None:
    """Make what the job asks for. JobFailed, in words, where the right is gone or this instance counts otherwise."""
    kept = Freeze.objects.select_related("cohort").get(pk=job.params["freeze"])
    known, site = KnownSpec.objects.select_related("site").get(pk=job.params["spec"]), site_of(kept)
    level = job.params["level"]
    if already(known, kept, level) is not None:
        return jobs.finish(job)
    if not may_order(job.requested_by, level, site):
        raise jobs.JobFailed("The requester may no longer ask for these tables of this site.")
    if not known.is_approved or level not in known.levels:
        raise jobs.JobFailed(said(SpecNotApproved.problem_type, SpecNotApproved.MESSAGE))
    spec = document_of(known)
    jobs.progress(job, 0, 2, "counting the fixture")
    check_counts_alike(spec, kept)
    jobs.progress(job, 1, 2, "counting the freeze")
    check_kept(kept)
    keep(job, known, spec, kept)
    return None


def already(known: KnownSpec, kept: Freeze, level: str) -> SentBundle | None:
    """What was answered before to the same question."""
    return SentBundle.objects.filter(spec=known, freeze=kept, level=level).first()


def answer_of(job: Job) -> SentBundle:
    """What a job that is done has answered; a second one that asked the same has the first one's answer."""
    of = {"spec_id": job.params["spec"], "freeze_id": job.params["freeze"], "level": job.params["level"]}
    return SentBundle.objects.select_related("site", "spec").get(**of)


def check_counts_alike(spec: Spec, kept: Freeze) -> None:
    """JobFailed where this instance, or this freeze, does not count as the spec says."""
    found = differences(spec, kept.manifest)
    if found:
        raise jobs.JobFailed(said(FIXTURE_MISMATCH, " ".join(found[:3])))
    try:
        check_fixture(spec, kept.cohort.studies.select_related("schedule"))
    except FixtureMismatch as error:
        raise jobs.JobFailed(said(FIXTURE_MISMATCH, str(error))) from error


@transaction.atomic
def keep(job: Job, known: KnownSpec, spec: Spec, kept: Freeze) -> None:
    """The ledger's row and `done` together; nothing where the claim was lost.

    One at a time for a site: what leaves is held against everything that left before.
    """
    site = Site.objects.select_for_update(no_key=True).get(pk=known.site_id)
    level, overlap = job.params["level"], job.params["overlap"]
    row = SentBundle(pk=job.pk, spec=known, freeze=kept, level=level, site=site, overlap=overlap)
    row.made_by = job.requested_by
    content = what_leaves(row, spec, load(kept))
    if content is not None:
        seal(row, content, key_for(site=site, by=job.requested_by), spec)
    jobs.finish(job)
    with recording(by=job.requested_by):
        row.save(force_insert=True)


def what_leaves(row: SentBundle, spec: Spec, frozen: Frozen) -> dict | None:
    """What leaves; None where nothing may, and the row says why."""
    ledger = [] if row.level == TRUSTED else list(earlier(row.site))
    try:
        content, row.told = content_of(spec, frozen, row.level, ledger)
    except Withheld as error:
        row.withheld, row.told = error.problem_type, error.told
        return None
    except NotInSpec as error:
        row.withheld, row.told = NOT_TOLD, [f"{error}. Correct the value, or agree on a spec that has it."]
        return None
    return content


def earlier(site: Site) -> Iterator[Earlier]:
    """What this site sent before with hidden cells, with the freezes it was counted from: the ledger."""
    sent = SentBundle.objects.filter(site=site, withheld="").exclude(level=TRUSTED).select_related("freeze", "spec")
    for row in sent.order_by("made_at"):
        bundle = read_bundle(bytes(row.content))
        about = {"spec_hash": row.spec.spec_hash, "policy": bundle.document["policy"]}
        yield Earlier(frozen=load(row.freeze), leaves=bundle.leaves, **about)


def seal(row: SentBundle, content: dict, key: SiteKey, spec: Spec) -> None:
    """Sign what leaves, and put its bytes in the row."""
    before = SentBundle.objects.filter(spec=row.spec, level=row.level, withheld="").order_by("-made_at").first()
    row.supersedes = before.bundle_id if before else ""
    release = {
        "id": str(row.freeze_id),
        "digest": f"sha256:{row.freeze.digest}",
        "as_of": row.freeze.made_at.isoformat(timespec="seconds"),
        "supersedes": row.supersedes or None,
    }
    try:
        signer = signer_of(key)
    except KeyUnreadable as error:
        raise jobs.JobFailed(str(error)) from error
    document = sealed_bundle(
        spec, content, level=row.level, site=row.site.code, release=release, key=signer, overlap=row.overlap,
        created=timezone.now(),
    )  # fmt: skip
    row.bundle_id, row.kid, row.content = bundle_id(document), signer.kid, jcs(document)
    row.sha256 = hashlib.sha256(row.content).hexdigest()
    read_bundle(row.content)  # what we could not read ourselves does not leave


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value[:80], message=message)])
