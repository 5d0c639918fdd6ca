"""The same freeze, plan and program give the same bytes of every file, in another process, at another time."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from reports.documents import archives, docx, html, pdf, xlsx
from reports.documents.contents import contents_of
from reports.documents.pictures import pictures_of
from reports.report import build
from tests.reports import examples

CLOCK = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ELSEWHERE = """
import json, django
django.setup()
from tests.reports.documents import test_bytes
print(json.dumps(test_bytes.digests()))
"""


def made(clock: datetime = CLOCK) -> dict[str, bytes]:
    """Every file of the example's report."""
    results = examples.everything()
    document = contents_of(build(examples.manifest(), results), results, clock, "0.1.0")
    drawn = pictures_of(document, "svg")
    return {
        "pdf": pdf.pdf(document, drawn),
        "docx": docx.docx(document, pictures_of(document, "png")),
        "xlsx": xlsx.xlsx(document),
        "html": html.html(document, drawn),
    }


def digests() -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in made().items()}


def in_another_process() -> dict[str, str]:
    """The digests that a process gives whose sets and dictionaries are in another order."""
    env = os.environ | {"PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, check=True, env=env)
    return json.loads(done.stdout)


def test_two_processes_make_the_same_bytes_of_every_file():
    assert in_another_process() == digests()


def test_a_clock_that_is_let_in_makes_other_bytes(monkeypatch):
    """The control: what the comparison would say if a moment other than the freeze's stood in a file."""
    first, later = digests(), {name: hashlib.sha256(file).hexdigest() for name, file in made(datetime.now(UTC)).items()}
    assert [name for name in first if first[name] == later[name]] == []
    monkeypatch.setattr(archives, "EPOCH", datetime.now().timetuple()[:6])
    assert digests()["docx"] != first["docx"]


def test_no_file_says_when_it_was_computed():
    results = [each | {"envelope": each["envelope"] | {"computed_at": "2031-01-01T00:00:00+00:00"}}
               for each in examples.everything()]  # fmt: skip
    assert "2031" not in str(contents_of(build(examples.manifest(), results), results, CLOCK, "0.1.0"))
