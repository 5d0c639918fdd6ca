"""Freezes and releases for tests, made without a worker."""

import json

from django.urls import reverse

from outcomes.cohorts import visible_cohorts
from outcomes.freeze import freeze, store
from outcomes.models import Cohort, Freeze
from registry.models import Study
from reports.models import Release
from reports.releases.asking import ask_release
from reports.tasks import make_release
from tests.builders import build_cohort_rows, build_study
from tests.programs import bearer

PULL = ("pull:rows",)


def build_alike(site, by, *, slug: str = "nails", patients: int = 6) -> Cohort:
    """A cohort of patients of whom nothing is known but their scores, so that all are alike."""
    study = build_study(slug=slug, site=site)
    build_cohort_rows(study, site, patients)
    return cohort_of(study, by)


def cohort_of(study: Study, by) -> Cohort:
    return visible_cohorts(by).get(slug=study.slug)


def frozen_now(cohort: Cohort, by, *sites) -> Freeze:
    """The cohort as it is now, kept."""
    ids = sorted(site.pk for site in (sites or cohort.studies.get().sites.all()))
    return Freeze.objects.select_related("cohort").get(pk=store(freeze(cohort, ids), cohort, ids, by=by).pk)


def released(kept: Freeze, recipient, profile: str = "safe_harbor", **options) -> Release:
    """A release, made."""
    job = ask_release(freeze=kept, profile=profile, recipient=recipient, by=options.pop("by", recipient), **options)
    make_release(str(job.pk))
    job.refresh_from_db()
    assert job.state == job.State.DONE, job.error
    return Release.objects.get(pk=job.pk)


def contents(release: Release) -> dict[str, bytes]:
    return {file.name: bytes(file.content) for file in release.files.all()}


def rows_of_file(release: Release, name: str) -> list[dict]:
    """The rows of an NDJSON file."""
    return [json.loads(line) for line in contents(release)[name].splitlines()]


def codes_in(release: Release) -> set[str]:
    return {row["patient"] for row in rows_of_file(release, "patients.ndjson")}


def token(user, site, profile: str = "safe_harbor", **options) -> dict[str, str]:
    """The header of a new token that pulls rows."""
    return bearer(user, site, scopes=PULL, profile=profile, **options)


def post_release(client, headers, **said):
    """Ask for a release by the API."""
    key = {name: said.pop(name) for name in ("Idempotency-Key",) if name in said}
    return client.post(
        reverse("api-release-list"), json.dumps(said), content_type="application/json", headers=headers | key
    )
