"""The command makes every file through the queue; of a kept freeze they are the same, whatever was edited since."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outcomes.models import Freeze
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit

PLAN = {"name": "pain", "analyses": [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]}


@pytest.fixture
def study(transactional_db, north):
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 8)
    return study


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


@pytest.mark.worker
def test_files_of_a_freeze_are_the_same_to_the_byte_after_an_edit(dispatcher, study, north, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(PLAN))
    asked = {"cohort": "hips", "plan": str(plan), "verbosity": 0}
    call_command("build_report", **asked, out=tmp_path / "before")
    kept = Freeze.objects.get()
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 9})
    call_command("build_report", **asked, freeze=kept.pk, out=tmp_path / "again")
    call_command("build_report", **asked, out=tmp_path / "after")

    before, again, after = (digests(tmp_path / name) for name in ("before", "again", "after"))
    assert before == again
    assert set(before) == {"report.pdf", "report.docx", "report.xlsx", "report.html", "data.zip", "manifest.json"}
    assert [name for name in before if before[name] == after[name]] == []
    told = json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert {each["name"]: each["sha256"] for each in told["files"]} == {
        name: digest for name, digest in again.items() if name != "manifest.json"
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "words"),
    [({"cohort": "none"}, "There is no cohort none"), ({"plan": "nowhere.json"}, "no plan by name"),
     ({"freeze": "5f3c2c5e-0000-4000-8000-000000000000"}, "has no freeze")],
)  # fmt: skip
def test_what_is_wrong_with_the_request_is_said_in_words(north, tmp_path, said, words):
    build_study(slug="hips", site=north)
    with pytest.raises(CommandError, match=words):
        call_command("build_report", **({"cohort": "hips", "out": tmp_path / "out"} | said), verbosity=0)
    assert not (tmp_path / "out").exists()
