"""A document is made by a job, once; asked for again it is the same to the byte; who may not, makes and reads none."""

import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.tasks import analyse
from registry.actions.reabstraction import submit_reading
from registry.errors import Refused
from registry.models import Job, MissingReason, Study
from registry.reabstraction import asked_in
from reports import document_running
from reports.document_access import readable
from reports.document_asking import ask_document
from reports.listed import listing_for
from reports.models import Document, DocumentFile, Download
from reports.tasks import make_document
from tests.builders import build_cohort_rows, build_study
from tests.document_text import text_of
from tests.second_reading_doors import second_reading_rows

PLAN = {
    "name": "pain_plan",
    "analyses": [
        {"id": "over_time", "type": "describe_by_timepoint", "instrument": "pain"},
        {"id": "change", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "m3"},
    ],
}
TABLES, DEIDENTIFIED = Document.Profile.TABLES, Document.Profile.DEIDENTIFIED


@pytest.fixture
def analysis(north, surgeon) -> Job:
    """A done analysis of ten procedures at north."""
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 10)
    job = ask_analysis(cohort=visible_cohorts(surgeon).get(slug="hips"), plan=PLAN, by=surgeon)
    analyse(str(job.pk))
    job.refresh_from_db()
    return job


def made(analysis: Job, by, profile=TABLES, **options) -> Job:
    job = ask_document(analysis=analysis, profile=profile, by=by, **options)
    make_document(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_job_makes_every_file_and_the_manifest_names_their_bytes(analysis, surgeon):
    assert made(analysis, surgeon).state == Job.State.DONE
    document = Document.objects.get()
    files = {file.name: bytes(file.content) for file in document.files.all()}
    manifest = json.loads(files.pop("manifest.json"))
    assert files["report.pdf"].startswith(b"%PDF-")
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert manifest["freeze"]["sha256"] == document.freeze.digest
    assert sorted(files) == ["report.docx", "report.html", "report.pdf", "report.xlsx"]


def test_the_manifest_says_which_program_computed_and_which_drew_the_files(analysis, surgeon, settings):
    computed_by, settings.PROGRAM_VERSION = settings.PROGRAM_VERSION, "99.0.0"
    made(analysis, surgeon)
    manifest = json.loads(bytes(DocumentFile.objects.get(name="manifest.json").content))
    assert manifest["program"] == {"name": "Promontory", "version": computed_by, "files_drawn_by": "99.0.0"}


def test_rows_come_with_the_data_and_the_script_that_computes_the_numbers_again(analysis, surgeon):
    job = made(analysis, surgeon, DEIDENTIFIED)
    assert job.state == Job.State.DONE, job.error
    data = zipfile.ZipFile(io.BytesIO(bytes(DocumentFile.objects.get(name="data.zip").content)))
    assert {"remake.R", "expected.csv", "csv/wide.csv", "codebook.csv"} <= set(data.namelist())


def test_no_file_holds_an_id_of_a_row_of_ours(analysis, surgeon):
    made(analysis, surgeon, DEIDENTIFIED)
    document = Document.objects.get()
    ids = [document.pk, document.job_id, analysis.pk, document.freeze_id, document.cohort_id]
    ids += analysis.results.values_list("pk", flat=True)
    said = {file.name: text_of(file.media_type, bytes(file.content)) for file in document.files.all()}
    assert [(name, str(pk)) for name, text in said.items() for pk in ids if str(pk) in text] == []


def test_the_same_request_is_given_the_same_document(analysis, surgeon, admin):
    first = ask_document(analysis=analysis, profile=TABLES, by=surgeon)
    assert ask_document(analysis=analysis, profile=TABLES, by=admin) == first
    make_document(str(first.pk))
    assert ask_document(analysis=analysis, profile=TABLES, by=admin) == first
    assert Document.objects.count() == 1


def test_made_again_every_file_is_the_same_to_the_byte(analysis, surgeon):
    made(analysis, surgeon)
    again = made(analysis, surgeon, again=True)
    assert again.state == Job.State.DONE and Document.objects.count() == 1


def test_a_file_that_is_other_than_before_fails_the_job_and_is_named(analysis, surgeon, monkeypatch):
    made(analysis, surgeon)
    honest = document_running.files_of

    def with_a_clock(source, say):
        *files, manifest = honest(source, say)
        return [document_running.File("report.pdf", "application/pdf", b"another moment"), *files[1:], manifest]

    monkeypatch.setattr(document_running, "files_of", with_a_clock)
    again = made(analysis, surgeon, again=True)
    assert again.state == Job.State.FAILED and "report.pdf is not byte for byte" in again.error


def test_who_may_not_ask_for_analyses_or_see_rows_asks_in_vain(analysis, nurse, neighbour, pool):
    for user in (nurse, neighbour, pool):
        with pytest.raises(Refused):
            ask_document(analysis=analysis, profile=TABLES, by=user)
    assert not Job.objects.filter(kind="reports.document").exists()


def test_no_profile_and_no_result_are_refused(analysis, surgeon):
    with pytest.raises(Refused, match="tables, deidentified, identified"):
        ask_document(analysis=analysis, profile="everything", by=surgeon)
    Job.objects.filter(pk=analysis.pk).update(state="failed")
    analysis.refresh_from_db()
    with pytest.raises(Refused, match="has results"):
        ask_document(analysis=analysis, profile=TABLES, by=surgeon)


def test_a_job_works_with_the_rights_of_now(analysis, surgeon):
    job = ask_document(analysis=analysis, profile=TABLES, by=surgeon)
    surgeon.memberships.all().delete()
    make_document(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and not Document.objects.exists()


def test_a_download_is_an_attachment_and_is_noted_each_time(analysis, surgeon, client):
    made(analysis, surgeon)
    document = Document.objects.get()
    client.force_login(surgeon)
    place = reverse("document-file", args=[document.pk, "report.pdf"])
    answer = client.get(place)
    assert hashlib.sha256(answer.content).hexdigest() == document.files.get(name="report.pdf").sha256
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('attachment; filename="hips-pain_plan-')
    assert answer["X-Content-Type-Options"] == "nosniff"
    client.get(place)
    client.head(place)
    assert Download.objects.filter(by=surgeon, file__name="report.pdf").count() == 2
    assert "surgeon" in client.get(reverse("document-detail", args=[document.pk])).content.decode()


def test_rows_are_for_who_sees_patients_and_tables_for_who_reads_results(analysis, surgeon, pool, neighbour, client):
    made(analysis, surgeon)
    made(analysis, surgeon, DEIDENTIFIED)
    tables, rows = (Document.objects.get(profile=profile) for profile in (TABLES, DEIDENTIFIED))

    def answers(user) -> list[int]:
        client.force_login(user)
        return [
            client.get(reverse("document-file", args=[each.pk, "report.pdf"])).status_code for each in (tables, rows)
        ]

    assert [answers(user) for user in (surgeon, pool, neighbour)] == [[200, 200], [200, 404], [404, 404]]
    surgeon.memberships.all().delete()
    assert answers(surgeon) == [404, 404]


def test_who_has_yet_to_read_a_patient_a_second_time_opens_no_rows_of_the_study(analysis, surgeon, admin):
    made(analysis, surgeon)
    made(analysis, surgeon, DEIDENTIFIED)
    study = Study.objects.get(slug="hips")
    reader = second_reading_rows(study, study.sites.get(), admin)["reading"].reader
    freeze, listed = Document.objects.first().freeze, {"listing": ["pain@preop"]}
    assert {each.profile for each in readable(reader)} == {TABLES}
    assert listing_for(reader, freeze.cohort, freeze, listed) is None
    for reading in reader.readings.filter(submitted_at=None):
        values = dict.fromkeys(asked_in(reading.sample), MissingReason.UNKNOWN)
        submit_reading(reading, values=values, version=1, by=reader)
    assert {each.profile for each in readable(reader)} == {TABLES, DEIDENTIFIED}
    assert listing_for(reader, freeze.cohort, freeze, listed) is not None


def test_a_worker_that_is_killed_leaves_no_half_document(analysis, surgeon, monkeypatch):
    def interrupted(files):
        raise KeyboardInterrupt

    monkeypatch.setattr(DocumentFile.objects, "bulk_create", interrupted)
    job = ask_document(analysis=analysis, profile=TABLES, by=surgeon)
    with pytest.raises(KeyboardInterrupt):
        make_document(str(job.pk))
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED and not Document.objects.exists()
