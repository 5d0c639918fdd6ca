"""What a report's page says of its files: made, being made, or to be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from outcomes.models import Cohort, Result
from registry.models import Job
from reports.document_access import readable
from reports.document_asking import DOCUMENT, key_of, profiles_for
from reports.models import Document, DocumentFile


@dataclass(frozen=True)
class Choice:
    """A profile of the report's files: its document, or the job that makes it, or whether the reader may ask."""

    profile: str
    words: str
    document: Document | None
    running: Job | None
    may_make: bool


def report_files(results: Sequence[Result], cohort: Cohort, user) -> tuple[Job, list[Choice]]:
    """The analysis, and each profile that there is anything to say of. The same queries for any report."""
    analysis = results[0].job
    keys = {profile: key_of(analysis, list(results), profile) for profile in Document.Profile.values}
    files = Prefetch("files", DocumentFile.objects.defer("content"))
    kept = {each.key: each for each in readable(user).filter(key__in=keys.values()).prefetch_related(files)}
    # A key is of the very sites that the reader sees this report of.
    under_way = Job.objects.filter(kind=DOCUMENT, state__in=Job.UNDER_WAY, params__key__in=[*keys.values()])
    running = {job.params["key"]: job for job in under_way}
    may_make = profiles_for(cohort, analysis.site_ids, user)
    choices = [
        Choice(profile, Document.Profile(profile).label, kept.get(key), running.get(key), profile in may_make)
        for profile, key in keys.items()
    ]
    return analysis, [each for each in choices if each.document or each.running or each.may_make]
