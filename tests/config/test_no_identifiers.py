"""What a worker logs and what Redis holds tell nothing of a patient: not when a job fails, not while a file is read."""

import signal

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from config.broker import client
from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from registry.access import Role
from registry.actions.imports import upload_file
from registry.models import Instrument
from tests.builders import build_member, build_patient, build_site, build_study, publish_apart, run_until
from tests.conftest import stop
from tests.registry.imports.staged import long_file

CANARY = "Kanarienvogel"
TELLING = "tests.worker_apps.telling"


def in_redis() -> str:
    """Every key and value that there is."""
    asked = client(settings.REDIS_URL)
    readers = {b"list": lambda key: asked.lrange(key, 0, -1), b"hash": asked.hgetall, b"set": asked.smembers,
               b"zset": lambda key: asked.zrange(key, 0, -1), b"string": asked.get}  # fmt: skip
    return " ".join(repr((key, readers[asked.type(key)](key))) for key in asked.scan_iter())


def said_by(worker) -> str:
    """All that a worker has written, once it has ended."""
    stop(worker, signal.SIGINT)
    words, _ = worker.communicate(timeout=60)
    return words


@pytest.fixture
def asked(transactional_db):
    """A job and a file, about a patient by the name of the bird."""
    site = build_site("north")
    study = build_study(slug="short", site=site)
    build_patient(study=study, site=site, study_number=CANARY)
    Instrument.objects.create(site=site, key="own", name="Own", source=CANARY, minimum=0, maximum=10, step=1)
    by = build_member("nurse", site, Role.SITE_ADMIN)
    content = long_file((CANARY, "w6", "pain", "3"), (f"{CANARY}-2", "w6", "pain", f"{CANARY} 99"))
    batch = upload_file(study=study, site=site, name=f"{CANARY}.csv", content=content, by=by)
    return ask_analysis(cohort=visible_cohorts(by).get(slug="short"), plan=None, by=by), batch.job


@pytest.mark.worker
def test_no_word_of_a_patient_is_in_the_workers_log_or_in_redis(asked, workers):
    failing, reading = asked
    for job in asked:
        publish_apart(job.kind, str(job.pk))
    held = in_redis()
    assert str(failing.pk) in held, "the messages are there to be looked at"
    worker = workers(app=TELLING, JOB_LEASE_SECONDS="2")
    for job in (reading, failing):
        run_until(job, lambda job: job.is_over or (job.attempts > 0 and job.state != "running"), publish=publish_apart)
    words = said_by(worker)
    assert "instrument_step_positive" in words, "the job has failed of the constraint, and the log says so"
    assert CANARY not in words + held + in_redis()


def test_postgresql_does_repeat_the_row_in_what_the_job_fails_of(asked):
    """What the test above would find if nothing was taken out. Of a row behind a wall PostgreSQL itself is silent."""
    with pytest.raises(IntegrityError, match=CANARY), transaction.atomic():
        Instrument.objects.filter(key="own").update(step=0)
