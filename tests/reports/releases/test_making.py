"""A release is the same to the byte whenever it is made, and calls each patient as its recipient knows them."""

import hashlib
from datetime import date

import pytest

from outcomes import freeze as freezing
from outcomes.pooling.jcs import hash_of
from outcomes.pooling.signing import SignatureInvalid, Signer, as_bytes
from registry.actions import standing, visits
from registry.errors import Refused
from registry.models import Job, Patient, Score
from reports.models import Release, ReleaseFile
from reports.releases.asking import Terms, ask_release
from reports.releases.making import Content, make
from reports.releases.manifest import digest_of
from reports.releases.profiles import SAFE_HARBOR
from reports.releases.running import NO_RIGHT, NOT_RELEASED
from reports.releases.signed import check_signed, unsigned
from reports.tasks import make_release
from tests.builders import build_cohort_rows, new_visit
from tests.programs import rows_of
from tests.reports.releases.released import (
    build_alike,
    codes_in,
    contents,
    frozen_now,
    released,
    rows_of_file,
    token,
)


@pytest.fixture
def cohort(north, surgeon):
    return build_alike(north, surgeon)


def made_again(release: Release) -> tuple[str, dict[str, bytes]]:
    """The digest and the files, made from the freeze once more."""
    content = Content(release.freeze, freezing.load(release.freeze), SAFE_HARBOR)
    made = make(content, release.recipient, release.job.params["formats"], lambda *said: None)
    before = release.supersedes.digest if release.supersedes else None
    return digest_of(made.manifest(before)), {file.name: file.content for file in made.files}


def pain_of(cohort) -> Score:
    return Score.objects.filter(visit__procedure__patient__study__cohorts=cohort, instrument__key="pain").first()


def correct(score: Score, by, value: int) -> None:
    visit = score.visit
    said = {each.instrument.key: each.value for each in visit.scores.select_related("instrument")}
    new = new_visit(visit.procedure, visit.timepoint.code, scores=said | {"pain": value})
    visits.correct_visit(visit, new, version=visit.version, reason="read again", by=by)


