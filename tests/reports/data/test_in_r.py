"""R reads the files as the README says, and its own reader of SPSS files finds ids, labels and missing codes."""

import os
import shutil
import subprocess

import pytest

from tests.reports.data.reading import files_of
from tests.reports.data.test_tables import FULL

RSCRIPT = shutil.which("Rscript")
CSV = """
wide <- read.csv("csv/wide.csv", colClasses = c(id = "character"), na.strings = "")
cat(wide$id, sep = " "); cat("\\n")
cat(wide$pain_preop, wide$pain_preop_missing, sep = " "); cat("\\n")
"""
SPSS = """
if (!requireNamespace("foreign", quietly = TRUE)) quit(status = 77)
wide <- suppressWarnings(foreign::read.spss("spss/wide.sav", use.value.labels = FALSE, use.missings = TRUE))
coded <- suppressWarnings(foreign::read.spss("spss/wide.sav", use.value.labels = FALSE, use.missings = FALSE))
cat(trimws(wide$id), sep = " "); cat("\\n")
cat(wide$pain_preop, coded$pain_preop, sep = " "); cat("\\n")
cat(attr(wide, "variable.labels")[["pain_preop"]], "\\n")
cat(attr(coded$pain_preop, "value.labels")[["Refused"]], unlist(attr(coded, "missings")$pain_preop), sep = " ")
"""
NOT_THERE = 77


def said(script: str, folder) -> list[str]:
    """What R says of the files in the folder, line by line. Skipped, saying so, where there is no R."""
    if RSCRIPT is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Rscript is not here, and under CI=true it must be (r-base-core).")
        pytest.skip("Rscript is not here: install r-base-core to read the files with it.")
    for name, content in files_of(FULL).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    ran = subprocess.run([RSCRIPT, "--vanilla", "-e", script], cwd=folder, capture_output=True, text=True, timeout=120)
    if ran.returncode == NOT_THERE:
        pytest.skip("R is here without its package foreign.")
    assert ran.returncode == 0, ran.stderr
    return [line.strip() for line in ran.stdout.splitlines()]


def test_r_reads_the_wide_file_as_the_readme_says(tmp_path):
    assert said(CSV, tmp_path) == ["00123 A c", "7 NA 3.5 NA refused NA"]


def test_r_reads_ids_labels_and_missing_codes_of_the_spss_file(tmp_path):
    assert said(SPSS, tmp_path) == [
        "00123 A c", "7 NA 3.5 7 -905 3.5", "Pain, Preoperative (points)", "-905 range -910 -901",
    ]  # fmt: skip
