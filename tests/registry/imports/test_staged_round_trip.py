"""What the record gives as a file, it takes back without a change; formulas stay text, ids stay text."""

from datetime import date

import pytest
from django.core.management import call_command

from registry.actions.chart import save_form
from registry.actions.patients import covariate_value, record_covariates
from registry.actions.people import system_user
from registry.actions.studies import add_covariate
from registry.chart import FORMS
from registry.imports.export import record_csv
from registry.models import MissingReason, Operation, Patient, Score, VisitDetails
from tests.builders import build_patient, build_procedure, build_site, build_study, build_visit
from tests.registry.imports.staged import previewed, scores

FORMULA = '=HYPERLINK("http://example.org";"x")'


@pytest.fixture
def study(north, nurse):
    """One of nearly everything: reasons, dates known in part, forms filled, forms never opened, a hostile text."""
    study = build_study(slug="round", site=north)
    age = add_covariate(study=study, name="age", label="Age", kind="integer", by=nurse)
    arm = add_covariate(study=study, name="arm", label="Arm", kind="category", by=nurse)
    patient = build_patient(study=study, site=north, study_number="00123", sex="F", born_on=date(1950, 1, 1),
                            born_precision="year")  # fmt: skip
    values = [(age, MissingReason.UNKNOWN), (arm, "unknown")]
    rows = [covariate_value(patient=patient, covariate=each, value=value) for each, value in values]
    record_covariates(rows, by=nurse)
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1), kind="pdn")
    build_visit(procedure=procedure, timepoint="preop", scores={"pain": "refused"})
    build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12), scores={"pain": 3, "opioid": 0})
    build_visit(procedure=procedure, timepoint="m3", missed="lost")
    build_visit(procedure=procedure, timepoint=None, visited_on=date(2024, 5, 20), scores={"pain": 1})
    fill(nurse, "operation", procedure, {"ebl_ml": 50, "los_definition": FORMULA}, {"operative_time_min": "unknown"})
    fill(nurse, "fracture", patient, {"etiology": "osteoporotic", "status": "complete", "side": "left"}, {})
    fill(nurse, "fracture", patient, {"etiology": "metastatic", "side": "right"}, {})
    build_procedure(patient=build_patient(study=study, site=north, study_number="P-2"))
    return study


def fill(by, key: str, parent, values: dict, missing: dict) -> None:
    form = FORMS[key]
    choices = {column.name: [code for code, _ in column.flatchoices] for column in form.fields}
    known = {name: value if not choices[name] or value in choices[name] else choices[name][0]
             for name, value in values.items()}  # fmt: skip
    save_form(form=form, parent=parent, row=None, values=known, missing=missing, provenance={}, version=None, reason="",
              overrides={}, submission_key=None, by=by)  # fmt: skip


def exported(study, site) -> bytes:
    return "".join(record_csv(study, site, by=system_user())).encode()


def test_everything_exported_and_imported_back_is_nothing_new_changed_or_wrong(study, north, nurse):
    batch = previewed(exported(study, north), study=study, site=north, by=nurse, mapping={}, name="all.csv")
    assert batch.problem == ""
    counts = batch.preview["counts"]
    assert (set(counts), batch.preview["error_rows"]) == ({"unchanged"}, 0)
    assert counts["unchanged"] > 20
    assert batch.preview["nothing_to_do"] is True
    assert not VisitDetails.objects.exists()  # never opened stays so


def test_an_export_with_one_cell_changed_shows_that_cell_and_no_other(study, north, nurse):
    content = exported(study, north)
    Score.objects.filter(visit__timepoint__code="w6", instrument__key="pain").update(value=4)
    batch = previewed(content, study=study, site=north, by=nurse, mapping={}, name="all.csv")
    assert {name: count for name, count in batch.preview["counts"].items() if name != "unchanged"} == {"changed": 1}


def test_the_file_brings_the_whole_record_to_a_site_that_has_none(study, north, nurse, tmp_path, admin):
    there = build_site("far")
    far = build_study(slug="far-round", site=there)
    add_covariate(study=far, name="age", label="Age", kind="integer", by=nurse)
    add_covariate(study=far, name="arm", label="Arm", kind="category", by=nurse)
    file = tmp_path / "all.csv"
    call_command("export_record", "round", "--site", "north", "--out", str(file))
    assert FORMULA.encode() not in file.read_bytes().replace(b"'=HYP", b"_")
    call_command("import_file", str(file), "--study", "far-round", "--site", "far", "--commit")
    assert scores(far) == scores(study)
    patient = Patient.objects.get(study=far, study_number="00123")
    assert (patient.sex, patient.born_on, patient.born_precision) == ("F", date(1950, 1, 1), "year")
    operation = Operation.objects.get(procedure__patient=patient)
    assert (operation.los_definition, operation.ebl_ml, operation.missing["operative_time_min"]) == (
        FORMULA, 50, "unknown")  # fmt: skip
    assert patient.fracture_rows.count() == 2
    assert {value.covariate.name: (value.text, value.missing) for value in patient.covariate_values.all()} == {
        "age": (None, "unknown"), "arm": ("unknown", None)}  # fmt: skip
