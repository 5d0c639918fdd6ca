"""What a study folder brings into the record, once."""

import os
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from registry.actions.visits import correct_visit
from registry.errors import Refused
from registry.imports.commit import import_folder
from registry.imports.study_folder import read_folder
from registry.models import Covariate, CovariateValue, FollowUpVisit, Instrument, Patient, Score, Study, TimeToEvent
from tests.builders import build_visit, new_visit
from tests.conftest import ROOT
from tests.conftest import test_database_url as url_of_the_test_database
from tests.registry.study_folders import OUTCOMES, PATIENTS, SURVIVAL, full_folder, row_counts, write_folder


def brought(folder: Path, site, by) -> Counter:
    return +import_folder(read_folder(folder), site=site, by=by)


def score(number: str, timepoint: str, instrument: str) -> Score:
    where = {"visit__procedure__patient__study_number": number, "visit__timepoint__code": timepoint}
    return Score.objects.get(**where, instrument__key=instrument)


def test_a_folder_becomes_patients_procedures_visits_scores_and_times(tmp_path, north, system):
    added = brought(full_folder(tmp_path), north, system)
    assert added == {"patients": 3, "attributes": 6, "procedures": 3, "visits": 4, "scores": 6, "times": 2}
    visit = FollowUpVisit.objects.get(procedure__patient__study_number="A1", timepoint__code="month_1")
    assert (visit.site, visit.day, visit.visited_on, visit.window) == (north, 30, None, "inside")
    assert TimeToEvent.objects.get(procedure__patient__study_number="A2").time == Decimal("93.5")


def test_the_study_is_what_study_json_says(tmp_path, north, system):
    brought(full_folder(tmp_path), north, system)
    study = Study.objects.get()
    assert (study.slug, study.name, study.arm) == ("hips", "Nails and screws", "group")
    assert [(t.code, t.kind, t.order) for t in study.schedule.timepoints.all()] == [
        ("pre_op", "baseline", 0),
        ("month_1", "follow_up", 1),
    ]
    grip = study.instruments.get(key="grip")
    assert (grip.site, grip.name, grip.step, grip.status) == (north, "Grip", Decimal("0.25"), "active")
    assert study.instruments.get(key="pain").site is None


def test_without_study_json_the_folder_names_the_study_and_an_unknown_instrument_is_a_draft(tmp_path, north, system):
    brought(write_folder(tmp_path), north, system)
    grip = Instrument.objects.get(key="grip")
    assert (grip.status, grip.direction) == ("draft", "unspecified")
    assert (grip.minimum, grip.maximum, grip.step) == (18, Decimal("21.25"), Decimal("0.01"))
    assert {t.code: t.kind for t in Study.objects.get(slug="hips").schedule.timepoints.all()} == {
        "pre_op": "baseline",
        "month_1": "follow_up",
    }


def test_a_drafts_range_follows_what_is_observed_and_a_defined_one_never_moves(tmp_path, north, system):
    brought(write_folder(tmp_path), north, system)
    brought(write_folder(tmp_path, outcomes=OUTCOMES + "A3,month_1,1,33,grip,30.125\n"), north, system)
    grip = Instrument.objects.get(key="grip")
    assert (grip.minimum, grip.maximum, grip.step) == (18, Decimal("30.125"), Decimal("0.001"))
    with pytest.raises(Refused) as refused:
        brought(write_folder(tmp_path, outcomes=OUTCOMES + "A3,month_1,1,33,pain,11\n"), north, system)
    assert [(each.rule, each.where) for each in refused.value.problems] == [("V1", "outcomes_long.csv, row 8")]


def test_the_same_folder_twice_adds_nothing(tmp_path, north, system):
    folder = full_folder(tmp_path)
    brought(folder, north, system)
    before = row_counts()
    assert brought(folder, north, system) == {}
    assert row_counts() == before


def test_a_longer_folder_adds_what_is_new_and_nothing_else(tmp_path, north, system):
    brought(full_folder(tmp_path), north, system)
    patients, outcomes = PATIENTS + "A4,screws,55\n", OUTCOMES + "A1,pre_op,0,0,grip,20\nA4,pre_op,0,0,pain,5\n"
    added = brought(full_folder(tmp_path, patients=patients, outcomes=outcomes), north, system)
    assert added == {"patients": 1, "attributes": 2, "procedures": 1, "visits": 1, "scores": 2}


def test_the_same_numbers_at_another_site_are_other_patients(tmp_path, north, south, system):
    folder = full_folder(tmp_path)
    brought(folder, north, system)
    assert brought(folder, south, system)["patients"] == 3
    assert Study.objects.get().sites.count() == 2
    assert Patient.objects.filter(study_number="A1").count() == 2


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path, north, system):
    folder = full_folder(tmp_path)
    for file in folder.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert brought(folder, north, system)["scores"] == 6


