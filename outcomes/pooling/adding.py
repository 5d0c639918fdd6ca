"""Adds up what a study's contributors have sent, and keeps what comes of it: asked for by a page, done by a worker."""

import hashlib
from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outcomes.asking import ask_once
from outcomes.models import PooledResult, Pooling, PoolingStudy, ReceivedBundle
from outcomes.pooling.about import about_of
from outcomes.pooling.beside_sites import beside
from outcomes.pooling.bundle import Bundle, read_bundle
from outcomes.pooling.pooling import (
    NOT_DETERMINED,
    Pooled,
    cautions,
    digest_of,
    distinct,
    level_of,
    per_site,
    pooled,
    sum_of,
)
from outcomes.pooling.spec import Spec
from outcomes.pooling.studies import refused, spec_of
from outcomes.pooling.summed import manifest_of
from outcomes.running import CONVENTIONS, LIBRARIES
from registry import jobs
from registry.access import Permission
from registry.audit import recording
from registry.errors import Refused
from registry.models import Job, User

POOL = "outcomes.pool"
NOTHING = "No contributor has sent a bundle that counts. There is nothing to add up yet."
Say = Callable[[int, int, str], None]


def may_manage(study: PoolingStudy, user) -> bool:
    """Whether a user may have the tables added up."""
    return PoolingStudy.objects.visible_to(user, Permission.ASK_ANALYSES).filter(pk=study.pk).exists()


@transaction.atomic
def ask_pooling(*, study: PoolingStudy, by: User, idempotency_key: str = "") -> Job:
    """Ask for the sum of what counts now. A request that is under way already is given back, but for a key's own."""
    if not may_manage(study, by):
        raise refused("G5", "study", study.slug, "You may not have the tables of this study added up.")
    if not study.bundles.filter(status=ReceivedBundle.Status.ACCEPTED).exists():
        raise refused("G6", "study", study.slug, NOTHING)
    what = {"kind": POOL, "params": params_of(study), "site_ids": [study.site_id]}
    if idempotency_key:
        return ask_once(**what, by=by, idempotency_key=idempotency_key)
    return under_way(study) or jobs.ask(**what, by=by)


def params_of(study: PoolingStudy) -> dict:
    return {"pooling_study": str(study.pk), "slug": study.slug, "name": study.name}


def under_way(study: PoolingStudy) -> Job | None:
    """The job that is adding up a study's tables, where there is one."""
    asked = Job.objects.filter(kind=POOL, params=params_of(study), state__in=Job.UNDER_WAY)
    return asked.order_by("created_at").first()


def run_job(job: Job) -> None:
    """Do what the job asks. JobFailed, in words, where its requester lost the right or there is nothing to add."""
    study = PoolingStudy.objects.get(pk=job.params["pooling_study"])
    if not may_manage(study, job.requested_by):
        raise jobs.JobFailed("The requester may no longer have the tables of this study added up.")
    try:
        add_up(
            study,
            by=job.requested_by,
            say=lambda done, total, step: jobs.progress(job, done, total, step),
            finish=lambda: jobs.finish(job),
        )
    except Refused as error:
        raise jobs.JobFailed(error.problems[0].message) from error


def add_up(
    study: PoolingStudy, *, by: User, say: Say = lambda *words: None, finish: Callable[[], None] = lambda: None
) -> Pooling:
    """Every analysis of the spec over the bundles that count now. The same inputs give the row that is there."""
    spec, bundles = spec_of(study), counting(study)
    if not bundles:
        raise refused("G6", "study", study.slug, NOTHING)
    kept = same_inputs(study, digest_of(spec, bundles))
    if kept is not None:
        finish()
        return kept
    found = []
    for done, entry in enumerate(spec.entries):
        say(done, len(spec.entries), entry["id"])
        answer = pooled(entry, spec, bundles)
        found.append((answer, beside_sites(answer, spec, bundles)))
    return keep(study, spec, bundles, found, by=by, finish=finish)


