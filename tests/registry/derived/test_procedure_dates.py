"""A procedure's date is corrected: all that is counted from it moves in the same transaction, or nothing does."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.actions.procedures import MOVED, correct_procedure
from registry.actions.standing import withdraw_patient
from registry.derived.charlson import POINTS
from registry.derived.of_rows import stored_values
from registry.errors import Refused, StaleSave
from registry.models import Comorbidity, Event, FollowUpVisit, Operation, Procedure
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.record import histories, set_columns

FIRST = date(2024, 3, 1)


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "fourp"))
    patient = build_patient(study=study, site=north, born_on=date(1954, 3, 5), born_precision="day")
    return build_procedure(patient=patient, performed_on=FIRST, kind="pdn")


def fill(model, procedure, **answers):
    """A form of the chart with its stored derived values, as the actions save it."""
    row = model(site=procedure.site, procedure=procedure, **answers)
    for name, value in stored_values(row).items():
        setattr(row, name, value)
    row.save()
    return row


def correct(procedure, to: date | None, *, precision: str | None = "day", by, **more) -> Procedure:
    more = {"version": procedure.version, "reason": "the operative report says so"} | more
    return correct_procedure(procedure, performed_on=to, performed_precision=precision, by=by, **more)


def state() -> list:
    """Every row that a correction may touch, with its version."""
    models = (Procedure, FollowUpVisit, Comorbidity, Operation)
    return [sorted(model.objects.values_list(), key=str) for model in models]


def dated(visit) -> tuple:
    visit.refresh_from_db()
    return visit.day, visit.timepoint and visit.timepoint.code, visit.window


def test_days_and_windows_of_visits_move_with_the_date(procedure, nurse):
    asserted = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    by_date = build_visit(
        procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=date(2024, 5, 6)
    )  # day 66, the last of the six-week window
    correct(procedure, date(2024, 2, 20), by=nurse)
    assert dated(asserted) == (52, "w6", "inside")
    assert dated(by_date) == (76, "m3", "inside")
    assert (asserted.version, by_date.version, procedure.version) == (2, 2, 2)


def test_a_visit_that_falls_out_of_its_window_is_kept_and_says_why(procedure, nurse):
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    correct(procedure, date(2024, 1, 1), by=nurse)
    assert dated(visit) == (102, "w6", "outside")
    assert visit.window_reason == MOVED


def test_a_reason_that_somebody_gave_for_being_out_of_window_stays(procedure, nurse):
    late = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 5, 20), window_reason="came late")
    correct(procedure, date(2024, 2, 1), by=nurse)
    assert dated(late)[2] == "outside"
    assert late.window_reason == "came late"


def test_what_is_known_by_its_day_alone_keeps_it(procedure, nurse):
    visit = build_visit(procedure=procedure, timepoint="w6", day=42)
    unscheduled = build_visit(
        procedure=procedure, timepoint=None, timepoint_asserted=False, visited_on=date(2024, 4, 12)
    )
    missed = build_visit(procedure=procedure, timepoint="m6", missed="lost")
    correct(procedure, date(2024, 2, 20), by=nurse)
    assert dated(visit) == (42, "w6", "inside")
    assert dated(unscheduled) == (52, None, "unknown")
    assert (dated(missed), missed.version) == ((None, "m6", "unknown"), 1)


def test_a_date_that_becomes_coarse_takes_the_days_that_followed_from_it(procedure, nurse):
    counted = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    given = build_visit(procedure=procedure, timepoint="m3", day=91)
    correct(procedure, date(2024, 3, 1), precision="month", by=nurse)
    assert dated(counted) == (None, "w6", "unknown")
    assert dated(given) == (91, "m3", "inside")
    correct(procedure, FIRST, by=nurse)
    assert dated(counted) == (42, "w6", "inside")


def test_ages_stays_and_complexity_are_counted_again(procedure, nurse):
    conditions = dict.fromkeys(POINTS, False) | {"tumour_metastatic": True}
    comorbidity = fill(Comorbidity, procedure, **conditions)
    operation = fill(
        Operation, procedure, pdn_sacral_count=2, additional_hardware=[], discharged_on=date(2024, 3, 10),
        discharged_precision="day",
    )  # fmt: skip
    assert (comorbidity.charlson_age, comorbidity.aacci) == (2, 8)  # 69 years
    assert (operation.los_days, operation.complexity) == (9, "simple")
    correct(procedure, date(2024, 3, 5), by=nurse)
    comorbidity.refresh_from_db()
    operation.refresh_from_db()
    assert (comorbidity.charlson_age, comorbidity.aacci) == (3, 9)  # the 70th birthday
    assert (operation.los_days, operation.complexity) == (5, "simple")
    correct(procedure, date(2024, 3, 5), kind="sacroplasty", by=nurse)
    operation.refresh_from_db()
    assert operation.complexity == ""


@pytest.mark.parametrize(
    ("timepoint", "visited_on", "to"),
    [("w6", date(2024, 4, 12), date(2024, 4, 13)), ("preop", date(2024, 2, 20), date(2024, 2, 19))],
)
def test_a_date_that_puts_a_visit_on_the_wrong_side_is_refused_and_nothing_changes(
    procedure, nurse, timepoint, visited_on, to
):
    build_visit(procedure=procedure, timepoint="m3", visited_on=date(2024, 6, 1))
    visit = build_visit(procedure=procedure, timepoint=timepoint, visited_on=visited_on)
    before = state()
    with pytest.raises(Refused) as refused:
        correct(procedure, to, by=nurse)
    [problem] = refused.value.problems
    assert (problem.rule, problem.where) == ("D3", f"visit {visit.pk}")
    assert state() == before


def test_a_visit_placed_by_its_date_may_change_sides_and_take_the_timepoint_there(procedure, nurse):
    visit = build_visit(procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=date(2024, 4, 12))
    correct(procedure, date(2024, 4, 20), by=nurse)
    assert dated(visit) == (-8, "preop", "inside")
    correct(procedure, FIRST, by=nurse)
    assert dated(visit) == (42, "w6", "inside")


def test_a_comparison_with_baseline_does_not_become_a_baseline(procedure, nurse):
    build_visit(
        procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=date(2024, 4, 12), scores={"fourp": 2}
    )
    before = state()
    with pytest.raises(Refused) as refused:
        correct(procedure, date(2024, 4, 20), by=nurse)
    assert [problem.rule for problem in refused.value.problems] == ["P4"]
    assert state() == before


def test_an_event_is_not_left_before_its_procedure(procedure, nurse):
    event = Event(site=procedure.site, procedure=procedure, kind="complication", happened_on=date(2024, 3, 4),
                  happened_precision="day")  # fmt: skip
    event.save()
    with pytest.raises(Refused) as refused:
        correct(procedure, date(2024, 3, 5), by=nurse)
    assert [(each.rule, each.where) for each in refused.value.problems] == [("E1", f"complication {event.pk}")]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"to": date(1899, 12, 31)}, "D1"), ({"to": date(2199, 1, 1)}, "D1"), ({"to": None}, "V4"),
        ({"to": date(2024, 3, 2), "precision": None}, "V4"), ({"to": date(2024, 3, 2), "reason": " "}, "V8"),
        ({"to": date(1953, 12, 31)}, "D1"), ({"to": FIRST, "kind": "haircut"}, "V14"),
    ],
)  # fmt: skip
def test_a_correction_that_makes_no_sense_is_refused(procedure, nurse, changes, rule):
    before = state()
    with pytest.raises(Refused) as refused:
        correct(procedure, changes.pop("to"), by=nurse, **changes)
    assert {problem.rule for problem in refused.value.problems} == {rule}
    assert state() == before


def test_a_stay_that_would_end_before_the_procedure_is_refused(procedure, nurse):
    stay = fill(Operation, procedure, discharged_on=date(2024, 3, 10), discharged_precision="day")
    before = state()
    with pytest.raises(Refused) as refused:
        correct(procedure, date(2024, 3, 11), by=nurse)
    assert [(each.rule, each.where) for each in refused.value.problems] == [("D7", f"operation {stay.pk}")]
    assert state() == before


def test_the_procedure_of_a_patient_who_left_is_not_corrected(procedure, nurse):
    withdraw_patient(patient=procedure.patient, on=date(2024, 6, 1), reason="asked to", by=nurse)
    with pytest.raises(Refused) as refused:
        correct(procedure, date(2024, 3, 2), by=nurse)
    assert [problem.rule for problem in refused.value.problems] == ["V9"]


def test_a_date_that_was_not_there_is_added_without_a_reason(north, nurse):
    procedure = build_procedure(patient=build_patient(site=north), performed_on=None)
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12))
    correct(procedure, FIRST, reason="", by=nurse)
    assert (procedure.performed_on, dated(visit)) == (FIRST, (42, "w6", "inside"))


def test_a_correction_that_changes_nothing_makes_no_version(procedure, nurse):
    before = state()
    correct(procedure, FIRST, reason="", by=nurse)
    assert state() == before


def test_a_locked_record_stays_as_it_is(procedure, nurse):
    set_columns(procedure.patient, f"locked_at = now(), locked_by_id = '{nurse.pk}'")
    before = state()
    with pytest.raises(Refused) as refused:
        correct(procedure, date(2024, 3, 2), by=nurse)
    assert [problem.rule for problem in refused.value.problems] == ["V13"]
    assert state() == before


def test_a_correction_of_what_somebody_else_saved_is_stale(procedure, nurse):
    correct(procedure, date(2024, 3, 2), by=nurse)
    before = state()
    with pytest.raises(StaleSave):
        correct(procedure, date(2024, 3, 3), version=1, by=nurse)
    assert state() == before


def test_a_column_that_is_not_to_be_corrected_is_a_mistake(procedure, nurse):
    with pytest.raises(TypeError, match="patient"):
        correct(procedure, date(2024, 3, 2), patient=None, by=nurse)


def test_a_correction_is_kept_with_its_reason_for_every_row_that_it_moves(procedure, nurse):
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 12), scores={"pain": Decimal(3)})
    correct(procedure, date(2024, 2, 20), by=nurse)
    for model, row in ((Procedure, procedure), (FollowUpVisit, visit)):
        history = next(each for each in histories() if each.pgh_tracked_model is model)
        last = history.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id").last()
        assert last.pgh_context.metadata["reason"] == "the operative report says so"
        assert last.pgh_context.metadata["actor"] == str(nurse.pk)


def test_the_number_of_queries_does_not_grow_with_the_visits_that_stay(procedure, nurse):
    counts = []
    for code, day in (("w6", 42), ("m3", 91), ("m6", 182)):
        build_visit(procedure=procedure, timepoint=code, day=day)
        with CaptureQueriesContext(connection) as asked:
            correct(procedure, date(2024, 2, day % 28 + 1), by=nurse)
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]
