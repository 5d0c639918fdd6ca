"""An import into a record in which people have worked: it neither overwrites them nor undoes what they did."""

from datetime import date
from decimal import Decimal

import pytest

from registry.actions.visits import add_scores, correct_visit, mark_visit_as_error
from registry.errors import Refused, StaleSave
from registry.imports.commit import import_folder
from registry.imports.study_folder import read_folder
from registry.models import FollowUpVisit, Instrument, Procedure
from tests.builders import build_procedure, build_visit, new_visit
from tests.registry.study_folders import write_folder

HEADER = "patient_id,timepoint,timepoint_order,day,instrument,value\n"
ONE = {"patients": "patient_id\nA1\n", "outcomes": HEADER + "A1,pre,0,0,pain,3\n"}
WINDOW = {"schedule": [{"code": "pre"}, {"code": "w6", "target_day": 42, "opens_on_day": 20, "closes_on_day": 60}]}


def bring(where, site, by, **folder):
    return import_folder(read_folder(write_folder(where, **(ONE | folder))), site=site, by=by)


def test_a_visit_that_was_marked_as_an_error_does_not_come_back(tmp_path, north, system):
    bring(tmp_path, north, system)
    mark_visit_as_error(FollowUpVisit.objects.get(), version=1, reason="another patient's", by=system)
    added = bring(tmp_path, north, system)
    assert added["visits left out, marked as entered in error"] == 1
    assert not FollowUpVisit.objects.valid().exists()


def test_a_visit_that_the_chart_placed_by_its_date_is_not_overruled(tmp_path, north, system):
    bring(tmp_path, north, system, about=WINDOW)
    procedure = Procedure.objects.get()
    build_visit(procedure=procedure, timepoint="w6", day=42, timepoint_asserted=False, scores={"pain": 9})
    with pytest.raises(Refused, match="I10"):
        bring(tmp_path, north, system, about=WINDOW, outcomes=ONE["outcomes"] + "A1,w6,1,42,pain,1\n")


def test_only_a_visit_outside_its_window_carries_the_reason_of_the_import(tmp_path, north, system):
    rows = ONE["outcomes"] + "A1,w6,1,70,pain,1\n"
    bring(tmp_path, north, system, about=WINDOW, outcomes=rows)
    reasons = dict(FollowUpVisit.objects.values_list("timepoint__code", "window_reason"))
    assert reasons == {"pre": "", "w6": "as in the imported file"}


def test_a_study_json_that_comes_later_defines_the_draft(tmp_path, north, system):
    rows = HEADER + "A1,pre,0,0,wobble,3\n"
    bring(tmp_path, north, system, outcomes=rows)
    about = {"instruments": {"wobble": {"minimum": 0, "maximum": 10, "direction": "lower_better"}}}
    bring(tmp_path, north, system, outcomes=rows, about=about)
    wobble = Instrument.objects.get(key="wobble")
    assert (wobble.status, wobble.maximum, wobble.direction) == ("active", Decimal(10), "lower_better")


def test_a_definition_outside_which_scores_are_recorded_is_refused(tmp_path, north, system):
    rows = HEADER + "A1,pre,0,0,wobble,3\n"
    bring(tmp_path, north, system, outcomes=rows)
    with pytest.raises(Refused, match="1 recorded scores lie outside"):
        bring(tmp_path, north, system, outcomes=rows, about={"instruments": {"wobble": {"minimum": 0, "maximum": 2}}})


def test_a_form_that_was_open_during_an_import_is_stale(north, nurse, system):
    procedure = build_procedure(site=north)
    on = date(2024, 4, 12)
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=on, scores={"pain": 3})
    add_scores([(visit, new_visit(procedure, "w6", visited_on=on, scores={"opioid": 1}))], by=system)
    typed = new_visit(procedure, "w6", visited_on=on, scores={"pain": 3, "opioid": 0})
    with pytest.raises(StaleSave):
        correct_visit(visit, typed, version=1, reason="misread", by=nurse)


def test_a_visit_moved_to_a_taken_timepoint_is_refused_in_words(north, nurse):
    procedure = build_procedure(site=north)
    build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12), scores={"pain": 3})
    visit = build_visit(procedure=procedure, timepoint="m3", visited_on=date(2024, 6, 1), scores={"pain": 3})
    moved = new_visit(procedure, "w6", visited_on=date(2024, 4, 13), scores={"pain": 3})
    with pytest.raises(Refused, match="V7"):
        correct_visit(visit, moved, version=1, reason="wrong column", by=nurse)