def beside_sites(answer: Pooled, spec: Spec, bundles: Sequence[Bundle]) -> dict:
    """The same question within sites, and each site's own effect; why there is none, where nothing is determined."""
    if answer.payload.startswith(b'{"%s":' % NOT_DETERMINED.encode()):
        return {name: {"not_estimable": "nothing is determined"} for name in ("stratified", "two_stage")}
    entry, told = answer.entry, per_site(answer.entry, spec, bundles)
    untold = sorted({bundle.site for bundle in bundles} - answer.missing.keys() - told.keys())
    if untold:
        return {name: {"not_estimable": untold_words(untold)} for name in ("stratified", "two_stage")}
    try:
        return beside(entry, spec.analyses[entry["id"]][1], told)
    except (ValueError, ArithmeticError, LookupError):  # tables that can be added up and contradict themselves
        return {
            name: {"not_estimable": "the sites' tables contradict themselves"} for name in ("stratified", "two_stage")
        }


def untold_words(sites: Sequence[str]) -> str:
    return f"it needs each site's own counts, and {' and '.join(sites)} did not send them whole"


def counting(study: PoolingStudy) -> list[Bundle]:
    """The bundles that count now, read again from the bytes that came, in the order of their ids."""
    rows = study.bundles.filter(status=ReceivedBundle.Status.ACCEPTED)
    return distinct(read_bundle(bytes(content)) for content in rows.values_list("content", flat=True))


def is_current(pooling: Pooling) -> bool:
    """Whether a sum is of the bundles that count now, by this version of the program."""
    counts = pooling.study.bundles.filter(status=ReceivedBundle.Status.ACCEPTED).values_list("bundle_id", flat=True)
    digest = sum_of(pooling.study.spec_hash, counts)
    return (pooling.digest, pooling.program_version) == (digest, settings.PROGRAM_VERSION)


def same_inputs(study: PoolingStudy, digest: str) -> Pooling | None:
    return study.poolings.filter(digest=digest, program_version=settings.PROGRAM_VERSION).first()


@transaction.atomic
def keep(
    study: PoolingStudy, spec: Spec, bundles: Sequence[Bundle], found: Sequence[tuple[Pooled, dict]], *, by: User,
    finish: Callable[[], None],
) -> Pooling:  # fmt: skip
    """The sum, its results and the end of the job together, one at a time for a study."""
    finish()
    PoolingStudy.objects.select_for_update().only("pk").get(pk=study.pk)
    digest = digest_of(spec, bundles)
    kept = same_inputs(study, digest)
    if kept is not None:
        return kept
    with recording(by=by):
        pooling = Pooling.objects.create(**about_sum(study, spec, bundles), study=study, digest=digest, made_by=by)
        common = envelope(pooling, spec, bundles)
        PooledResult.objects.bulk_create(
            result_of(pooling, place, answer, common | {"missing": dict(answer.missing), "beside": beside})
            for place, (answer, beside) in enumerate(found)
        )
    return pooling


def about_sum(study: PoolingStudy, spec: Spec, bundles: Sequence[Bundle]) -> dict:
    abouts = [about_of(bundle) for bundle in bundles]
    moments = ReceivedBundle.objects.filter(study=study, bundle_id__in=[bundle.id for bundle in bundles])
    return {
        "inputs": [bundle.id for bundle in bundles],
        "level": level_of(bundles),
        "manifest": manifest_of(spec, abouts, slug=study.slug, name=study.name),
        "clock": max(moments.values_list("as_of", flat=True)),
        "program_version": settings.PROGRAM_VERSION,
    }


def result_of(pooling: Pooling, place: int, answer: Pooled, about: dict) -> PooledResult:
    return PooledResult(
        pooling=pooling,
        analysis_id=answer.entry["id"],
        place=place,
        type=answer.entry["type"],
        entry=answer.entry,
        payload_text=answer.payload.decode(),
        payload_sha256=hashlib.sha256(answer.payload).hexdigest(),
        exact=answer.exact,
        level=answer.level,
        inputs=list(answer.inputs),
        envelope=about,
    )


def envelope(pooling: Pooling, spec: Spec, bundles: Sequence[Bundle]) -> dict:
    """What every result of a sum must carry to be made again: inputs, spec, preset, program."""
    return {
        "freeze": pooling.digest,
        "spec_hash": spec.hash,
        "study": pooling.study.slug,
        "sites": sorted(bundle.site for bundle in bundles),
        "plan": spec.name,
        "preset": spec.preset,
        "program_version": settings.PROGRAM_VERSION,
        "conventions": CONVENTIONS,
        "libraries": LIBRARIES,
        "computed_at": timezone.now().isoformat(),
        "cautions": cautions(bundles),
        "left_out_of_plan": list(spec.document["not_poolable"]),
    }
