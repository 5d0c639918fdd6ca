"""In production a log line is one JSON object, with the ids of the request and of the job, and no patient's row."""

import json
import logging
import re

import pytest
import structlog
from django.test import Client

from config.logs import JsonLines, processors
from registry import jobs
from registry.actions.people import system_user
from tests.builders import build_site
from tests.config.test_logs import CANARY, WAYS, logged

FAILED = f"duplicate key\nDETAIL:  Key (study_number)=({CANARY}) already exists."


def line(write) -> dict:
    """What is logged meanwhile, by structlog as production has it."""
    text = logged(JsonLines(), lambda log, _: write(structlog.wrap_logger(log, processors=processors("json"))), None)
    assert text.count("\n") == 1
    return json.loads(text)


def test_a_line_is_one_object_with_its_fields():
    said = line(lambda log: log.warning("job failed", job="an id", attempts=3))
    assert (said["event"], said["job"], said["attempts"], said["level"]) == ("job failed", "an id", 3, "warning")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["at"])


@pytest.mark.parametrize("way", WAYS)
def test_no_row_is_in_the_object_whatever_way_it_came(way):
    text = logged(JsonLines(), WAYS[way], RuntimeError(FAILED) if way != "its cause" else cause())
    assert CANARY not in text
    assert json.loads(text)["level"] == "error"
    said = line(lambda log: log.warning("refused", error=FAILED))
    assert said["error"] == "duplicate key"


def cause() -> Exception:
    error = RuntimeError("outside")
    error.__cause__ = RuntimeError(FAILED)
    return error


def test_every_line_of_a_request_has_its_id_and_the_answer_tells_it(caplog, db):
    with caplog.at_level(logging.INFO, logger="promontory"):
        answer = Client().get("/livez", headers={"X-Request-ID": "from-the-proxy-1"})
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    assert "request='from-the-proxy-1'" in caplog.text and "route='livez'" in caplog.text
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("asked", ["", "short", "x" * 65, "with spaces in it", "line\tend-of-it"])
def test_what_does_not_look_like_an_id_is_replaced(asked):
    answer = Client().get("/livez", headers={"X-Request-ID": asked})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_every_line_of_a_job_has_the_jobs_id(caplog, db):
    job = jobs.ask(kind="nothing", params={}, site_ids=[build_site("north").pk], by=system_user())

    def fails(job):
        raise jobs.JobFailed("in words")

    with caplog.at_level(logging.INFO, logger="promontory"):
        jobs.work(str(job.pk), fails)
    assert f"job='{job.pk}'" in caplog.text
    assert structlog.contextvars.get_contextvars() == {}
