"""Complexity, stay, timing of treatments, opioids, events, follow-up time and reasons for missing visits."""

from datetime import date
from decimal import Decimal

import pytest

from registry.derived.bone_drugs import bone_drug_class, bone_drug_timing, over_12_months
from registry.derived.complexity import pdn_complexity
from registry.derived.complications import significant_gupta
from registry.derived.follow_up import follow_up_days, in_months
from registry.derived.opioid_use import is_never_user, opioid_change
from registry.derived.secondary_procedures import counts_for_cox_rate, first_secondary_procedure_day
from registry.derived.spans import Span, span_of
from registry.derived.stay import los_days
from registry.derived.treatments import Timing, prior_local_rt, timing_of
from registry.derived.visit_roles import after_reintervention, final_visit

INDEX = span_of(date(2024, 3, 1), "day")


def on(text: str | None) -> Span | None:
    """2024-03-01, 2024-03 or 2024 as a span."""
    if text is None:
        return None
    parts = [int(part) for part in text.split("-")]
    return span_of(date(*[*parts, 1, 1][:3]), ("year", "month", "day")[len(parts) - 1])


@pytest.mark.parametrize(
    ("group", "count", "hardware", "complexity"),
    [
        ("pdn", 1, [], "simple"), ("pdn", 2, ["none"], "simple"), ("pdn", 1, ["tha"], "complex"),
        ("pdn", 2, ["periacetabular_pdn"], "complex"), ("pdn", 3, ["plate"], "complex"), ("pdn", 3, [], "needs_review"),
        ("pdn", 0, [], "needs_review"), ("sacroplasty", 1, ["tha"], None), ("pdn", None, ["tha"], None),
        ("pdn", 1, None, None), (None, 1, [], None),
    ],
)  # fmt: skip
def test_complexity_follows_clunks_rule(group, count, hardware, complexity):
    assert pdn_complexity(group, count, hardware) == complexity


def test_a_negative_count_of_nails_is_a_mistake():
    with pytest.raises(ValueError, match="0 or more"):
        pdn_complexity("pdn", -1, [])


@pytest.mark.parametrize(
    ("discharge", "nights"),
    [("2024-03-01", 0), ("2024-03-04", 3), ("2024-03", None), (None, None), ("2024-02-28", None)],
)
def test_a_stay_is_counted_in_nights_and_the_same_day_is_0(discharge, nights):
    assert los_days(INDEX, on(discharge)) == nights


@pytest.mark.parametrize(
    ("start", "end", "before", "after"),
    [
        ("2024-01-10", "2024-02-10", True, False), ("2024-01-10", "2024-04-10", True, True),
        ("2024-03-20", "2024-04-10", False, True), ("2024-01-10", None, True, None), ("2024-03-20", None, False, True),
        (None, "2024-02-10", True, False), (None, "2024-04-10", None, True), ("2024-03", "2024-04", False, True),
        ("2024", "2024", None, None), ("2024-03-01", "2024-03-01", False, False), (None, None, None, None),
        ("2024-02", "2024-03", True, None),
    ],
)  # fmt: skip
def test_a_course_is_before_and_after_the_index_by_its_parts(start, end, before, after):
    assert timing_of(on(start), on(end), INDEX) == Timing(before, after)


def test_both_may_be_true_and_neither_is_known_without_an_index():
    assert timing_of(on("2024-01"), on("2024-05"), INDEX).both is True
    assert timing_of(on("2024-01"), None, INDEX).both is None
    assert timing_of(on("2024-01-01"), on("2024-02-01"), None) == Timing(None, None)


def test_prior_local_radiation_is_of_the_sacrum_and_before():
    before, after = Timing(True, False), Timing(False, True)
    assert prior_local_rt([(before, True)]) is True
    assert prior_local_rt([(before, False), (after, True)]) is False
    assert prior_local_rt([(before, None)]) is None
    assert prior_local_rt([(Timing(None, True), True)]) is None


@pytest.mark.parametrize(
    ("drug", "name"),
    [("denosumab", "antiresorptive"), ("zoledronate", "antiresorptive"), ("serm_hrt", "antiresorptive"),
     ("calcitonin", "antiresorptive"), ("teriparatide", "anabolic"), ("abaloparatide", "anabolic"),
     ("romosozumab", "dual"), ("calcium", None), ("vitamin_d", None), (None, None)],
)  # fmt: skip
def test_denosumab_is_an_antiresorptive_whatever_the_review_says(drug, name):
    assert bone_drug_class(drug) == name


def test_a_drug_that_is_not_on_the_list_is_a_mistake():
    with pytest.raises(ValueError, match="aspirin"):
        bone_drug_class("aspirin")


@pytest.mark.parametrize(
    ("start", "end", "timing"),
    [
        ("2023-01", "2024-02", "pre"), ("2024-03-02", None, "post"), ("2024-02", "2024-04", "peri"),
        ("2024-03-01", "2024-03-01", "peri"), ("2023", None, None), ("2024", "2025", None), (None, None, None),
    ],
)  # fmt: skip
def test_a_bone_drug_is_pre_peri_or_post(start, end, timing):
    assert bone_drug_timing(on(start), on(end), INDEX) == timing


