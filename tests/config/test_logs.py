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
from registry.models import Instrument, Patient, User
from tests.builders import build_patient, build_study
from tests.config.processes import ROOT

CANARY = "Kanarienvogel"
PLAIN = logging.Formatter("%(levelname)s %(name)s %(message)s")


def first_line_only(instrument):
    """A row that breaks a constraint: DETAIL repeats it."""
    Instrument.objects.filter(pk=instrument.pk).update(source=CANARY, step=0)


def several_lines(instrument):
    """The same, with line ends in the text."""
    Instrument.objects.filter(pk=instrument.pk).update(source=f"a\n\n{CANARY}\nb", step=0)


def taken_key(instrument):
    """A key that is taken: DETAIL repeats it."""
    User.objects.create(username=CANARY)
    other = User.objects.create(username="other")
    User.objects.filter(pk=other.pk).update(username=CANARY)


BREAKS = [first_line_only, several_lines, taken_key]


@pytest.fixture
def instrument(north):
    """A row of a table without a wall: of one behind a wall PostgreSQL itself says nothing."""
    return Instrument.objects.create(site=north, key="own", name="Own", minimum=0, maximum=10, step=1)


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
def test_the_row_is_in_the_error_and_not_in_the_log(instrument, broken, way):
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        broken(instrument)
    assert CANARY in logged(PLAIN, WAYS[way], failed.value), "without our formatter the row would be in the log"
    text = logged(WithoutRows(), WAYS[way], failed.value)
    assert CANARY not in text
    assert "constraint" in text


@pytest.mark.parametrize("way", WAYS)
def test_a_row_behind_a_wall_is_not_even_in_the_error(north, way):
    """PostgreSQL repeats no row of a table with row-level security."""
    patient = build_patient(study=build_study(site=north), site=north, study_number=CANARY)
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(withdrawn_on="2024-01-01")
    text = logged(PLAIN, WAYS[way], failed.value)
    assert "violates check constraint" in text and CANARY not in text


def test_what_stands_before_and_after_a_row_is_kept(instrument):
    with pytest.raises(DatabaseError) as failed, transaction.atomic():
        several_lines(instrument)
    text = logged(WithoutRows(), with_traceback, failed.value)
    assert "request failed" in text and "instrument_step_positive" in text
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


def test_a_crash_of_a_page_reaches_the_log_without_the_row(instrument):
    """Through Django's own logger, as it is configured."""
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        first_line_only(instrument)
    script = (
        "import logging, sys, django; django.setup()\n"
        "error = RuntimeError(sys.argv[1])\n"
        "logging.getLogger('django.request').error('Internal Server Error', exc_info=error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(failed.value)], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
    )  # fmt: skip
    assert "Internal Server Error" in done.stderr and "instrument_step_positive" in done.stderr
    assert CANARY not in done.stderr + done.stdout