@pytest.mark.parametrize(
    "written", ["0.1", "0.10", "10.75", "1000000000", "-0.00000001", "0.30000000", ".5", "-.0", "7."]
)
def test_decimals_are_kept_exactly(tmp_path, north, system, written):
    outcomes = f"patient_id,timepoint,timepoint_order,day,instrument,value\nA1,pre_op,0,0,grip,{written}\n"
    folder = write_folder(tmp_path, patients=f"patient_id,weight\nA1,{written}\n", outcomes=outcomes)
    brought(folder, north, system)
    assert score("A1", "pre_op", "grip").value == Decimal(written)
    assert CovariateValue.objects.get().number == Decimal(written)
    assert brought(folder, north, system) == {}


def test_an_empty_cell_and_a_missing_code_are_reasons_beside_the_value(tmp_path, north, system):
    patients = PATIENTS.replace("A3,screws,", "A3,-9,-9")
    brought(full_folder(tmp_path, patients=patients, outcomes=OUTCOMES + "A3,pre_op,0,0,pain,-9\n"), north, system)
    assert (score("A2", "month_1", "pain").value, score("A2", "month_1", "pain").missing) == (None, "not_recorded")
    assert (score("A3", "pre_op", "pain").value, score("A3", "pre_op", "pain").missing) == (None, "refused")
    refused = CovariateValue.objects.filter(patient__study_number="A3")
    assert [(row.number, row.text, row.missing) for row in refused] == [(None, None, "refused")] * 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("60", "71"), "integer"),
        (("60", "71.5"), "decimal"),
        (("60", "x"), "category"),
        (("007", "12"), "category"),
        (("60", "none"), "integer"),
        (("", "none"), "category"),
    ],
)
def test_an_attribute_has_the_type_of_what_is_not_missing(tmp_path, north, system, values, kind):
    patients = "patient_id,thing\n" + "".join(f"A{place},{value}\n" for place, value in enumerate(values, start=1))
    about = {"missing_codes": {"none": "unknown"}}
    brought(write_folder(tmp_path, patients=patients, outcomes=OUTCOMES, about=about), north, system)
    assert Covariate.objects.get(name="thing").kind == kind


CONFLICTS = [
    ("I10", "patients.csv, row 2", "age", {"patients": PATIENTS.replace("A1,nail,60", "A1,nail,61")}),
    ("I10", "patients.csv, row 4", "age", {"patients": PATIENTS.replace("A3,screws,", "A3,screws,50")}),
    ("I10", "outcomes_long.csv, row 3", "value", {"outcomes": OUTCOMES.replace("pain,3.5", "pain,4")}),
    ("I10", "outcomes_long.csv, row 6", "value", {"outcomes": OUTCOMES.replace("28,pain,\n", "28,pain,4\n")}),
    ("I10", "outcomes_long.csv, row 6", "day", {"outcomes": OUTCOMES.replace("1,28", "1,29")}),
    ("I10", "survival.csv, row 3", "time", {"survival": SURVIVAL.replace("93.5", "93")}),
    ("I10", "survival.csv, row 2", "time", {"survival": SURVIVAL.replace("400,0", "400,1")}),
    ("I5", "patients.csv", "age", {"patients": PATIENTS.replace("A3,screws,", "A3,screws,50.5")}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "where", "field", "change"), CONFLICTS)
def test_what_differs_from_the_record_is_refused_and_nothing_changes(
    tmp_path, north, system, rule, where, field, change
):
    brought(full_folder(tmp_path), north, system)
    before = row_counts()
    more = {"patients": change.get("patients", PATIENTS) + "A9,nail,40\n"}  # would be new, and must not be kept
    with pytest.raises(Refused) as refused:
        brought(full_folder(tmp_path, **(change | more)), north, system)
    assert {(each.rule, each.where, each.field) for each in refused.value.problems} == {(rule, where, field)}
    assert row_counts() == before


def test_a_correction_made_here_is_not_overwritten_by_the_file(tmp_path, north, system):
    folder = full_folder(tmp_path)
    brought(folder, north, system)
    visit = score("A1", "pre_op", "pain").visit
    meant = new_visit(visit.procedure, "pre_op", day=0, scores={"pain": 8})
    correct_visit(visit, meant, version=1, reason="typed 7 for 8", by=system)
    with pytest.raises(Refused) as refused:
        brought(folder, north, system)
    (problem,) = refused.value.problems
    assert (problem.rule, problem.value) == ("I10", "7")
    assert "The record has 8 here" in problem.message
    assert score("A1", "pre_op", "pain").value == 8


