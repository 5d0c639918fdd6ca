"""What PostgreSQL says of a patient's row does not reach the log."""

import io
import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils.module_loading import import_string

from config.logs import WithoutRows
from registry.models import Event, Patient
from tests.builders import build_patient, build_procedure
from tests.config.processes import ROOT

CANARY = "Kanarienvogel"
PLAIN = logging.Formatter("%(levelname)s %(name)s %(message)s")


def first_line_only(procedure):
    """A row that breaks a constraint: DETAIL repeats it."""
    Event.objects.filter(procedure=procedure).update(description=CANARY, happened_precision=None)


def several_lines(procedure):
    """The same, with line ends in the text."""
    Event.objects.filter(procedure=procedure).update(description=f"a\n\n{CANARY}\nb", happened_precision=None)


def taken_number(procedure):
    """A key that is taken: DETAIL repeats it."""
    build_patient(study=procedure.patient.study, site=procedure.site, study_number=CANARY)
    other = build_patient(study=procedure.patient.study, site=procedure.site)
    Patient.objects.filter(pk=other.pk).update(study_number=CANARY)


BREAKS = [first_line_only, several_lines, taken_number]


@pytest.fixture
def procedure(north):
    row = build_procedure(site=north)
    Event.objects.create(procedure=row, site=north, kind="death", happened_on="2024-05-01", happened_precision="day")
    return row


def logged(formatter: logging.Formatter, write, error) -> str:
    """What a handler with this formatter writes."""
    stream = io.StringIO()
    handler, log = logging.StreamHandler(stream), logging.getLogger("test of the log")
    handler.setFormatter(formatter)
    log.addHandler(handler)
    try:
        write(log, error)
    finally:
        log.removeHandler(handler)
    return stream.getvalue()


def with_traceback(log, error):
    try:
        raise RuntimeError("The import stopped") from error
    except RuntimeError:
        log.exception("request failed")


WAYS = {
    "traceback": with_traceback,
    "as text": lambda log, error: log.error("It failed: %s", error),
    "as code": lambda log, error: log.error("Task %s raised unexpected: %r", "analyse", error),
    "its cause": lambda log, error: log.error("It failed: %s", error.__cause__),
    "traceback of a thread": lambda log, error: log.error("It failed", exc_info=error),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("broken", BREAKS)
def test_the_row_is_in_the_error_and_not_in_the_log(procedure, broken, way):
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        broken(procedure)
    assert CANARY in logged(PLAIN, WAYS[way], failed.value), "without our formatter the row would be in the log"
    text = logged(WithoutRows(), WAYS[way], failed.value)
    assert CANARY not in text
    assert "constraint" in text


def test_what_stands_before_and_after_a_row_is_kept(procedure):
    with pytest.raises(DatabaseError) as failed, transaction.atomic():
        several_lines(procedure)
    text = logged(WithoutRows(), with_traceback, failed.value)
    assert "request failed" in text and "event_happened_on_with_precision" in text
    assert "The above exception was the direct cause" in text
    assert text.endswith("RuntimeError: The import stopped\n")


def test_lines_without_a_row_are_left_as_they_are():
    text = "In detail: two rows\n  a HINT for the reader"
    assert logged(WithoutRows(), WAYS["as text"], text) == f"It failed: {text}\n"


def test_every_handler_of_ours_has_the_formatter():
    for handler in settings.LOGGING["handlers"].values():
        assert settings.LOGGING["formatters"][handler["formatter"]]["()"] == "config.logs.WithoutRows"
    for formatter in settings.LOGGING["formatters"].values():
        assert issubclass(import_string(formatter["()"]), WithoutRows)


def test_a_crash_of_a_page_reaches_the_log_without_the_row(procedure):
    """Through Django's own logger, as it is configured."""
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        first_line_only(procedure)
    script = (
        "import logging, sys, django; django.setup()\n"
        "error = RuntimeError(sys.argv[1])\n"
        "logging.getLogger('django.request').error('Internal Server Error', exc_info=error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(failed.value)], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )  # fmt: skip
    assert "Internal Server Error" in done.stderr and "event_happened_on_with_precision" in done.stderr
    assert CANARY not in done.stderr + done.stdout
