"""One valid row of every table of releases."""

from outcomes.models import Result
from registry.models import Job
from reports.models import Release, ReleaseAgreement, ReleaseFile

HASH = "sha256:" + "b" * 64


def release_rows(result: Result, by) -> list:
    """A release of the result's freeze with a file, and the agreement that it was made under."""
    of = {"cohort": result.cohort, "site_ids": result.site_ids}
    job = Job.objects.create(kind="reports.release", requested_by=by, site_ids=result.site_ids)
    release = Release.objects.create(
        **of, pk=job.pk, job=job, freeze=result.freeze, recipient=by, profile="limited", profile_hash=HASH,
        key="d" * 64, digest=HASH, manifest={}, patient_ids=[], smallest_class=5, made_by=by,
    )  # fmt: skip
    about = {"media_type": "text/csv", "sha256": "0" * 64, "size": 1, "rows": 1}
    file = ReleaseFile.objects.create(release=release, name="wide.csv", content=b"1", **about)
    agreement = ReleaseAgreement.objects.create(**of, recipient=by, fewest=2, words="Agreement 7", made_by=by)
    return [release, file, agreement]