def test_numbers_for_a_visit_that_is_recorded_as_missed_are_refused(tmp_path, north, system):
    brought(full_folder(tmp_path), north, system)
    procedure = Patient.objects.get(study_number="A3").procedures.get()
    build_visit(procedure=procedure, timepoint="month_1", missed="visit_missed")
    with pytest.raises(Refused) as refused:
        brought(full_folder(tmp_path, outcomes=OUTCOMES + "A3,month_1,1,,pain,4\n"), north, system)
    assert [(each.rule, each.field) for each in refused.value.problems] == [("I10", "timepoint")]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("I8", {"schedule": [{"code": "month_1"}, {"code": "pre_op"}]}),
        ("I8", {"schedule": [{"code": "pre_op"}, {"code": "week_1"}, {"code": "month_1"}]}),
        ("I9", {"instruments": {"grip": {"minimum": 0, "maximum": 61}}}),
    ],
)
def test_a_folder_cannot_move_the_studys_schedule_or_redefine_an_instrument(tmp_path, north, system, rule, change):
    brought(full_folder(tmp_path), north, system)
    before = row_counts()
    with pytest.raises(Refused) as refused:
        brought(full_folder(tmp_path, about=change), north, system)
    assert refused.value.problems[0].rule == rule
    assert row_counts() == before


def test_the_command_says_what_it_added_and_makes_the_site(tmp_path, db):
    said = StringIO()
    call_command("import_study", full_folder(tmp_path), site="west", stdout=said)
    added = "added 3 patients, 6 attributes, 3 procedures, 4 visits, 6 scores, 2 times."
    assert said.getvalue() == f"hips at west: {added}\n"
    assert Patient.objects.first().history.get().pgh_context.metadata["route"] == "import"


def test_the_command_fails_with_the_first_twenty_problems_and_their_number(tmp_path, db):
    rows = "".join(f"A1,month_1,1,30,scale_{place},x\n" for place in range(25))
    before = row_counts()
    with pytest.raises(CommandError) as failed:
        call_command("import_study", write_folder(tmp_path, outcomes=OUTCOMES + rows), site="west")
    lines = str(failed.value).splitlines()
    assert lines[0] == "Nothing was imported."
    assert lines[1].startswith("outcomes_long.csv, row 8, field value has 'x': This is not a number.")
    assert lines[-1] == "… and 5 more."
    assert (len(lines), failed.value.returncode, row_counts()) == (22, 1, before)


def test_a_site_code_that_cannot_be_one_is_refused(tmp_path, db):
    with pytest.raises(CommandError, match=r"^Nothing was imported\."):
        call_command("import_study", full_folder(tmp_path), site="The West")


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_in_the_middle_leaves_nothing(tmp_path, north, system):
    """The last table is locked, so that the import stops when all the others are written, and is killed there."""
    folder, before = full_folder(tmp_path), row_counts()
    argv = [sys.executable, "manage.py", "import_study", str(folder), "--site", "north"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE registry_timetoevent IN ACCESS EXCLUSIVE MODE")
        command = subprocess.Popen(argv, cwd=ROOT, env=os.environ | {"DATABASE_URL": url_of_the_test_database()})
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'registry_timetoevent'::regclass)"
        ends, waiting = time.monotonic() + 60, False
        while not waiting and time.monotonic() < ends:
            cursor.execute(waits)
            (waiting,) = cursor.fetchone()
            time.sleep(0.05)
        command.kill()
        assert waiting and command.wait() == -9
    assert row_counts() == before
    assert brought(folder, north, system)["patients"] == 3


@pytest.mark.parametrize("name", ["acupuncture_vickers2004", "licorice_gargle_ruetzler2013", "nhs_proms_2018_19"])
def test_a_real_study_is_brought_in_row_for_row(shared_data, north, system, name):
    folder = shared_data / name
    patients = (folder / "patients.csv").read_text("utf-8-sig").splitlines()
    outcomes = [line.split(",") for line in (folder / "outcomes_long.csv").read_text("utf-8-sig").splitlines()[1:]]
    added = brought(folder, north, system)
    assert added == {
        "patients": len(patients) - 1,
        "attributes": (len(patients) - 1) * patients[0].count(","),
        "procedures": len(patients) - 1,
        "visits": len({(cells[0], cells[1]) for cells in outcomes}),
        "scores": len(outcomes),
    }
    assert Score.objects.filter(missing=None).count() == sum(1 for cells in outcomes if cells[5])
    assert sum(Score.objects.filter(missing=None).values_list("value", flat=True)) == sum(
        Decimal(cells[5]) for cells in outcomes if cells[5]
    )


def test_whole_numbers_that_came_through_a_program_of_decimals_are_whole_numbers(tmp_path, north, system):
    outcomes = (
        "patient_id,timepoint,timepoint_order,day,instrument,value\nA1,pre,0.0,-3.0,pain,7\nA1,later,1.0,30.0,pain,4\n"
    )
    survival = "patient_id,time,event\nA1,93.5,1.0\n"
    brought(write_folder(tmp_path, outcomes=outcomes, patients="patient_id\nA1\n", survival=survival), north, system)
    assert sorted(FollowUpVisit.objects.values_list("day", flat=True)) == [-3, 30]
    assert TimeToEvent.objects.get().event is True
