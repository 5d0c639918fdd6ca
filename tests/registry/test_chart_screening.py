"""The screening log keeps everybody who was looked at, decides by the criteria, and says how much was entered."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from registry.actions.screening import correct_case, mark_case_as_error, record_case
from registry.errors import Refused, StaleSave
from registry.models import Schedule, ScreenedCase
from registry.schedules import DEFINITIONS as SCHEDULES
from registry.screening import DEFINITIONS, coverage, criteria_of, decided
from tests.builders import build_patient, build_study
from tests.registry.test_page_queries import queries


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def desk(client, nurse):
    client.force_login(nurse)
    return client


def perfect(study) -> dict:
    """Every inclusion yes, every exclusion no."""
    return {each.code: "yes" if each.kind == "include" else "no" for each in criteria_of(study)}


def case(study, by, number, **changes):
    made = {"treated": (date(2022, 3, 1), "day"), "answers": perfect(study)} | changes
    return record_case(study=study, site=study.sites.get(), log_number=number, by=by, **made)


def test_every_shipped_schedule_has_criteria_with_their_evidence(db):
    assert set(DEFINITIONS) == {each["slug"] for each in SCHEDULES}
    for definition in DEFINITIONS.values():
        kinds = {each["kind"] for each in definition["criteria"]}
        assert {"include", "exclude"} <= kinds <= {"include", "exclude", "caution"}
        assert {each["evidence"] for each in definition["criteria"]} <= set("SVKPU")
        codes = [each["code"] for each in definition["criteria"]]
        assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({}, "eligible"),
        ({"adult": "no"}, "ineligible"),
        ({"other_indication": "yes"}, "ineligible"),
        ({"adult": "unknown"}, "pending"),
        ({"adult": "unknown", "other_indication": "yes"}, "ineligible"),
        ({"complete_fracture": "yes"}, "eligible"),
    ],
)
def test_the_decision_follows_from_the_answers_and_a_caution_decides_nothing(study, changes, decision):
    assert decided(study, perfect(study) | changes) == decision


def test_a_schedule_of_a_sites_own_decides_nothing(north):
    Schedule.objects.create(slug="own", name="Our own")
    assert decided(build_study(site=north, schedule="own"), {}) == "pending"


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"adult": "perhaps"}}, {"answers": {"shoe_size": "yes"}}, {"treated": (date(2999, 1, 1), "day")},
        {"log_number": "Jane Doe"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_not_kept(study, nurse, wrong):
    with pytest.raises(Refused):
        record_case(**{"study": study, "site": study.sites.get(), "log_number": "S-1", "answers": {}, "by": nurse}
                    | wrong)  # fmt: skip
    assert not ScreenedCase.objects.exists()


def test_a_number_and_a_patient_stand_in_the_log_once(study, nurse, north, south):
    patient = build_patient(study=study, site=north)
    case(study, nurse, "S-1", patient=patient)
    for again in ({"number": "S-1"}, {"number": "S-2", "patient": patient}):
        with pytest.raises(Refused):
            case(study, nurse, **again)
    with pytest.raises(Refused):
        case(study, nurse, "S-3", patient=build_patient(site=south))


def test_answering_what_was_open_needs_no_reason_and_changing_an_answer_does(study, nurse):
    row = case(study, nurse, "S-1", answers=perfect(study) | {"adult": "unknown"})
    said = {"log_number": "S-1", "treated": (date(2022, 3, 1), "day"), "patient": None, "by": nurse}
    row = correct_case(row, version=1, answers=perfect(study), **said)
    assert row.decision == "eligible"
    with pytest.raises(Refused) as error:
        correct_case(row, version=2, answers=perfect(study) | {"adult": "no"}, **said)
    assert [problem.rule for problem in error.value.problems] == ["V8"]
    with pytest.raises(StaleSave):
        correct_case(row, version=1, answers=perfect(study) | {"adult": "no"}, reason="misread", **said)
    row = correct_case(row, version=2, answers=perfect(study) | {"adult": "no"}, reason="misread", **said)
    assert row.decision == "ineligible"


def test_coverage_is_the_entered_of_the_eligible_by_year_and_site(study, nurse, north):
    entered = build_patient(study=study, site=north)
    case(study, nurse, "S-1", patient=entered)
    gap = case(study, nurse, "S-2")
    case(study, nurse, "S-3", answers=perfect(study) | {"adult": "no"})
    case(study, nurse, "S-4", answers={})
    case(study, nurse, "S-5", treated=(date(2023, 1, 1), "year"), answers={})
    wrong = case(study, nurse, "S-6")
    mark_case_as_error(wrong, version=1, reason="entered twice", by=nurse, moment=timezone.now())
    lines = {line.year: line for line in coverage(ScreenedCase.objects.valid())}
    line = lines["2022"]
    assert (line.screened, line.eligible, line.entered, line.pending) == (4, 2, 1, 1)
    assert (line.share, line.gaps) == ("1 of 2 (50%)", [gap])
    assert lines["2023"].share == ""  # nobody eligible: no denominator is no share


def test_a_case_is_added_and_completed_on_its_page_and_the_log_lists_it(desk, study, north):
    answers = {f"answer_{code}": answer for code, answer in perfect(study).items()}
    sent = {"site": str(north.pk), "log_number": "S-1", "treated": "2022-03"} | answers
    assert desk.post(reverse("screening-create", args=["hips"]), sent).status_code == 302
    row = ScreenedCase.objects.get()
    assert (row.decision, row.treated_precision) == ("eligible", "month")
    log = desk.get(reverse("screening-log", args=["hips"])).content.decode()
    assert "0 of 1 (0%)" in log and "not entered" in log
    patient = build_patient(study=study, site=north)
    sent |= {"patient": str(patient.pk), "version": 1}
    assert desk.post(reverse("screening-case", args=[row.pk]), sent).status_code == 302
    log = desk.get(reverse("screening-log", args=["hips"])).content.decode()
    assert "1 of 1 (100%)" in log and reverse("patient-detail", args=[patient.pk]) in log


def test_another_sites_cases_are_in_no_log_and_no_count_of_this_site(desk, study, north, south, nurse):
    build_study_site = build_patient(study=study, site=south)
    record_case(study=study, site=south, log_number="S-9", answers={}, patient=build_study_site, by=nurse)
    assert "S-9" not in desk.get(reverse("screening-log", args=["hips"])).content.decode()


def test_the_log_takes_as_many_queries_with_many_cases(desk, study, nurse):
    case(study, nurse, "S-0")
    few = queries(desk, reverse("screening-log", args=["hips"]))
    for number in range(1, 12):
        case(study, nurse, f"S-{number}")
    assert queries(desk, reverse("screening-log", args=["hips"])) == few