def test_the_manifest_names_the_bytes_of_every_file_and_the_digest_names_the_manifest(cohort, surgeon, pool):
    release = released(frozen_now(cohort, surgeon), pool)
    files = contents(release)
    assert {each["name"]: (each["bytes"], each["sha256"]) for each in release.manifest["files"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()
    }
    assert release.digest == hash_of(unsigned(release.manifest))
    tables = ("patients", "procedures", "visits", "scores", "survival", "instruments", "timepoints", "wide")
    assert {f"{table}.{kind}" for table in tables for kind in ("ndjson", "parquet", "csv")} <= files.keys()
    assert {"codebook.csv", "codebook.json", "values.csv", "README.txt"} <= files.keys()
    assert release.manifest["tables"]["wide"] == 6 == len(rows_of_file(release, "wide.ndjson"))
    assert release.manifest["freeze"]["sha256"] == release.freeze.digest
    assert release.manifest["profile"]["hash"] == SAFE_HARBOR.hash


def test_the_manifest_is_signed_by_the_site_and_one_changed_number_is_found(cohort, surgeon, pool, north):
    manifest = released(frozen_now(cohort, surgeon), pool).manifest
    publics = {"north": as_bytes(north.keys.get().public)}
    check_signed(manifest, publics)
    changed = manifest | {"tables": manifest["tables"] | {"wide": 7}}
    for other, keys in ((changed, publics), (unsigned(manifest), publics), (manifest, {"north": Signer.new().public})):
        with pytest.raises(SignatureInvalid):
            check_signed(other, keys)


def test_the_same_request_is_the_same_release_and_made_again_it_has_the_same_bytes(cohort, surgeon, pool):
    kept = frozen_now(cohort, surgeon)
    release = released(kept, pool)
    assert ask_release(freeze=kept, profile="safe_harbor", recipient=pool, by=pool).pk == release.pk
    assert made_again(release) == (release.digest, contents(release))
    assert Release.objects.count() == 1


def test_what_is_edited_after_the_freeze_changes_no_byte_of_the_old_release(cohort, surgeon, pool, nurse):
    release = released(frozen_now(cohort, surgeon), pool)
    before = contents(release)
    correct(pain_of(cohort), nurse, 10)

    assert contents(Release.objects.get(pk=release.pk)) == before
    assert made_again(release) == (release.digest, before)
    later = released(frozen_now(cohort, surgeon), pool)
    assert later.digest != release.digest
    assert contents(later)["scores.ndjson"] != before["scores.ndjson"]
    assert (later.supersedes, later.manifest["supersedes"]) == (release, release.digest)


def test_other_profiles_recipients_and_formats_are_other_releases(cohort, surgeon, pool, admin):
    kept = frozen_now(cohort, surgeon)
    first = released(kept, pool)
    others = [released(kept, pool, "limited"), released(kept, admin), released(kept, pool, formats=["csv"])]
    assert len({first.pk, *(each.pk for each in others)}) == 4
    assert set(contents(others[2])) == {name for name in contents(first) if not name.endswith((".ndjson", ".parquet"))}
    assert [each.supersedes for each in others] == [None] * 3


def test_a_recipient_knows_a_patient_by_one_code_in_releases_and_pulls_and_another_by_another(
    client, cohort, surgeon, pool, admin, north
):
    first = released(frozen_now(cohort, surgeon), pool)
    build_cohort_rows(cohort.studies.get(), north, 2)
    later = released(frozen_now(cohort, surgeon), pool)
    pulled = {row["id"] for row in rows_of(client, "api-patient", headers=token(pool, north))}
    assert len(codes_in(first)) == 6
    assert codes_in(first) < codes_in(later) == pulled
    assert not codes_in(released(later.freeze, admin)) & codes_in(later)


@pytest.mark.django_db(transaction=True)
def test_a_study_number_that_was_corrected_since_leads_to_the_same_patient(cohort, surgeon):
    kept = frozen_now(cohort, surgeon)
    before = dict(Patient.objects.values_list("study_number", "pk"))
    one, two = Patient.objects.order_by("study_number")[:2]
    for patient, number in ((one, "Z-1"), (two, one.study_number), (one, two.study_number)):
        Patient.objects.filter(pk=patient.pk).update(study_number=number)
    assert dict(Patient.objects.values_list("study_number", "pk")) != before
    content = Content(kept, freezing.load(kept), SAFE_HARBOR)
    assert {number: patient.pk for (_, _, number), patient in content.patients.items()} == before


def test_who_left_since_goes_to_nobody_new_and_is_counted_in_what_was_released(cohort, surgeon, pool, admin):
    kept = frozen_now(cohort, surgeon)
    before = contents(released(kept, pool))
    gone = Patient.objects.first()
    standing.withdraw_patient(patient=gone, on=date(2026, 1, 1), reason="wishes", by=admin)
    with pytest.raises(Refused, match="1 of its patients left the record since this freeze"):
        ask_release(freeze=kept, profile="safe_harbor", recipient=admin, by=admin)
    assert contents(released(kept, pool)) == before
    assert released(frozen_now(cohort, surgeon), pool).manifest["tables"]["patients"] == 5


def test_too_few_alike_are_refused_in_words_until_an_agreement_of_the_sites_allows_fewer(north, surgeon, pool, admin):
    kept = frozen_now(build_alike(north, surgeon, patients=4), surgeon)
    asked = {"freeze": kept, "profile": "safe_harbor", "recipient": pool}
    with pytest.raises(Refused, match="Of 4 patients, 4 have fewer than 4 others who are alike in"):
        ask_release(**asked, by=admin)
    with pytest.raises(Refused, match="right to share"):
        ask_release(**asked, by=surgeon, terms=Terms(fewest=3, words="DUA 1"))
    for terms, words in ((Terms(fewest=3, words=" "), "Say which agreement"), (Terms(fewest=0, words="D"), "from 1")):
        with pytest.raises(Refused, match=words):
            ask_release(**asked, by=admin, terms=terms)
    assert not Job.objects.exists() and not pool.agreements.exists()
    assert released(kept, pool, by=admin, terms=Terms(fewest=4, words="DUA 1")).smallest_class == 4
    assert released(kept, pool, formats=["csv"]).made_by == pool
    with pytest.raises(Refused, match="fewer than 4 others"):
        ask_release(freeze=kept, profile="safe_harbor", recipient=admin, by=admin)


def test_what_became_too_rare_before_the_job_ran_is_told_in_the_same_words_as_all_else(cohort, surgeon, pool, admin):
    kept = frozen_now(cohort, surgeon)
    job = ask_release(freeze=kept, profile="safe_harbor", recipient=pool, by=pool)
    standing.withdraw_patient(patient=Patient.objects.first(), on=date(2026, 1, 1), reason="wishes", by=admin)
    make_release(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, NOT_RELEASED)


def test_rights_are_those_of_the_moment_when_the_files_are_made(cohort, surgeon, pool):
    job = ask_release(freeze=frozen_now(cohort, surgeon), profile="safe_harbor", recipient=pool, by=pool)
    pool.memberships.all().delete()
    make_release(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, NO_RIGHT)
    assert not ReleaseFile.objects.exists()
