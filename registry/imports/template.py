"""The empty table that a study asks for: a header to fill, whose names the import understands by itself."""

import csv
import io
from collections.abc import Iterable

from registry.imports.column_roles import Instrument
from registry.imports.time_words import Timepoint

PATIENT = "patient_id"


def template_header(
    instruments: Iterable[Instrument], timepoints: Iterable[Timepoint], covariates: Iterable[str] = ()
) -> list[str]:
    """patient_id, the covariates, then one column for each instrument at each timepoint, visit by visit."""
    keys = [one.key for one in instruments]
    return [PATIENT, *covariates, *(f"{key}_{timepoint.code}" for timepoint in timepoints for key in keys)]


def template_csv(
    instruments: Iterable[Instrument], timepoints: Iterable[Timepoint], covariates: Iterable[str] = ()
) -> str:
    """The header as a CSV file, with the mark by which spreadsheet programs know UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(template_header(instruments, timepoints, covariates))
    return f"\ufeff{text.getvalue()}"
