"""Makes a release: freeze -> rows without identifiers -> files, kept with `done` in one transaction."""

from django.db import transaction

from outcomes import freeze as freezing
from outcomes.freezes import check_kept
from outcomes.models import Cohort, Freeze
from registry import jobs
from registry.audit import recording
from registry.errors import Refused
from registry.models import Job, User
from reports.models import Release, ReleaseFile
from reports.releases.asking import fewest_for, key_of, refuse_strangers, why_withheld
from reports.releases.making import Content, Made, make
from reports.releases.manifest import digest_of
from reports.releases.profiles import PROFILES
from reports.releases.signed import signed

# The same words whatever the reason: they are read by who may not know it.
NOT_RELEASED = "Withheld: these rows may not leave as they are. Ask the site."
CHANGED = "The program was changed since this release was asked for. Ask for it again."
MADE = "This release was made meanwhile. Ask again, and you are given it."
NO_RIGHT = "Who asked, or who would get the rows, has the right no more."


def run_job(job: Job) -> None:
    """Do what the job asks. JobFailed where a right is gone, or the rows may not leave."""
    kept = Freeze.objects.select_related("cohort").get(pk=job.params["freeze"])
    recipient, profile = User.objects.get(pk=job.params["recipient"]), PROFILES[job.params["profile"]]
    try:
        refuse_strangers(kept, recipient, job.requested_by)
    except Refused as error:
        raise jobs.JobFailed(NO_RIGHT) from error
    if key_of(kept, profile.name, recipient, job.params["formats"]) != job.params["key"]:
        raise jobs.JobFailed(CHANGED)
    jobs.progress(job, 0, 4, "reading the freeze")
    check_kept(kept)
    content = Content(kept, freezing.load(kept), profile)
    if why_withheld(content, fewest_for(kept, profile, recipient))[0]:
        raise jobs.JobFailed(NOT_RELEASED)
    keep(job, recipient, make(content, recipient, job.params["formats"], lambda *said: jobs.progress(job, *said)))


@transaction.atomic
def keep(job: Job, recipient: User, made: Made) -> None:
    """The release, its files and `done` together; JobFailed where one was kept meanwhile, which stays as it is."""
    jobs.finish(job)
    kept, profile = made.content.kept, made.content.profile
    Cohort.objects.select_for_update().only("pk").get(pk=kept.cohort_id)  # one at a time: each knows the one before
    if Release.objects.filter(key=job.params["key"]).exists():
        raise jobs.JobFailed(MADE)
    before = Release.objects.filter(cohort=kept.cohort_id, recipient=recipient, profile=profile.name)
    last = before.exclude(freeze=kept).only("digest").first()
    manifest = signed(made.manifest(last.digest if last else None), job.site_ids, job.requested_by)
    with recording(by=job.requested_by):
        release = Release.objects.create(
            pk=job.pk, job=job, cohort_id=kept.cohort_id, freeze=kept, site_ids=job.site_ids, recipient=recipient,
            profile=profile.name, profile_hash=profile.hash, key=job.params["key"], digest=digest_of(manifest),
            manifest=manifest, patient_ids=made.content.patient_ids, smallest_class=made.content.alike.smallest,
            supersedes=last, made_by=job.requested_by,
        )  # fmt: skip
        ReleaseFile.objects.bulk_create(
            ReleaseFile(
                release=release, name=file.name, media_type=file.media_type, rows=file.rows, sha256=file.sha256,
                size=len(file.content), content=file.content,
            )
            for file in made.files
        )  # fmt: skip
