"""A commit is what the preview showed, once, or nothing: changed records, locks, races and killed workers."""

import re
import threading
import time

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from registry import jobs
from registry.access import Role
from registry.actions.imports import STEP, cancel_batch, do_step, map_columns
from registry.actions.locking import lock_patient
from registry.closed import why_closed
from registry.errors import Refused, RegistryError
from registry.models import FollowUpVisit, ImportedCell, Patient, Score
from tests.builders import (
    build_member,
    build_patient,
    build_procedure,
    build_site,
    build_study,
    build_visit,
    publish_apart,
    run_until,
)
from tests.conftest import stop
from tests.registry.imports.staged import LONG, asked, committed, long_file, previewed, scores, step


@pytest.fixture
def place(db):
    """A study at north, a coordinator, and one patient with a visit."""
    north = build_site("north")
    study = build_study(slug="races", site=north)
    patient = build_patient(study=study, site=north, study_number="N-001")
    visit = build_visit(procedure=build_procedure(patient=patient), timepoint="w6", scores={"pain": 3})
    nurse = build_member("nurse", north, Role.COORDINATOR)
    return {"at": {"study": study, "site": north, "by": nurse}, "patient": patient, "visit": visit}


CHANGED = long_file(("N-001", "w6", "pain", "5"), ("N-002", "w6", "pain", "1"))


def test_a_record_that_changed_since_the_preview_refuses_the_batch_and_names_the_cells(place):
    at, visit = place["at"], place["visit"]
    batch = asked(previewed(CHANGED, **at), reason="from the chart", by=at["by"])
    Score.objects.filter(visit=visit).update(value=4)
    batch = step(batch)
    assert batch.state == "previewed"
    assert "I17" in batch.problem and "had" not in batch.problem
    assert "row 2" in batch.problem and "'3'" in batch.problem and "'4'" in batch.problem
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "4"}


def test_a_visit_saved_since_the_preview_with_the_same_values_refuses_too(place):
    at, visit = place["at"], place["visit"]
    batch = asked(previewed(CHANGED, **at), reason="from the chart", by=at["by"])
    FollowUpVisit.objects.filter(pk=visit.pk).update(version=2)
    assert "I17" in step(batch).problem
    assert not Patient.objects.filter(study_number="N-002").exists()


def test_a_locked_patient_is_refused_in_the_words_of_the_form(place, admin):
    at, patient = place["at"], place["patient"]
    lock_patient(patient=patient, version=patient.version, by=admin)
    batch = previewed(CHANGED, **at)
    message = [line for page in batch.pages.filter(kind="error") for line in page.lines]
    assert [line[3] for line in message] == ["V13"]
    patient.refresh_from_db()
    assert message[0][4] == why_closed(patient).message
    with pytest.raises(RegistryError):
        asked(batch, reason="x", by=at["by"])
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "3"}


def test_a_patient_locked_between_preview_and_commit_is_refused(place, admin):
    at = place["at"]
    batch = asked(previewed(CHANGED, **at), reason="from the chart", by=at["by"])
    lock_patient(patient=place["patient"], version=place["patient"].version, by=admin)
    batch = step(batch)
    assert batch.state == "previewed"
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "3"}


def test_a_cancelled_batch_writes_nothing(place):
    at = place["at"]
    batch = asked(previewed(CHANGED, **at), reason="from the chart", by=at["by"])
    cancel_batch(batch, by=at["by"])
    with pytest.raises(jobs.JobFailed), transaction.atomic():
        do_step(jobs.claim(batch.job_id))
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "3"}


@pytest.mark.django_db(transaction=True)
def test_of_two_commits_at_once_one_wins_and_the_other_is_refused(place):
    at = place["at"]
    batches = [asked(previewed(CHANGED, **at), reason="from the chart", by=at["by"]) for _ in range(2)]
    started = threading.Barrier(2)

    def work(batch):
        started.wait()
        try:
            with jobs.claimed(batch.job_id) as job:
                do_step(job)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for batch in batches:
        batch.refresh_from_db()
    assert sorted(batch.state for batch in batches) == ["committed", "previewed"]
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "5", ("N-002", "w6", "pain"): "1"}
    assert ImportedCell.objects.values("batch").distinct().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_commit_changes_nothing_and_another_does_it(place, workers):
    at = place["at"]
    rows = [(f"K-{number:04}", "w6", "pain", str(number % 11)) for number in range(1500)]
    batch = previewed(long_file(*rows), **at)
    before = scores(at["study"])
    batch = asked(batch, by=at["by"])
    worker = workers(JOB_LEASE_SECONDS="2")
    run_until(batch.job, lambda job: is_writing(), publish=publish_apart)
    stop(worker)
    assert (scores(at["study"]), Patient.objects.count()) == (before, 1)
    workers(JOB_LEASE_SECONDS="2")
    run_until(batch.job, lambda job: job.is_over, publish=publish_apart)
    batch.refresh_from_db()
    assert (batch.state, Patient.objects.count()) == ("committed", 1501)


def is_writing() -> bool:
    """Whether some other connection has written patients and has not committed yet."""
    time.sleep(0.01)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
            " WHERE c.relname = 'registry_score' AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0] > 0


def test_the_step_is_the_workers_task():
    assert STEP == "registry.import"


def test_the_same_file_twice_adds_nothing(place):
    at = place["at"]
    committed(CHANGED, **at)
    counts = [model.objects.count() for model in (Patient, FollowUpVisit, Score, ImportedCell)]
    assert previewed(CHANGED, **at).preview["nothing_to_do"] is True
    assert [model.objects.count() for model in (Patient, FollowUpVisit, Score, ImportedCell)] == counts


def shown(page) -> str:
    """The digest that the page of a preview sends with its commit."""
    return re.search(r'name="digest" value="([0-9a-f]{64})"', page.content.decode())[1]


def test_a_preview_that_was_made_anew_is_not_committed_by_who_saw_the_one_before(place, client):
    at = place["at"]
    batch = previewed(CHANGED, **at)
    client.force_login(at["by"])
    address = reverse("import-detail", args=[batch.pk])
    sent = {"do": "commit", "reason": "from the chart", "digest": shown(client.get(address))}
    Score.objects.filter(visit=place["visit"]).update(value=4)
    step(map_columns(batch, mapping=LONG, by=at["by"]))
    for body in (sent, {**sent, "digest": ""}, {"do": "commit", "reason": "from the chart"}):
        answer = client.post(address, body)
        assert (answer.status_code, "made anew" in answer.content.decode()) == (409, True)
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "4"}
    answer = client.post(address, {**sent, "digest": shown(client.get(address))})
    assert answer.status_code == 302
    assert scores(at["study"]) == {("N-001", "w6", "pain"): "5", ("N-002", "w6", "pain"): "1"}


def test_errors_and_the_need_of_a_reason_are_those_of_the_preview_that_is_there_now(place):
    """What the caller holds is older than the row: it has neither errors nor a need of a reason."""
    at = place["at"]
    content = CHANGED + b"N-003,w6,pain,99\r\n"
    batch = previewed(content, **at)
    batch.preview = {}
    with pytest.raises(Refused, match="Rows have errors"):
        asked(batch, by=at["by"])
    batch = step(map_columns(batch, mapping=LONG, leave_out_errors=True, by=at["by"]))
    batch.preview = {}
    with pytest.raises(Refused, match="Say why"):
        asked(batch, reason=" ", by=at["by"])
    assert step(asked(batch, by=at["by"])).state == "committed"
