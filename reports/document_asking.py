"""Asks for a report's files: a request is a row in the queue. The same request is given the same document."""

import hashlib

from django.conf import settings
from django.db import transaction

from outcomes.latest import results_of
from outcomes.models import Cohort, Result
from outcomes.stats.documents import canonical
from registry import jobs
from registry.access import Permission
from registry.errors import Problem, Refused
from registry.models import Job, User
from reports.models import Document

DOCUMENT = "reports.document"
FORBIDDEN = "D3"
NOT_DONE = "Files are made of a report that is done and has results."
MAY_NOT = (
    "You may not make these files: you need the right to ask for analyses, and to see what they hold, at every site."
)


@transaction.atomic
def ask_document(*, analysis: Job, profile: str, by: User, again: bool = False) -> Job:
    """Ask for the files of an analysis that is done; a document that is kept, or being made, gives its own job.

    again: make every file anew and hold it against what is kept. Refused where the asker lacks a right at one of the
    analysis's sites, where the profile is none, and where there is nothing to print.
    """
    if profile not in Document.Profile.values:
        raise refused("D1", "profile", profile, f"Take one of {', '.join(Document.Profile.values)}.")
    results = results_of(analysis) if analysis.state == Job.State.DONE else []
    if not results:
        raise refused("D2", "analysis", str(analysis.pk), NOT_DONE)
    if not may_make(results[0].cohort, analysis.site_ids, profile, by):
        raise refused(FORBIDDEN, "profile", profile, MAY_NOT)
    key = key_of(analysis, results, profile)
    params = {"cohort": str(results[0].cohort_id), "analysis": str(analysis.pk), "profile": profile, "key": key,
              "plan_name": (analysis.params["plan"] or {}).get("name", "")}  # fmt: skip
    if again:
        return jobs.ask(kind=DOCUMENT, params=params | {"again": True}, site_ids=analysis.site_ids, by=by)
    return made_or_under_way(key) or jobs.ask(kind=DOCUMENT, params=params, site_ids=analysis.site_ids, by=by)


def made_or_under_way(key: str) -> Job | None:
    """The job that made this document, or is making it."""
    kept = Document.objects.select_related("job").filter(key=key).first()
    if kept is not None:
        return kept.job
    return Job.objects.filter(kind=DOCUMENT, params__key=key, state__in=Job.UNDER_WAY).order_by("created_at").first()


def key_of(analysis: Job, results: list[Result], profile: str) -> str:
    """The digest of all that a document's bytes depend on."""
    return hashlib.sha256(
        canonical(
            {
                "freeze": results[0].freeze.digest,
                "sites": sorted(map(str, analysis.site_ids)),
                "plan": analysis.params["plan"],
                "preset": results[0].envelope["preset"],
                "entries": [result.entry for result in results],
                "profile": profile,
                "program": settings.PROGRAM_VERSION,
            }
        )
    ).hexdigest()


def profiles_for(cohort: Cohort, site_ids: list, user) -> list[str]:
    """The profiles of files that the user may make: who may ask for analyses, and see what they hold, at every one of
    the sites."""
    asks, sees, reads = (
        bool(site_ids) and set(site_ids) <= set(cohort.sites_for(user, permission).values_list("pk", flat=True))
        for permission in (Permission.ASK_ANALYSES, Permission.VIEW_PATIENTS, Permission.READ_RESULTS)
    )
    holds = {Permission.VIEW_PATIENTS: sees, Permission.READ_RESULTS: reads}
    return [profile for profile in Document.Profile.values if asks and holds[Document(profile=profile).needs]]


def may_make(cohort: Cohort, site_ids: list, profile: str, user) -> bool:
    """Whether the user may make the files of this profile."""
    return profile in profiles_for(cohort, site_ids, user)


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value, message=message)])