@pytest.mark.parametrize(
    ("drug", "start", "end", "long"),
    [
        ("romosozumab", "2023-01-10", "2024-01-10", False), ("romosozumab", "2023-01-10", "2024-01-11", True),
        ("romosozumab", "2023-01", "2024-01", None), ("romosozumab", "2023-01", "2024-03", True),
        ("romosozumab", "2023-01-10", None, True), ("romosozumab", None, "2024-01-10", None),
        ("romosozumab", "2024-02-29", "2025-03-01", True), ("denosumab", "2020-01-10", None, False),
    ],
)  # fmt: skip
def test_romosozumab_is_given_for_12_months_at_most(drug, start, end, long):
    assert over_12_months(drug, on(start), on(end), today=date(2024, 3, 1)) is long


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (100, 75, "decreased"), (100, 76, "stable"), (100, 125, "increased"), (100, 124, "stable"),
        (0, 5, "increased"), (5, 0, "decreased"), (0, 0, "stable"), (None, 5, "unknown"), (5, None, "unknown"),
    ],
)  # fmt: skip
def test_an_opioid_dose_changed_by_a_quarter_or_is_stable(before, after, change):
    doses = [None if each is None else Decimal(each) for each in (before, after)]
    assert opioid_change(*doses) == change


def test_a_never_user_is_stable_and_shown_apart():
    assert is_never_user(Decimal(0), Decimal(0)) is True
    assert is_never_user(Decimal(0), Decimal(5)) is False
    assert (is_never_user(None, Decimal(0)), is_never_user(Decimal(5), None)) == (None, False)
    with pytest.raises(ValueError, match="0 or more"):
        opioid_change(Decimal(-1), Decimal(5))


@pytest.mark.parametrize(
    ("type_code", "known", "significant"),
    [
        ("cauda_equina", {}, True), ("vte_pe", {}, True), ("vte_dvt", {}, False),
        ("cement_extravasation", {"permanent_deficit": True}, True),
        ("cement_extravasation", {"permanent_deficit": False}, False), ("cement_extravasation", {}, None),
        ("neuro_deficit_new", {"needed_surgery": True}, True), ("neuro_deficit_new", {"needed_surgery": False}, False),
        ("neuro_deficit_new", {"permanent_deficit": True}, None), ("death", {"related": "procedure"}, True),
        ("death", {"related": "disease"}, False), ("death", {"related": "unknown"}, None), ("wound", {}, False),
        (None, {}, None),
    ],
)  # fmt: skip
def test_a_complication_is_significant_as_gupta_says(type_code, known, significant):
    assert significant_gupta(type_code, **known) is significant


@pytest.mark.parametrize(
    ("type_code", "reason", "new", "counts"),
    [
        ("hardware_removal", "hardware_problem", None, False),  # Cox's screw, removed at 5 months
        ("si_joint_steroid_injection", "unresolved_pain", None, True),
        ("radiation_therapy", "unresolved_pain", True, True),
        ("radiation_therapy", "unresolved_pain", False, False), ("radiation_therapy", "unresolved_pain", None, None),
        ("radiation_therapy", "tumour_progression", None, False), ("neurolysis", None, None, None),
    ],
)  # fmt: skip
def test_coxs_rate_counts_what_was_done_for_unresolved_pain(type_code, reason, new, counts):
    assert counts_for_cox_rate(type_code, reason, newly_started=new) is counts


def test_the_first_secondary_procedure_is_known_only_where_all_days_are():
    assert first_secondary_procedure_day([730, 26, 180]) == 26
    assert first_secondary_procedure_day([]) is None
    assert first_secondary_procedure_day([26, None]) is None
    with pytest.raises(ValueError, match="not before"):
        first_secondary_procedure_day([-1])


@pytest.mark.parametrize(
    ("death", "last", "days"),
    [
        ("2024-03-11", None, 10), (None, "2024-03-21", 20), ("2024-03-11", "2024-03-21", 10),
        ("2024-03-21", "2024-03-11", 10), (None, None, None), (None, "2024-04", None), ("2024", "2024-03-11", None),
        ("2024-04", "2024-03-11", 10), (None, "2024-02-20", None), (None, "2024-03-01", 0),
    ],
)  # fmt: skip
def test_follow_up_ends_with_death_or_the_last_contact(death, last, days):
    assert follow_up_days(INDEX, death=on(death), last_contact=on(last)) == days


def test_a_month_has_its_length():
    assert (in_months(0), in_months(1461), in_months(None)) == (0, 48, None)
    assert in_months(487) == 16  # 487 / 30.4375


def test_the_final_visit_is_the_latest_after_the_procedure_with_an_msts():
    visits = [("preop", 0, True), ("m1", 30, True), ("m3", 91, True), ("later", 200, False), ("undated", None, True)]
    assert final_visit(visits) == "m3"
    assert final_visit(visits[:1]) is None
    assert final_visit([("first", 30, True), ("second", 30, True)]) == "second"


@pytest.mark.parametrize(
    ("day", "days", "after"),
    [(91, [60], True), (30, [60], False), (60, [60], None), (91, [None], None), (91, [None, 60], True),
     (None, [60], None), (91, [], False)],
)  # fmt: skip
def test_a_visit_after_a_reintervention_is_known_as_one(day, days, after):
    assert after_reintervention(day, days) is after
