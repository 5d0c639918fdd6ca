"""The worklist on a fixed day: exactly the visits about which somebody can do something, each under what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from registry.models import BoneHealth, Operation, Query, VitalStatus
from registry.unfinished import unfinished_visits
from registry.worklist import Scope, Work, closing, counts, in_all, open_queries, outstanding_visits
from tests.builders import build_study, build_visit
from tests.registry.desk import TODAY, before, change, death_event, died, fill, operated


@pytest.fixture
def study(north):
    """Windows: preop -90..0, w6 21..66, m3 67..136, m6 137..273, y1 274..547, y2 548..912."""
    return build_study(slug="hips", site=north, schedule="clunk")


def work(nurse, *, on=TODAY, **scope) -> set[tuple[str, str, str]]:
    """(patient, timepoint, work) of every planned visit without a record, those of later left out."""
    rows = outstanding_visits(Scope(user=nurse, on=on, **scope)).exclude(work="later")
    return set(rows.values_list("patient__study_number", "point_code", "work"))


def test_a_window_that_is_open_or_opens_within_thirty_days_is_due_and_no_other(study, nurse):
    operated(study, "open", 21, seen=["preop"])
    operated(study, "last-day", 66, seen=["preop"])
    operated(study, "m3-in-30", 37, seen=["preop", "w6"])
    operated(study, "m3-in-31", 36, seen=["preop", "w6"])
    assert work(nurse) == {
        ("open", "w6", "due"), ("last-day", "w6", "due"), ("last-day", "m3", "due"), ("m3-in-30", "m3", "due"),
    }  # fmt: skip


def test_closing_are_exactly_the_visits_whose_window_closes_in_the_next_thirty_days(study, nurse):
    for days in range(0, 140):
        operated(study, f"d{days:03}", days, seen=["preop"])
    scope = Scope(user=nurse, on=TODAY)
    found = set(closing(outstanding_visits(scope), scope).values_list("patient__study_number", "point_code"))
    windows = {"w6": (21, 66), "m3": (67, 136), "m6": (137, 273)}
    expected = {
        (f"d{days:03}", code)
        for days in range(0, 140)
        for code, (_, closes) in windows.items()
        if TODAY <= before(days) + timedelta(days=closes) <= TODAY + timedelta(days=30)
    }
    assert found == expected
    assert len(expected) == 2 * 31


def test_the_day_is_that_of_the_clock_that_is_given(study, nurse):
    operated(study, "A", 66, seen=["preop"])
    assert ("A", "w6", "due") in work(nurse, on=TODAY)
    assert ("A", "w6", "abstract") in work(nurse, on=TODAY + timedelta(days=1))
    assert ("A", "w6", "due") not in work(nurse, on=TODAY + timedelta(days=1))


def test_a_visit_whose_window_closed_before_the_patient_was_entered_is_to_be_abstracted(study, nurse):
    operated(study, "chart", 100, seen=["preop", "m3"])
    assert work(nurse) == {("chart", "w6", "abstract")}


def test_a_visit_that_was_not_done_while_the_patient_was_followed_is_overdue(study, nurse):
    live = operated(study, "live", 100, seen=["preop", "m3"])
    change(live.visits.first(), collection_method="clinic_prospective")
    read = operated(study, "read", 100, seen=["preop", "m3"])
    change(read.visits.first(), collection_method="chart_review")
    assert work(nurse) == {("live", "w6", "overdue"), ("read", "w6", "abstract")}


def test_a_window_that_closes_after_the_patient_was_entered_is_overdue_then(study, nurse):
    operated(study, "A", 100, seen=["preop", "w6"])
    years_later = timezone.now().date() + timedelta(days=400)
    entered = operated(study, "B", (TODAY - timezone.now().date()).days, seen=["preop"])
    assert entered.performed_on == timezone.now().date()
    kinds = {(number, point): kind for number, point, kind in work(nurse, on=years_later)}
    assert (kinds["A", "m3"], kinds["B", "w6"]) == ("abstract", "overdue")


def test_who_died_before_the_window_opened_is_not_expected(study, nurse):
    died(operated(study, "status", 30, seen=["preop"]), 5)
    death_event(operated(study, "event", 30, seen=["preop"]), 5)
    early = operated(study, "on-the-day", 60, seen=["preop"])
    died(early, 60 - 21)
    assert {found for found in work(nurse) if found[1] != "w6"} == set()
    assert {number for number, _, _ in work(nurse)} == {"status", "event"}
    assert {kind for _, _, kind in work(nurse)} == {"abstract"}


def test_a_death_on_the_day_the_window_opens_ends_the_visits_of_that_window(study, nurse):
    died(operated(study, "same-day", 50, seen=["preop"]), 50 - 21)
    died(operated(study, "day-after", 50, seen=["preop"]), 50 - 22)
    assert work(nurse) == {("day-after", "w6", "abstract")}


def test_after_a_visit_that_death_prevented_no_later_one_is_expected(study, nurse):
    procedure = operated(study, "A", 100, seen=["preop"])
    build_visit(procedure=procedure, timepoint="w6", missed="deceased")
    assert work(nurse) == set()


def test_who_was_lost_or_withdrawn_or_entered_in_error_is_not_expected(study, nurse):
    lost = operated(study, "lost", 80, seen=["preop", "w6"])
    fill(VitalStatus, lost.patient, status="unknown", lost_to_follow_up=True, lost_on=before(5), lost_precision="day")
    gone = operated(study, "gone", 30, seen=["preop"])
    change(gone.patient, withdrawn_on=TODAY, withdrawn_reason="asked to")
    wrong = operated(study, "wrong", 30, seen=["preop"])
    change(wrong.patient, error_marked_at=timezone.now())
    undone = operated(study, "undone", 30, seen=["preop"])
    change(undone, error_marked_at=timezone.now())
    assert work(nurse) == {("lost", "m3", "due")}
    change(VitalStatus.objects.get(), lost_on=before(40), lost_precision="day")
    assert work(nurse) == set()


def test_a_missed_visit_is_done_with_and_one_that_was_not_due_is_not(study, nurse):
    missed = operated(study, "missed", 30, seen=["preop"])
    build_visit(procedure=missed, timepoint="w6", missed="visit_missed")
    early = operated(study, "early", 30, seen=["preop"])
    change(build_visit(procedure=early, timepoint="w6", missed="visit_missed"), missed="not_due")
    assert work(nurse) == {("early", "w6", "due")}


def test_what_is_locked_stands_apart(study, nurse):
    change(operated(study, "locked", 30, seen=["preop"]).patient, locked_at=timezone.now())
    operated(study, "open", 30, seen=["preop"])
    assert work(nurse) == {("locked", "w6", "locked"), ("open", "w6", "due")}
    change(study, locked_at=timezone.now())
    assert {kind for _, _, kind in work(nurse)} == {"locked"}


def test_an_unknown_date_of_the_procedure_is_counted_and_not_left_out(study, nurse):
    operated(study, "none", None, seen=["preop", "w6", "m3", "m6", "y1"])
    operated(study, "year", 10, seen=["preop", "w6", "m3", "m6", "y1"], precision="year")
    operated(study, "long-ago", 2000, seen=["preop", "w6", "m3", "m6", "y1"], precision="year")
    assert work(nurse) == {("none", "y2", "undated"), ("year", "y2", "undated"), ("long-ago", "y2", "abstract")}


def test_a_plan_without_a_window_is_counted_apart_too(north, nurse):
    cox = build_study(slug="cox-like", site=north, schedule="cox")
    operated(cox, "A", 200, seen=["preop", "w1_2", "m1", "m3"])
    assert work(nurse) == {("A", "final", "undated")}


def test_only_the_index_procedure_is_followed(study, nurse):
    procedure = operated(study, "A", 30, seen=["preop", "w6"])
    change(procedure, is_index=False)
    assert work(nurse) == set()


def test_nothing_of_another_site_or_to_who_sees_no_patients(study, south, nurse, neighbour, pool):
    operated(study, "mine", 30, seen=["preop"])
    operated(study, "theirs", 30, seen=["preop"], site=south)
    assert work(nurse) == {("mine", "w6", "due")}
    assert work(neighbour) == {("theirs", "w6", "due")}
    assert work(pool) == set()
    assert counts(Scope(user=pool, on=TODAY)) == {}


def test_an_incomplete_visit_lacks_a_value_and_a_reason(north, nurse):
    study = build_study(slug="score", site=north, instruments=("pain", "opioid"))
    procedure = operated(study, "A", 300)
    whole = build_visit(procedure=procedure, timepoint="w6", scores={"pain": 3, "opioid": "unknown"})
    half = build_visit(procedure=procedure, timepoint="m3", scores={"pain": 3})
    build_visit(procedure=procedure, timepoint="m6", missed="visit_missed")
    found = unfinished_visits(type(half).objects.all())
    assert [visit.pk for visit in found] == [half.pk]
    assert whole.pk != half.pk


def test_counts_are_those_of_the_lists(study, nurse, system):
    first = operated(study, "A", 30, seen=["preop"])
    second = operated(study, "B", 30)
    build_visit(procedure=second, timepoint="preop", scores={"pain": 3})
    fill(BoneHealth, first.patient)
    fill(Operation, first, sedation="general")
    Query.objects.create(
        site=first.site, patient=first.patient, form="visit", row_id=first.visits.get().pk, text="Is it so?",
        opened_by=system, opened_at=timezone.now(),
    )  # fmt: skip
    scope = Scope(user=nurse, on=TODAY)
    found = counts(scope)["hips"]
    shown = {name: many for name, many in found.items() if many and name != "later"}
    assert shown == {"due": 2, "visits": 1, "forms": 2, "unopened": 2, "queries": 1}
    assert in_all(counts(scope))[Work.DUE] == 2
    assert open_queries(scope).count() == 1
