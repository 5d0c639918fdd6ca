"""Every rule of a visit, with an example that passes it and one that breaks it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from registry import rules
from registry.actions import people, visits
from registry.actions.standing import withdraw_patient
from registry.errors import Problem
from registry.models import MissingReason, Procedure
from registry.rules import check_visit, compare_dates, item_counts, plain
from tests.builders import build_patient, build_procedure, build_study, new_visit

TODAY = date(2024, 12, 1)
ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
SIX = dict(zip(ITEMS, (5, 4, 3, 2, 1, 0), strict=True))

# (rule, field that is named, visit that passes, what breaks it), for a procedure of 2024-03-01
EXAMPLES = [
    ("D1", "visited_on", {"visited_on": TODAY, "timepoint": None}, {"visited_on": TODAY + timedelta(1)}),
    ("D1", "visited_on", {"visited_on": date(1900, 1, 1), "timepoint": None}, {"visited_on": date(1899, 12, 31)}),
    ("D3", "visited_on", {"visited_on": date(2024, 4, 10)}, {"visited_on": date(2024, 2, 29)}),
    ("D3", "visited_on", {"timepoint": "preop", "visited_on": date(2024, 3, 1)}, {"visited_on": date(2024, 3, 2)}),
    ("D3", "day", {"day": 42}, {"day": -1}),
    ("D3", "day", {"timepoint": "preop", "day": 0}, {"day": 1}),
    ("D8", "window_reason", {"day": 66}, {"day": 67}),
    ("D8", "window_reason", {"day": 67, "window_reason": "came late"}, {"window_reason": ""}),
    ("D8", "window_reason", {"day": 21}, {"day": 20}),
    ("V1", "pain", {"day": 42, "scores": {"pain": 10}}, {"scores": {"pain": "10.1"}}),
    ("V1", "pain", {"day": 42, "scores": {"pain": 0}}, {"scores": {"pain": "-0.1"}}),
    ("V1", "cpaf", {"day": 42, "scores": {"cpaf": 1}}, {"scores": {"cpaf": 0}}),
    ("V2", "pain", {"day": 42, "scores": {"pain": "3.1"}}, {"scores": {"pain": "3.14"}}),
    ("V2", "fms", {"day": 42, "scores": {"fms": 3}}, {"scores": {"fms": "3.5"}}),
    ("V3", "visited_on", {"missed": "lost"}, {"visited_on": date(2024, 4, 10)}),
    ("V3", "visited_on", {"missed": "lost"}, {"day": 42}),
    ("V3", "timepoint", {"missed": "lost"}, {"timepoint": None}),
    ("V3", "missed", {"missed": "lost", "scores": {"pain": MissingReason.LOST}}, {"scores": {"pain": 3}}),
    ("V4", "visited_on", {"visited_on": date(2024, 4, 10)}, {"visited_precision": None}),
    ("V4", "visited_on", {"day": 42}, {"visited_precision": "day"}),
    ("V5", "pain", {"day": 42, "scores": {"pain": "3.10000000"}}, {"scores": {"pain": "3.100000000"}}),
    ("V5", "pain", {"day": 42, "scores": {"pain": 3}}, {"scores": {"pain": "NaN"}}),
    ("V5", "pain", {"day": 42, "scores": {"pain": 3}}, {"scores": {"pain": "Infinity"}}),
    ("P4", "fourp", {"day": 42, "scores": {"fourp": 2}}, {"timepoint": "preop", "day": 0}),
    ("P4", "fourp", {"day": 42, "scores": {"fourp": MissingReason.UNKNOWN}}, {"timepoint": "preop", "day": 0}),
    ("F1", "msts", {"day": 42, "scores": {**SIX, "msts": 15}}, {"scores": {**SIX, "msts": 14}}),
]


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "cpaf", "fms", "fourp", "msts", *ITEMS))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


def meant(procedure: Procedure, fields: dict):
    """A visit from the columns of the examples; a precision that is not said is to the day."""
    fields = {"timepoint": "w6", **fields}
    scores = fields.pop("scores", {})
    visit = new_visit(procedure, fields.pop("timepoint"), **fields)
    by_key = {instrument.key: instrument for instrument in procedure.patient.study.instruments.all()}
    typed = {
        by_key[key]: value if isinstance(value, MissingReason) else Decimal(value) for key, value in scores.items()
    }
    precision = fields.get("visited_precision", "day" if visit.visited_on else None)
    return replace(visit, scores=typed, visited_precision=precision)


def problems_of(procedure: Procedure, fields: dict) -> list[Problem]:
    visit = meant(procedure, fields)
    return check_visit(visit, today=TODAY, items=item_counts([visit]))


@pytest.mark.parametrize(("rule", "field", "passes", "breaks"), EXAMPLES)
def test_each_rule_passes_its_good_example_and_names_the_field_of_its_bad_one(procedure, rule, field, passes, breaks):
    assert problems_of(procedure, passes) == []
    problems = problems_of(procedure, passes | breaks)
    assert (rule, field) in [(problem.rule, problem.field) for problem in problems]
    assert all(problem.message for problem in problems)


def test_nothing_is_added_to_a_patient_who_was_withdrawn(procedure):
    assert problems_of(procedure, {"day": 42}) == []
    withdraw_patient(patient=procedure.patient, on=date(2024, 5, 1), reason="moved away", by=people.system_user())
    assert [problem.rule for problem in problems_of(procedure, {"day": 42})] == ["V9"]


@pytest.mark.parametrize("wrong", ["procedure", "patient"])
def test_nothing_is_added_to_what_was_entered_in_error(procedure, wrong):
    row = procedure if wrong == "procedure" else procedure.patient
    row.error_marked_at = timezone.now()
    assert [problem.rule for problem in problems_of(procedure, {"day": 42})] == ["V9"]


def test_all_problems_of_a_visit_are_named_at_once(procedure):
    fields = {"visited_on": date(2025, 1, 1), "scores": {"pain": 11, "fms": "2.5"}}
    assert [problem.rule for problem in problems_of(procedure, fields)] == ["D1", "D8", "V1", "V2"]


def test_a_problem_says_where_it_is_which_field_and_value_and_what_to_do(procedure):
    visit = replace(meant(procedure, {"day": 42, "scores": {"pain": 11}}), where="outcomes_long.csv, row 7")
    (problem,) = check_visit(visit, today=TODAY, items={})
    assert str(problem) == "outcomes_long.csv, row 7, field pain has '11': Pain (VAS / NRS) runs from 0 to 10. [V1]"


def test_a_date_known_to_the_month_is_not_before_a_procedure_of_that_month(procedure):
    """The chart says March 2024; the procedure was on the 1st, the visit may have been on the 30th."""
    fields = {"visited_on": date(2024, 3, 1), "visited_precision": "month"}
    assert problems_of(procedure, fields) == []
    assert [each.rule for each in problems_of(procedure, fields | {"visited_on": date(2024, 2, 1)})] == ["D3"]


def test_a_procedure_without_a_date_lets_a_visit_be_on_any(procedure):
    procedure.performed_on = procedure.performed_precision = None
    assert problems_of(procedure, {"visited_on": date(1950, 1, 1)}) == []


def test_the_day_follows_from_the_dates_where_both_are_exact(procedure):
    visit = meant(procedure, {"visited_on": date(2024, 4, 12), "day": 5})
    check_visit(visit, today=TODAY, items={})
    assert (visit.day, visit.window) == (42, "inside")


def test_a_window_is_unknown_where_the_day_is(procedure):
    visit = meant(procedure, {"visited_on": date(2024, 9, 1), "visited_precision": "month"})
    assert check_visit(visit, today=TODAY, items={}) == []
    assert (visit.day, visit.window) == (None, "unknown")


@pytest.mark.parametrize(
    ("first", "precision", "second", "other", "order"),
    [
        ("2024-03-01", "day", "2024-03-02", "day", -1),
        ("2024-03-02", "day", "2024-03-01", "month", 0),
        ("2024-02-01", "month", "2024-03-31", "day", -1),
        ("2024-01-01", "year", "2024-12-31", "day", 0),
        ("2025-01-01", "month", "2024-01-01", "year", 1),
    ],
)
def test_dates_are_compared_at_the_coarser_of_their_precisions(first, precision, second, other, order):
    assert compare_dates(date.fromisoformat(first), precision, date.fromisoformat(second), other) == order
    assert compare_dates(date.fromisoformat(second), other, date.fromisoformat(first), precision) == -order


def test_a_total_is_the_sum_of_all_its_items_and_of_nothing_less(procedure):
    full = meant(procedure, {"scores": SIX})
    assert {whole.key: total for whole, total in rules.totals(full.scores, item_counts([full])).items()} == {"msts": 15}
    for lacking in ITEMS:
        fewer = meant(procedure, {"scores": {key: value for key, value in SIX.items() if key != lacking}})
        assert rules.totals(fewer.scores, item_counts([fewer])) == {}
        missing = meant(procedure, {"scores": SIX | {lacking: MissingReason.REFUSED}})
        assert rules.totals(missing.scores, item_counts([missing])) == {}


@pytest.mark.parametrize(
    ("number", "written"), [("10", "10"), ("1E+1", "10"), ("7.50000000", "7.5"), ("0E-8", "0"), ("-0.10", "-0.1")]
)
def test_numbers_are_written_as_people_write_them(number, written):
    assert plain(Decimal(number)) == written


def test_a_refusal_by_the_rules_leaves_no_row(procedure):
    with pytest.raises(visits.Refused) as refused:
        visits.record_visits(
            [meant(procedure, {"day": 42, "scores": {"pain": 3}}), meant(procedure, {"timepoint": "m3", "day": 1})],
            by=people.system_user(),
        )
    assert [problem.rule for problem in refused.value.problems] == ["D8"]
    assert not procedure.visits.exists()
