"""An undo leaves a patient in use to whom something was added that no file can name."""

from datetime import date

import pytest

from registry.actions.visits import mark_visit_as_error
from registry.imports.undo import IN_USE
from registry.models import FollowUpVisit, Operation, Patient, Procedure
from tests.builders import build_procedure, build_study, build_visit
from tests.registry.imports.staged import committed, long_file, numbers, undone


@pytest.fixture
def batch(north, nurse):
    study = build_study(slug="used", site=north)
    rows = ("N-001", "w6", "pain", "3"), ("N-002", "w6", "pain", "4")
    return committed(long_file(*rows), study=study, site=north, by=nurse)


def further() -> Procedure:
    return build_procedure(patient=Patient.objects.get(study_number="N-001"), is_index=False)


def conflicts(batch) -> list[tuple[str, str, str]]:
    return [(cell.patient.study_number, cell.form, cell.conflict) for cell in batch.cells.exclude(conflict="")]


def test_a_patient_with_a_further_procedure_stays_and_one_without_goes(batch, nurse):
    procedure = further()
    batch = undone(batch, by=nurse)
    assert (batch.state, numbers(batch.study)) == ("undone", ["N-001"]), batch.problem
    assert conflicts(batch) == [("N-001", "patient", IN_USE)]
    assert Procedure.objects.valid().filter(pk=procedure.pk).exists()


def test_what_hangs_on_a_further_procedure_stays_in_use_too(batch, nurse):
    procedure = further()
    build_visit(procedure=procedure, timepoint="w6", scores={"pain": 1})
    Operation.objects.create(site=procedure.site, procedure=procedure)
    batch = undone(batch, by=nurse)
    assert conflicts(batch) == [("N-001", "patient", IN_USE)]
    assert FollowUpVisit.objects.valid().filter(procedure=procedure).count() == 1


def test_a_visit_that_a_file_cannot_name_keeps_its_procedure_and_its_patient(batch, nurse):
    index = Procedure.objects.get(patient__study_number="N-001")
    for _ in range(2):  # the second of one day has no name of its own
        build_visit(procedure=index, timepoint=None, visited_on=date(2024, 5, 20), scores={"pain": 1})
    batch = undone(batch, by=nurse)
    assert sorted(conflicts(batch)) == [("N-001", "patient", IN_USE), ("N-001", "procedure", IN_USE)]


def test_what_was_marked_as_an_error_keeps_nothing_in_use(batch, nurse, system):
    procedure = further()
    visit = build_visit(procedure=procedure, timepoint="w6", scores={"pain": 1})
    mark_visit_as_error(visit, version=visit.version, reason="another patient's", by=system)
    Procedure.objects.filter(pk=procedure.pk).update(error_marked_at=visit.recorded_at, error_reason="twice")
    batch = undone(batch, by=nurse)
    assert (numbers(batch.study), conflicts(batch)) == ([], [])
