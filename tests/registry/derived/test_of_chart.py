"""Derived values of chart rows that are not stored: the rows are unsaved, and no database is asked."""

from datetime import date
from decimal import Decimal

import pytest

from registry.derived.bone_drugs import CLASSES, OF_NO_CLASS
from registry.derived.charlson import POINTS
from registry.derived.complications import DEFICITS, LEAK, PROCEDURE_RELATED, SYSTEMIC
from registry.derived.eligibility import decision
from registry.derived.fragility import FFP
from registry.derived.katagiri import BY_HORMONE, BY_ORGAN, BY_TARGETED_DRUG, GROWTH_POINTS, VISCERAL_POINTS
from registry.derived.of_chart import (
    bmi_of,
    bone_drug_timing_of,
    counts_for_cox,
    days_from_index,
    death_of,
    first_secondary_day,
    followed_for,
    growth_suggestion_of,
    is_significant,
    mme_of_lines,
    mme_per_day,
    over_12_months_of,
    pain_of,
    prior_local_rt_of,
    sins_of,
    timing_of_row,
)
from registry.derived.of_rows import stored_values
from registry.derived.secondary_procedures import RADIATION
from registry.derived.treatments import Timing
from registry.models import (
    BoneDrug,
    Comorbidity,
    Event,
    FollowUpVisit,
    Fracture,
    Implant,
    Katagiri,
    Malignancy,
    OpioidLine,
    Procedure,
    RadiationCourse,
    VisitDetails,
    VitalStatus,
)
from registry.models.event import Complication, Related, SecondaryProcedure, SecondaryReason
from registry.models.fracture import FFP as FFP_CHOICES
from registry.models.malignancy import PrimaryCancer

INDEX = Procedure(performed_on=date(2024, 3, 1), performed_precision="day", kind="pdn")


def dated(model, stem: str, on: date | None, **more):
    return model(**{f"{stem}_on": on, f"{stem}_precision": "day" if on else None}, **more)


def line(drug: str, strength, units=None, *, route: str = "oral", prn: bool | None = False, **more) -> OpioidLine:
    units = None if units is None else Decimal(units)
    return OpioidLine(drug=drug, route=route, strength=Decimal(strength), units_per_day=units, prn=prn, **more)


def course(start: date, end: date, **more) -> RadiationCourse:
    return RadiationCourse(started_on=start, started_precision="day", ended_on=end, ended_precision="day", **more)


