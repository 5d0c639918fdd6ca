"""Runs a job's plan: freeze → columns → tables → kernel → results and `done` in one transaction."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outcomes import freeze
from outcomes.analyses.run import computed
from outcomes.freezes import check_kept, check_rights, freeze_now
from outcomes.models import Cohort, Freeze, Result, in_order
from outcomes.plans.beside import with_beside
from outcomes.plans.check import Plan, check_plan
from outcomes.plans.default import default_plan
from outcomes.plans.errors import PlanError
from outcomes.plans.fit import Fitted, fit
from outcomes.stats.documents import canonical
from registry import jobs
from registry.audit import recording
from registry.models import Job

CONVENTIONS = (
    "Two-sided. Quartiles q1/q3 are of type 7 (types 2, 5, 6 beside them); ranks and variances are tie-corrected; "
    "signed-rank drops zeros unless named Pratt; no continuity correction unless named cc; chi-squared without Yates "
    "unless named yates; ANCOVA is post on group, baseline and covariates."
)
# What numbers are computed with beside the program itself.
LIBRARIES = {name: version(name) for name in ("numpy", "scipy", "statsmodels")}


@dataclass(frozen=True)
class Answer:
    """One analysis of a plan, computed."""

    entry: dict
    payload: bytes


def run_job(job: Job) -> None:
    """Do what the job asks. JobFailed, in words, where its requester has lost the right or the plan does not fit."""
    cohort = Cohort.objects.get(pk=job.params["cohort"])
    check_rights(job, cohort)
    frozen = frozen_for(job, cohort)
    fitted = fitted_plan(job.params["plan"] or default_of(cohort, frozen.manifest), frozen.manifest)
    plan = whole_plan(fitted.plan, frozen.manifest)
    answers = answers_to(plan, frozen, job)
    keep(job, cohort, frozen, plan, answers, fitted.left_out)


def frozen_for(job: Job, cohort: Cohort) -> freeze.Frozen:
    """The freeze that the job names, or one of the record as it is now."""
    if "freeze" in job.params:
        jobs.progress(job, 0, 1, "reading the freeze")
        kept = kept_freeze(job)
        check_kept(kept)
        frozen = freeze.load(kept)
    else:
        jobs.progress(job, 0, 1, "reading the record")
        frozen = freeze_now(cohort, job.site_ids)
    return replace(frozen, manifest=in_order(frozen.manifest))


def kept_freeze(job: Job) -> Freeze | None:
    """The freeze that the job names."""
    return Freeze.objects.get(pk=job.params["freeze"]) if "freeze" in job.params else None


def default_of(cohort: Cohort, manifest: dict) -> dict:
    """The plan of the cohort's report. JobFailed where a study names a plan that there is not."""
    try:
        return default_plan(cohort.studies.values_list("default_plan", flat=True), manifest)
    except PlanError as error:
        raise jobs.JobFailed(f"The default plan of a study of this cohort is not there. {error}") from error


def fitted_plan(plan: dict, manifest: dict) -> Fitted:
    """A plan that asks for it, cut to what the cohort has; any other as it is."""
    return fit(plan, manifest) if plan.get("fit") else Fitted(plan, [])


def whole_plan(plan: dict, manifest: dict) -> Plan:
    """The plan with what stands beside it. JobFailed where that cannot be: an id that leaves no room for more."""
    try:
        return check_plan(with_beside(plan, manifest))
    except PlanError as error:
        raise jobs.JobFailed(f"What stands beside this plan cannot be asked. {error}"[:500]) from error


def answers_to(plan: Plan, frozen: freeze.Frozen, job: Job) -> list[Answer]:
    """The plan's analyses, computed one after the other, with progress."""
    columns, total = freeze.columns_of(frozen), len(plan.entries)
    answers = []
    for done, (entry, spec) in enumerate(zip(plan.entries, plan.analyses, strict=True)):
        jobs.progress(job, done, total, entry["id"])
        try:
            answers.append(Answer(dict(entry), canonical(computed(spec, columns))))
        except PlanError as error:
            raise jobs.JobFailed(f"The plan does not fit the cohort. {error}") from error
    return answers


@transaction.atomic
def keep(
    job: Job, cohort: Cohort, frozen: freeze.Frozen, plan: Plan, answers: list[Answer], left_out: list[dict]
) -> None:
    """Store freeze, results and `done` together; LostClaim, and nothing is kept, where the job is another worker's.

    left_out: the entries that the plan was cut by, as every envelope says.
    """
    jobs.finish(job)
    with recording(by=job.requested_by):
        kept = kept_freeze(job) or freeze.store(frozen, cohort, job.site_ids, by=job.requested_by)
        now = timezone.now()
        Result.objects.bulk_create(
            Result(
                job=job,
                cohort=cohort,
                freeze=kept,
                site_ids=job.site_ids,
                plan=plan.name,
                analysis_id=answer.entry["id"],
                place=place,
                type=answer.entry["type"],
                entry=answer.entry,
                payload_text=answer.payload.decode(),
                payload_sha256=hashlib.sha256(answer.payload).hexdigest(),
                envelope=envelope(kept, plan, now) | {"left_out_of_plan": left_out},
            )
            for place, answer in enumerate(answers)
        )


def envelope(kept: Freeze, plan: Plan, now: datetime) -> dict:
    """What a result must carry to be made again: data, plan, preset, program."""
    return {
        "freeze": kept.digest,
        "freeze_id": str(kept.pk),
        "cohort": kept.manifest["cohort"]["slug"],
        "cohort_version": kept.manifest["cohort"]["version"],
        "sites": kept.manifest["sites"],
        "plan": plan.name,
        "preset": plan.preset,
        "program_version": settings.PROGRAM_VERSION,
        "conventions": CONVENTIONS,
        "libraries": LIBRARIES,
        "computed_at": now.isoformat(),
    }
