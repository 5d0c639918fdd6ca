"""The same file under the three meanings of an empty cell: three end states, each shown cell by cell before."""

import pytest

from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.imports.staged import committed, csv_file, lines, previewed, scores

WIDE = {
    "columns": {
        "id": {"target": "patient"},
        "sex": {"target": "patient.sex"},
        "pain_pre": {"target": "score.pain", "timepoint": "preop"},
        "pain_6w": {"target": "score.pain", "timepoint": "w6"},
        "opioid_6w": {"target": "score.opioid", "timepoint": "w6"},
    }
}
FILE = csv_file(("id", "sex", "pain_pre", "pain_6w", "opioid_6w"), ("B-1", "", "6", "", "1"))
# Recorded before: sex F, pain 7 before and 3 at six weeks, no opioid answer at six weeks.
END_STATES = {
    "ignore": ("F", {"preop pain": "6", "w6 pain": "3", "w6 opioid": "1"}),
    "clear": ("", {"preop pain": "6", "w6 pain": "not_recorded", "w6 opioid": "1"}),
    "fill_empty": ("F", {"preop pain": "7", "w6 pain": "3", "w6 opioid": "1"}),
}
SHOWN = {
    "ignore": {"new": ["opioid"], "changed": ["pain"], "cleared": [], "kept": []},
    "clear": {"new": ["opioid"], "changed": ["pain"], "cleared": ["sex", "pain"], "kept": []},
    "fill_empty": {"new": ["opioid"], "changed": [], "cleared": [], "kept": ["pain"]},
}


@pytest.fixture
def study(north):
    return build_study(slug="blanks", site=north)


@pytest.fixture
def at(study, north, nurse):
    patient = build_patient(study=study, site=north, study_number="B-1", sex="F")
    procedure = build_procedure(patient=patient)
    build_visit(procedure=procedure, timepoint="preop", scores={"pain": 7})
    build_visit(procedure=procedure, timepoint="w6", scores={"pain": 3})
    return {"study": study, "site": north, "by": nurse, "mapping": WIDE}


def state(study) -> tuple[str, dict]:
    patient = study.patients.get()
    return patient.sex, {f"{at} {key}": text for (_, at, key), text in scores(study).items()}


@pytest.mark.parametrize("blanks", END_STATES)
def test_each_meaning_of_an_empty_cell_ends_in_its_own_state_and_is_stable(at, study, blanks):
    batch = committed(FILE, **at, blanks=blanks)
    assert batch.state == "committed", batch.problem
    assert state(study) == END_STATES[blanks]
    assert previewed(FILE, **at, blanks=blanks).preview["nothing_to_do"] is True


@pytest.mark.parametrize("blanks", SHOWN)
def test_the_preview_lists_every_cell_with_what_stood_there(at, study, blanks):
    before = state(study)
    batch = previewed(FILE, **at, blanks=blanks)
    for kind, fields in SHOWN[blanks].items():
        shown = lines(batch, kind)
        assert [line[2].split("(")[-1].strip(")").removeprefix("Patient: ") for line in shown] == fields
    erased = {(line[2], line[3]) for line in lines(batch, "cleared")}
    assert blanks != "clear" or erased == {("Patient: sex", "F"), ("Score: Pain (VAS / NRS) (pain)", "3")}
    assert state(study) == before