@pytest.mark.parametrize(
    ("lines", "mme"),
    [
        ([line("oxycodone", "10", "2")], 30), ([line("hydrocodone", "5", "4")], 20),
        ([line("fentanyl", "25", route="transdermal")], 60),
        ([line("oxycodone", "10", "2"), line("fentanyl", "25", route="transdermal")], 90),
        ([line("fentanyl", "25", route="transdermal", prn=None)], 60),
        ([line("oxycodone", "5", "4", prn=True, taken_per_day=Decimal(2))], 15), ([], 0),
    ],
)  # fmt: skip
def test_the_mme_of_a_visit_is_the_sum_of_its_lines_by_cdc_2022(lines, mme):
    found = mme_of_lines(lines)
    assert (found.mme, found.table_version, found.incomplete) == (mme, "cdc_2022", False)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (line("oxycodone", "10", "2", prn=None), "whether oxycodone is taken as needed is not answered"),
        (line("oxycodone", "10", "2", prn=True), "oxycodone is taken as needed, and how much is not documented"),
        (line("buprenorphine", "8", "2"), "has no factor in cdc_2022"),
        (line("morphine", "10", "2", route="parenteral"), "has no factor in cdc_2022"),
        (line("oxycodone", "10", "2", route=""), "route not known"),
        (line("", "10", "2"), "the drug, which is not named,"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_counted_leaves_the_mme_missing_and_says_why(odd, reason):
    found = mme_of_lines([line("hydrocodone", "5", "4"), odd])
    assert (found.mme, found.any_opioid, found.incomplete) == (None, True, True)
    assert any(reason in each for each in found.reasons)


def test_no_line_is_no_dose_only_where_the_visit_says_that_no_opioid_is_in_use():
    reported = VisitDetails(mme_reported=Decimal("45"))
    assert mme_per_day([], any_opioid=False) == 0
    assert mme_per_day([], any_opioid=None) is None
    assert mme_per_day([], any_opioid=True) is None
    assert mme_per_day([], any_opioid=True, details=reported) == 45
    assert mme_per_day([line("oxycodone", "10", "2")], any_opioid=True, details=reported) == 30
    assert mme_per_day([line("levorphanol", "2", "2")], any_opioid=True, details=reported) == 45
    assert mme_per_day([line("levorphanol", "2", "2")], any_opioid=True) is None


@pytest.mark.parametrize(
    ("raw", "high", "end", "pain"),
    [("60", None, 100, "6"), ("7", "8", 10, "7.5"), ("60", None, 10, None), ("8", "7", 10, None),
     ("7", None, None, None), (None, None, 10, None)],
)  # fmt: skip
def test_pain_follows_from_what_the_chart_wrote_and_from_its_scale(raw, high, end, pain):
    details = VisitDetails(pain_raw=raw and Decimal(raw), pain_raw_high=high and Decimal(high), pain_raw_max=end)
    assert pain_of(details) == (pain and Decimal(pain))


def test_a_course_of_radiation_is_before_or_after_the_index():
    before = course(date(2024, 1, 1), date(2024, 2, 1), field_includes_sacrum=True)
    after = course(date(2024, 4, 1), date(2024, 5, 1), field_includes_sacrum=True)
    assert (timing_of_row(before, INDEX), timing_of_row(after, INDEX)) == (Timing(True, False), Timing(False, True))
    assert prior_local_rt_of([after], INDEX) is False
    assert prior_local_rt_of([before, after], INDEX) is True
    assert prior_local_rt_of([], INDEX) is False


def test_a_bone_drug_has_its_timing_and_its_limit():
    drug = BoneDrug(
        drug="romosozumab", started_on=date(2024, 4, 1), started_precision="day", ended_on=date(2025, 6, 1),
        ended_precision="day",
    )  # fmt: skip
    assert bone_drug_timing_of(drug, INDEX) == "post"
    assert over_12_months_of(drug, today=date(2025, 7, 1)) is True


def test_bmi_sins_and_growth_group_are_of_their_forms():
    assert bmi_of(Comorbidity(height_cm=Decimal(180), weight_kg=Decimal(81))) == 25
    worst = {"location": 3, "pain": 3, "matrix": 2, "alignment": 4, "collapse": 3, "posterolateral": 3}
    assert sins_of(Fracture(**{f"sins_{name}": points for name, points in worst.items()})) == 18
    assert sins_of(Fracture()) is None
    assert growth_suggestion_of(Malignancy(primary_cancer="breast", hormone_sensitive="yes")).group == "slow"
    assert growth_suggestion_of(Malignancy(primary_cancer="breast", hormone_sensitive="unknown")).group is None
    assert growth_suggestion_of(Malignancy()).group is None


def test_events_have_their_day_their_significance_and_their_place_in_coxs_rate():
    pe = dated(Event, "happened", date(2024, 3, 4), kind="complication", complication="vte_pe")
    injection = dated(Event, "happened", date(2024, 3, 27), kind="secondary_procedure",
                      secondary="si_joint_steroid_injection", reason="unresolved_pain")  # fmt: skip
    removal = dated(Event, "happened", date(2024, 8, 1), kind="secondary_procedure", secondary="hardware_removal",
                    reason="hardware_problem")  # fmt: skip
    death = dated(Event, "happened", date(2024, 9, 1), kind="death", related="procedure")
    assert [days_from_index(each, INDEX) for each in (pe, injection, removal)] == [3, 26, 153]
    assert [is_significant(each) for each in (pe, death)] == [True, True]
    assert [counts_for_cox(each) for each in (pe, injection, removal)] == [False, True, False]
    assert first_secondary_day([pe, removal, injection], INDEX) == 26
    assert first_secondary_day([pe], INDEX) is None
    assert first_secondary_day([dated(Event, "happened", date(2024, 2, 1), kind="secondary_procedure")], INDEX) is None


def test_follow_up_ends_with_the_death_that_any_form_tells():
    alive = dated(VitalStatus, "last_known_alive", date(2024, 3, 31))
    death = dated(Event, "happened", date(2024, 3, 21), kind="death")
    assert followed_for(INDEX, alive) == 30
    assert followed_for(INDEX, alive, [death]) == 20
    assert followed_for(INDEX, None, [death]) == 20
    assert followed_for(INDEX, None) is None
    assert followed_for(INDEX, dated(VitalStatus, "last_known_alive", None)) is None
    assert death_of(alive) is None


def test_a_visit_is_a_contact_and_the_later_of_both_ends_the_follow_up():
    alive = dated(VitalStatus, "last_known_alive", date(2024, 5, 1))
    w6, y1 = (dated(FollowUpVisit, "visited", on) for on in (date(2024, 4, 12), date(2025, 3, 1)))
    in_2025 = FollowUpVisit(visited_on=date(2025, 1, 1), visited_precision="year")
    assert followed_for(INDEX, alive, visits=[w6]) == 61
    assert followed_for(INDEX, alive, visits=[y1, w6]) == 365
    assert followed_for(INDEX, None, visits=[w6, FollowUpVisit()]) == 42
    assert followed_for(INDEX, alive, visits=[w6, in_2025]) is None
    assert followed_for(INDEX, dated(VitalStatus, "died", date(2024, 4, 30)), visits=[w6]) == 60


@pytest.mark.parametrize(
    ("answers", "decided"),
    [
        ({"adult": "yes", "infection": "no"}, "eligible"), ({"adult": "yes", "infection": "yes"}, "ineligible"),
        ({"adult": "no"}, "ineligible"), ({"adult": "yes"}, "pending"), ({}, "pending"),
        ({"adult": "yes", "infection": "unknown"}, "pending"),
        ({"adult": "unknown", "infection": "yes"}, "ineligible"),
    ],
)  # fmt: skip
def test_a_screened_case_is_eligible_by_every_criterion_or_pending_or_not(answers, decided):
    assert decision(answers, include=["adult"], exclude=["infection"]) == decided


def test_without_criteria_nothing_is_decided():
    assert decision({}, include=[], exclude=[]) == "pending"


def test_katagiri_counts_platelets_in_thousands_and_a_form_without_derived_columns_has_none():
    labs = {"crp_mg_dl": "0.1", "ldh_iu_l": "200", "albumin_g_dl": "4", "calcium_mg_dl": "9", "bilirubin_mg_dl": "0.5"}
    labs = {name: Decimal(value) for name, value in labs.items()}
    row = Katagiri(
        growth="rapid", visceral="disseminated", ecog=4, previous_chemotherapy=True, multiple_skeletal=True,
        platelets_1000_ul=Decimal(99), **labs,
    )  # fmt: skip
    assert stored_values(row) == {"total": 10}
    row.platelets_1000_ul = Decimal(100)
    assert stored_values(row) == {"total": 8}
    row.platelets_1000_ul = None
    assert stored_values(row) == {"total": None}
    assert stored_values(Implant()) == {}


def test_the_codes_of_the_derivations_are_those_of_the_forms():
    assert {*CLASSES, *OF_NO_CLASS} == set(BoneDrug.Drug.values)
    assert {*BY_ORGAN, *BY_HORMONE, *BY_TARGETED_DRUG} == set(PrimaryCancer.values) - {"leukaemia_other_haem"}
    assert (set(GROWTH_POINTS), set(VISCERAL_POINTS)) == (set(Katagiri.Growth.values), set(Katagiri.Visceral.values))
    assert set(POINTS) <= {field.name for field in Comorbidity._meta.local_fields}
    assert {*SYSTEMIC, *LEAK, *DEFICITS, "cauda_equina", "death"} <= set(Complication.values)
    assert set(Related.values) >= PROCEDURE_RELATED
    assert RADIATION in SecondaryProcedure.values
    assert "unresolved_pain" in SecondaryReason.values
    assert list(FFP) == [code for code, _ in FFP_CHOICES]
