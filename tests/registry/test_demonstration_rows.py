"""The demonstration cohorts break none of the record's rules."""

import json
import random
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from registry.demonstration import clunk, cox, gupta, rows

CLUNK, COX, GUPTA = clunk.study(), cox.study(), gupta.study()
STUDIES = (CLUNK, COX, GUPTA)
DEFINITIONS = Path(rows.__file__).parents[1] / "definitions"
RANGES = {"pain": (0, 10), "cpaf": (1, 10), "msts": (0, 30), "ecog": (0, 4), "opioid": (0, 1), "fourp": (1, 4)}
MISSING = {"not_done", "not_recorded", "visit_missed", "deceased", "lost"}
each_study = pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.slug)


def visits(study):
    return [(one, visit) for one in study.patients for visit in one.procedure.visits]


def deaths(one):
    return [event for event in one.procedure.events if event.kind == "death"]


def known(moment, precision):
    """The part of a date that is known."""
    return (moment.year, moment.month, moment.day)[: {"year": 1, "month": 2, "day": 3}[precision]]


def coarser(*precisions):
    return min(precisions, key=["year", "month", "day"].index)


@pytest.mark.parametrize("module", [clunk, cox, gupta], ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(module):
    state = random.getstate()
    assert module.study() == module.study()
    assert module.study(seed=1) != module.study(seed=2)
    assert random.getstate() == state


def test_there_are_14_30_and_53_patients_with_distinct_study_numbers():
    assert [len(study.patients) for study in STUDIES] == [14, 30, 53]
    assert all(len({one.study_number for one in study.patients}) == len(study.patients) for study in STUDIES)
    assert CLUNK.patients[0].study_number == "N-001"


@each_study
def test_every_description_says_that_the_rows_are_invented(study):
    assert study.description.startswith("Synthetic demonstration data: invented rows; no patient.")


@each_study
def test_every_patient_has_every_covariate_of_its_kind_and_the_arm_is_one(study):
    names = [one.name for one in study.covariates]
    types = {"integer": int, "decimal": Decimal, "category": str}
    assert study.arm in names
    for one in study.patients:
        assert sorted(one.covariates) == sorted(names)
        for column in study.covariates:
            assert one.covariates[column.name] is None or type(one.covariates[column.name]) is types[column.kind]


@each_study
def test_all_scores_are_asked_for_and_in_range(study):
    for _, visit in visits(study):
        assert set(visit.scores) <= set(study.instruments)
        for instrument, value in visit.scores.items():
            low, high = RANGES.get(instrument, (0, 5))
            assert value in MISSING if isinstance(value, str) else low <= value <= high and value == int(value)


@each_study
def test_a_visit_is_either_dated_with_scores_or_missed_with_a_reason(study):
    for _, visit in visits(study):
        dated = visit.visited_on is not None
        assert dated == (visit.precision is not None) == bool(visit.scores) == (visit.missed is None)
        assert dated or visit.missed in MISSING


@each_study
def test_timepoints_are_those_of_the_schedule_once_each(study):
    schedules = json.loads((DEFINITIONS / "schedules.json").read_text("utf-8"))
    codes = next([row["code"] for row in one["timepoints"]] for one in schedules if one["slug"] == study.schedule)
    for one in study.patients:
        there = [visit.timepoint for visit in one.procedure.visits]
        assert there == [code for code in codes if code in there]


@each_study
def test_no_visit_before_the_procedure_except_baseline_and_no_baseline_after_it(study):
    for one, visit in visits(study):
        if visit.visited_on:
            precision = coarser(visit.precision, one.procedure.precision)
            visited, performed = known(visit.visited_on, precision), known(one.procedure.performed_on, precision)
            assert visited <= performed if visit.timepoint in ("preop", "pre") else visited >= performed


@each_study
def test_visits_follow_each_other_in_time(study):
    for one in study.patients:
        dated = [visit for visit in one.procedure.visits if visit.visited_on]
        for earlier, later in pairwise(dated):
            precision = coarser(earlier.precision, later.precision)
            assert known(earlier.visited_on, precision) <= known(later.visited_on, precision)


@each_study
def test_a_visit_outside_its_window_has_a_reason_and_only_such_a_visit(study):
    schedules = json.loads((DEFINITIONS / "schedules.json").read_text("utf-8"))
    points = next({row["code"]: row for row in one["timepoints"]} for one in schedules if one["slug"] == study.schedule)
    reasons = 0
    for one, visit in visits(study):
        opens, closes = points[visit.timepoint]["opens_on_day"], points[visit.timepoint]["closes_on_day"]
        if opens is not None and {visit.precision, one.procedure.precision} == {"day"}:
            day = (visit.visited_on - one.procedure.performed_on).days
            assert (visit.out_of_window_reason is None) == (opens <= day <= closes)
        reasons += visit.out_of_window_reason is not None
    assert reasons > 0


@each_study
def test_no_score_after_death_and_later_visits_are_missed_as_deceased(study):
    died = [one for one in study.patients if deaths(one)]
    assert died
    for one in died:
        (death,) = deaths(one)
        dated = [visit for visit in one.procedure.visits if visit.visited_on]
        assert all(
            known(visit.visited_on, coarser(visit.precision, death.precision))
            <= known(death.happened_on, coarser(visit.precision, death.precision))
            for visit in dated
        )
    assert all(deaths(one) for one, visit in visits(study) if visit.missed == "deceased")
    assert study is GUPTA or any(visit.missed == "deceased" for _, visit in visits(study))


@each_study
def test_survival_ends_in_the_event_exactly_for_those_who_died(study):
    for one in study.patients:
        (survival,) = [time for time in one.times if time.name == "survival"]
        assert survival.event == bool(deaths(one))
        for death in deaths(one):
            on = rows.days_after(one.procedure.performed_on, survival.time)
            assert known(on, death.precision) == known(death.happened_on, death.precision)


@each_study
def test_events_come_after_the_procedure_and_not_after_follow_up(study):
    for one in study.patients:
        for event in one.procedure.events:
            assert one.procedure.performed_on < event.happened_on
            if event.precision == "day":
                assert (event.happened_on - one.procedure.performed_on).days <= one.times[0].time


@each_study
def test_age_agrees_with_the_year_of_birth(study):
    assert all(one.procedure.performed_on.year - one.birth_year == one.covariates["age"] for one in study.patients)


def test_procedures_lie_in_the_periods_of_the_papers():
    periods = [(date(2020, 1, 1), date(2023, 12, 31)), (date(2012, 1, 1), date(2022, 12, 31))]
    periods.append((date(2004, 1, 1), date(2013, 9, 30)))
    for study, (first, last) in zip(STUDIES, periods, strict=True):
        assert all(first <= one.procedure.performed_on <= last for one in study.patients)


def test_some_dates_are_known_to_the_month_only():
    assert any(visit.precision == "month" for _, visit in visits(CLUNK))
    assert [one.procedure.precision for one in GUPTA.patients].count("month") == 2
    assert any(event.precision == "month" for one in GUPTA.patients for event in one.procedure.events)
