"""A long table of scores, from the upload to its undo."""

import pytest

from registry.errors import Refused
from registry.models import FollowUpVisit, ImportedCell, Patient, Score
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.imports.staged import committed, lines, long_file, numbers, previewed, scores, undone, uploaded

FILE = long_file(
    ("N-001", "preop", "pain", "7"),
    ("N-001", "w6", "pain", "3"),
    ("N-001", "w6", "opioid", "1"),
    ("N-002", "preop", "pain", "999"),
)
RECORDED = {
    ("N-001", "preop", "pain"): "7",
    ("N-001", "w6", "pain"): "3",
    ("N-001", "w6", "opioid"): "1",
    ("N-002", "preop", "pain"): "not_recorded",
}


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def at(study, north, nurse):
    """Where and by whom."""
    return {"study": study, "site": north, "by": nurse}


def test_a_preview_counts_what_is_new_and_writes_nothing(at, study):
    batch = previewed(FILE, **at)
    assert batch.state == "previewed", batch.problem
    assert batch.preview["counts"] == {"new": 4, "new_patients": 2, "new_visits": 3}
    assert len(lines(batch, "new")) == 4
    assert (Patient.objects.count(), FollowUpVisit.objects.count(), Score.objects.count()) == (0, 0, 0)


def test_a_commit_writes_what_the_preview_showed(at, study):
    batch = committed(FILE, **at)
    assert batch.state == "committed", batch.problem
    assert scores(study) == RECORDED


def test_the_same_file_again_changes_nothing(at, study):
    first = committed(FILE, **at)
    cells = ImportedCell.objects.count()
    again = previewed(FILE, **at)
    assert again.sha256 == first.sha256
    assert again.preview["counts"] == {"unchanged": 4}
    assert again.preview["nothing_to_do"] is True
    assert ImportedCell.objects.count() == cells


def test_a_changed_value_is_shown_old_and_new_and_needs_a_reason(at, study, nurse):
    committed(FILE, **at)
    changed = FILE.replace(b"w6,pain,3", b"w6,pain,4")
    batch = previewed(changed, **at)
    assert lines(batch, "changed") == [["N-001", "w6", "Score: Pain (VAS / NRS) (pain)", "3", "4", "row 3, value"]]
    with pytest.raises(Refused, match="V8"):
        committed(changed, **at, reason="")
    assert scores(study) == RECORDED
    committed(changed, **at)
    assert scores(study) == RECORDED | {("N-001", "w6", "pain"): "4"}


def test_undo_restores_what_was_changed_and_marks_what_was_made(at, study, nurse):
    committed(FILE, **at)
    batch = committed(FILE.replace(b"w6,pain,3", b"w6,pain,4") + b"N-003,w6,pain,1\r\n", **at)
    assert numbers(study) == ["N-001", "N-002", "N-003"]
    batch = undone(batch, by=nurse)
    assert batch.state == "undone", batch.problem
    assert scores(study) == RECORDED
    assert numbers(study) == ["N-001", "N-002"]
    assert FollowUpVisit.objects.filter(error_reason__startswith="Import undone").count() == 1


def test_an_undone_file_can_be_imported_again(at, study, nurse):
    undone(committed(FILE, **at), by=nurse)
    assert (scores(study), numbers(study)) == ({}, [])
    assert committed(FILE, **at).state == "committed"
    assert scores(study) == RECORDED


def test_undo_leaves_what_somebody_changed_since_and_lists_it(at, study, nurse, north):
    procedure = build_procedure(patient=build_patient(study=study, site=north, study_number="N-001"))
    build_visit(procedure=procedure, timepoint="preop", scores={"pain": 5})
    build_visit(procedure=procedure, timepoint="w6", scores={"pain": 2})
    batch = committed(long_file(("N-001", "preop", "pain", "7"), ("N-001", "w6", "pain", "3")), **at)
    assert batch.state == "committed", batch.problem
    committed(long_file(("N-001", "w6", "pain", "9")), **at)
    undone(batch, by=nurse)
    assert scores(study) == {("N-001", "preop", "pain"): "5", ("N-001", "w6", "pain"): "9"}
    assert [cell.conflict for cell in batch.cells.exclude(conflict="")] == [
        "Changed after the import: it has '9' now, the file brought '3'. Left as it is."
    ]


def test_errors_name_row_column_value_rule_and_what_to_do(at, study):
    batch = previewed(
        long_file(("N-001", "w6", "pain", "11"), ("N-001", "w6", "opioid", "x"), ("N 1", "w6", "pain", "1"),
                  ("N-001", "w9", "pain", "1"), ("N-001", "w6", "mood", "1")), **at)  # fmt: skip
    found = lines(batch, "error")
    assert [(line[0], line[1], line[2], line[3]) for line in found] == [
        ("scores.csv, row 3", "value", "x", "I4"),
        ("scores.csv, row 4", "patient_id", "N 1", "I2"),
        ("scores.csv, row 5", "timepoint", "w9", "I8"),
        ("scores.csv, row 6", "instrument", "mood", "I8"),
        ("scores.csv, row 2", "value", "11", "V1"),
    ]
    assert all(line[4] for line in found)


def test_rows_with_errors_are_left_out_only_by_choice(at, study):
    content = long_file(("N-001", "w6", "pain", "11"), ("N-002", "w6", "pain", "4"))
    with pytest.raises(Refused, match="errors"):
        committed(content, **at)
    assert scores(study) == {}
    batch = committed(content, **at, leave_out_errors=True)
    assert (batch.state, batch.preview["left_out_rows"]) == ("committed", 1)
    assert [line[0] for line in lines(batch, "error")] == ["scores.csv, row 2"]
    assert scores(study) == {("N-002", "w6", "pain"): "4"}


def test_a_file_that_cannot_be_read_says_why(at):
    batch = uploaded(b"PK\x03\x04", **at)
    assert (batch.state, "I11" in batch.problem) == ("failed", True)


def test_possible_duplicates_are_listed_and_stop_nobody(at, study, north):
    build_patient(study=study, site=north, study_number="P-0017")
    content = long_file(("p17", "w6", "pain", "3"), ("Q-1", "w6", "pain", "3"), ("q1", "w6", "pain", "2"))
    batch = committed(content, **at)
    assert batch.state == "committed", batch.problem
    assert [(line[0], line[2]) for line in lines(batch, "duplicate")] == [
        ("scores.csv, row 2", "p17"), ("scores.csv, row 4", "q1")]  # fmt: skip
    assert "P-0017" in lines(batch, "duplicate")[0][4]
