"""Recording and correcting visits: one set of rules, no change lost, no visit twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from registry.actions import people
from registry.actions.visits import add_scores, correct_visit, mark_visit_as_error, record_visit
from registry.errors import Refused, StaleSave
from registry.models import FollowUpVisit, MissingReason, Score
from tests.builders import build_patient, build_procedure, build_study, build_visit, new_visit

ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
SIX = dict.fromkeys(ITEMS, 3)


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "opioid", "msts", *ITEMS))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


def scores_of(visit) -> dict:
    return {
        score.instrument.key: score.missing if score.value is None else score.value
        for score in Score.objects.filter(visit=visit).select_related("instrument")
    }


def rules_of(refused) -> list[str]:
    return [problem.rule for problem in refused.value.problems]


def test_a_visit_is_recorded_with_its_scores_its_window_and_who_typed_it(procedure, nurse):
    meant = new_visit(procedure, "w6", visited_on=date(2024, 4, 12), scores={"pain": 3.5, "opioid": "refused"})
    visit = FollowUpVisit.objects.get(pk=record_visit(meant, by=nurse).pk)
    assert (visit.site, visit.day, visit.window, visit.recorded_by) == (procedure.site, 42, "inside", nurse)
    assert scores_of(visit) == {"pain": Decimal("3.5"), "opioid": "refused"}


def test_a_total_is_summed_where_all_its_items_are_there_and_says_so(procedure):
    visit = build_visit(procedure=procedure, day=42, scores=SIX)
    total = Score.objects.get(visit=visit, instrument__key="msts")
    assert (total.value, total.derived) == (18, True)
    five = {key: value for key, value in SIX.items() if key != "msts_gait"}
    fewer = build_visit(procedure=procedure, timepoint="m3", day=91, scores=five)
    assert "msts" not in scores_of(fewer)


def test_a_total_that_was_typed_is_kept_as_typed(procedure):
    visit = build_visit(procedure=procedure, day=42, scores=SIX | {"msts": 18})
    assert not Score.objects.get(visit=visit, instrument__key="msts").derived


def test_a_timepoint_that_is_taken_is_refused_in_words(procedure, nurse):
    build_visit(procedure=procedure, day=42)
    with pytest.raises(Refused) as refused:
        record_visit(new_visit(procedure, "w6", day=43), by=nurse)
    assert rules_of(refused) == ["V7"]
    assert procedure.visits.count() == 1


def test_the_same_submission_again_is_the_first_visit(procedure, nurse):
    meant = new_visit(procedure, "w6", day=42, scores={"pain": 3, "opioid": "unknown"})
    first = record_visit(meant, by=nurse)
    assert record_visit(replace(meant), by=nurse) == first
    assert procedure.visits.count() == 1


@pytest.mark.parametrize(
    "change", [{"day": 43}, {"scores": {"pain": 4}}, {"scores": {}}, {"timepoint": "m3", "day": 91}]
)
def test_the_same_form_with_other_content_is_refused_and_not_taken_for_a_double_click(procedure, nurse, change):
    sent = {"timepoint": "w6", "day": 42, "scores": {"pain": 3}, "submission_key": uuid.uuid4()}
    record_visit(new_visit(procedure, **sent), by=nurse)
    with pytest.raises(Refused) as refused:
        record_visit(new_visit(procedure, **(sent | change)), by=nurse)
    assert rules_of(refused) == ["V11"]
    assert scores_of(procedure.visits.get()) == {"pain": 3}


def test_a_visit_that_was_marked_as_an_error_is_not_recorded_by_its_form_sent_again(procedure, nurse):
    meant = new_visit(procedure, "w6", day=42, scores={"pain": 3})
    first = record_visit(meant, by=nurse)
    mark_visit_as_error(first, version=1, reason="another patient's", by=nurse)
    with pytest.raises(Refused, match="marked as entered in error") as refused:
        record_visit(replace(meant), by=nurse)
    assert (rules_of(refused), procedure.visits.count()) == (["V11"], 1)


def test_a_form_of_another_procedure_cannot_be_sent_again_here(procedure, nurse):
    key = uuid.uuid4()
    build_visit(procedure=build_procedure(patient=build_patient(site=procedure.site)), day=42, submission_key=key)
    with pytest.raises(Refused) as refused:
        record_visit(new_visit(procedure, "w6", day=42, submission_key=key), by=nurse)
    assert rules_of(refused) == ["V11"]


def at_the_same_time(*meant, by) -> list:
    """Record visits from threads of their own; what each got: the visit's id, or the rules it broke."""

    def record(visit):
        try:
            return record_visit(visit, by=by).pk
        except Refused as refused:
            return [problem.rule for problem in refused.problems]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(meant)) as threads:
        return list(threads.map(record, meant))


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_visit(procedure, nurse):
    meant = new_visit(procedure, "w6", day=42, scores={"pain": 3}, submission_key=uuid.uuid4())
    answers = at_the_same_time(*[replace(meant) for _ in range(4)], by=nurse)
    assert answers == [procedure.visits.get().pk] * 4


@pytest.mark.django_db(transaction=True)
def test_two_forms_for_one_timepoint_make_one_visit_and_one_refusal(procedure, nurse):
    meant = [new_visit(procedure, "w6", day=42, scores={"pain": 3}) for _ in range(2)]
    answers = at_the_same_time(*meant, by=nurse)
    assert ["V7"] in answers
    assert procedure.visits.get().pk in answers


@pytest.mark.django_db(transaction=True)
def test_two_forms_for_unscheduled_visits_make_two(procedure, nurse):
    """What tells a double click apart is the form's key, and nothing else."""
    meant = [new_visit(procedure, None, day=42) for _ in range(2)]
    answers = at_the_same_time(*meant, by=nurse)
    assert len(set(answers)) == procedure.visits.count() == 2


def corrected(visit, by, *, version=1, reason="read again", timepoint="w6", **fields):
    meant = new_visit(visit.procedure, timepoint, **fields)
    return correct_visit(visit, meant, version=version, reason=reason, by=by)


def test_a_correction_keeps_both_values_and_the_reason(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3, "opioid": 1})
    corrected(visit, nurse, day=44, scores={"pain": 4, "opioid": 1}, reason="typed 3 for 4")
    assert (visit.day, visit.version, scores_of(visit)) == (44, 2, {"pain": 4, "opioid": 1})
    pain = Score.objects.get(visit=visit, instrument__key="pain")
    assert [row.value for row in pain.history.order_by("pgh_id")] == [3, 4]
    assert pain.history.latest("pgh_id").pgh_context.metadata["reason"] == "typed 3 for 4"
    untouched = Score.objects.get(visit=visit, instrument__key="opioid")
    assert (untouched.version, untouched.history.count()) == (1, 1)


COMPLETE = SIX | {"pain": 3, "opioid": "not_recorded"}


@pytest.mark.parametrize(
    "change",
    [
        {"day": 43},
        {"timepoint": "m3", "day": 91},
        {"scores": COMPLETE | {"pain": 4}},
        {"scores": COMPLETE | {"pain": "unknown"}},
        {"scores": COMPLETE | {"opioid": 1}},
        {"scores": COMPLETE | {"msts_gait": 5}},
    ],
)
def test_a_complete_visit_is_changed_only_with_a_reason(procedure, nurse, change):
    visit = build_visit(procedure=procedure, day=42, scores=COMPLETE)
    with pytest.raises(Refused) as refused:
        corrected(visit, nurse, **({"day": 42, "scores": COMPLETE} | change), reason="  ")
    assert [(problem.rule, problem.field) for problem in refused.value.problems] == [("V8", "reason")]
    assert corrected(visit, nurse, **({"day": 42, "scores": COMPLETE} | change), reason="read again").version == 2


def test_what_was_not_there_is_added_to_a_visit_without_a_reason(procedure, nurse):
    """Neither to an incomplete visit, which becomes complete, nor to a complete one: nothing that stood is changed."""
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    corrected(visit, nurse, day=42, scores=COMPLETE, reason="")
    corrected(visit, nurse, version=2, day=42, scores=COMPLETE | {"msts": 18}, reason="")
    assert scores_of(visit) == COMPLETE | {"msts": 18}


def test_an_incomplete_visit_is_changed_without_a_reason_and_its_history_keeps_both_values(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3, "opioid": 1})
    corrected(visit, nurse, day=43, scores={"pain": 4, "opioid": 1}, reason="")
    pain = Score.objects.get(visit=visit, instrument__key="pain")
    assert [row.value for row in pain.history.order_by("pgh_id")] == [3, 4]


def test_a_comparison_with_baseline_is_not_due_at_baseline(north, nurse):
    study = build_study(site=north, instruments=("pain", "fourp"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    visits = {
        code: build_visit(procedure=procedure, timepoint=code, day=day, scores={"pain": 3})
        for code, day in (("preop", -1), ("w6", 42))
    }
    with pytest.raises(Refused):
        corrected(visits["preop"], nurse, timepoint="preop", day=-1, scores={"pain": 4}, reason="")
    assert corrected(visits["w6"], nurse, day=42, scores={"pain": 4}, reason="").version == 2


def test_a_missed_visit_is_one_and_is_no_longer_one_with_a_reason_and_both_steps_are_kept(procedure, nurse):
    visit = build_visit(procedure=procedure, missed="visit_missed")
    with pytest.raises(Refused) as refused:
        corrected(visit, nurse, day=42, reason="")
    assert rules_of(refused) == ["V8"]
    corrected(visit, nurse, day=42, scores={"pain": 2}, reason="a letter came")
    steps = visit.history.order_by("pgh_id")
    assert [row.missed for row in steps] == ["visit_missed", None]
    assert steps.last().pgh_context.metadata["reason"] == "a letter came"


def test_a_stale_save_is_refused_and_changes_nothing(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    corrected(visit, nurse, day=42, scores={"pain": 5})
    with pytest.raises(StaleSave):
        corrected(visit, nurse, version=1, day=42, scores={"pain": 9})
    assert (scores_of(visit), FollowUpVisit.objects.get(pk=visit.pk).version) == ({"pain": 5}, 2)
    corrected(visit, nurse, version=2, day=42, scores={"pain": 9})
    assert scores_of(visit) == {"pain": 9}


def test_a_recorded_score_is_not_taken_away_without_a_reason(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3, "opioid": 1})
    with pytest.raises(Refused) as refused:
        corrected(visit, nurse, day=42, scores={"opioid": 1})
    assert [(problem.rule, problem.field) for problem in refused.value.problems] == [("V10", "pain")]
    corrected(visit, nurse, day=42, scores={"pain": "not_done", "opioid": 1})
    assert scores_of(visit) == {"pain": "not_done", "opioid": 1}


def test_a_visit_with_scores_becomes_a_missed_one_only_when_each_score_has_its_reason(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    with pytest.raises(Refused):
        corrected(visit, nurse, missed="visit_missed")
    corrected(visit, nurse, missed="visit_missed", scores={"pain": "visit_missed"})
    assert (visit.missed, visit.day, scores_of(visit)) == ("visit_missed", None, {"pain": "visit_missed"})


def test_a_sum_follows_its_items_and_is_missing_where_one_of_them_is(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores=SIX)
    corrected(visit, nurse, day=42, scores=SIX | {"msts_gait": 5})
    assert scores_of(visit)["msts"] == 20
    corrected(visit, nurse, version=2, day=42, scores=SIX | {"msts_gait": "refused"})
    assert scores_of(visit)["msts"] == MissingReason.REFUSED
    corrected(visit, nurse, version=3, day=42, scores=SIX)
    assert scores_of(visit)["msts"] == 18


def test_a_typed_total_may_give_way_to_the_sum_of_its_items(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"msts": 17})
    corrected(visit, nurse, day=42, scores=SIX)
    total = Score.objects.get(visit=visit, instrument__key="msts")
    assert (total.value, total.derived) == (18, True)


def test_scores_that_are_added_later_are_held_against_those_recorded(procedure, nurse):
    visit = build_visit(procedure=procedure, day=42, scores={"msts": 17})
    with pytest.raises(Refused) as refused:
        add_scores([(visit, new_visit(procedure, "w6", day=42, scores=SIX))], by=nurse)
    assert rules_of(refused) == ["F1"]
    right = SIX | {"msts_gait": 2}
    add_scores([(visit, new_visit(procedure, "w6", day=42, scores=right))], by=nurse)
    assert scores_of(visit) == right | {"msts": 17}


def test_the_last_item_completes_the_sum(procedure, nurse):
    five = {key: value for key, value in SIX.items() if key != "msts_gait"}
    visit = build_visit(procedure=procedure, day=42, scores=five)
    add_scores([(visit, new_visit(procedure, "w6", day=42, scores={"msts_gait": 3}))], by=nurse)
    assert scores_of(visit) == SIX | {"msts": 18}


def test_a_visit_entered_in_error_leaves_its_place_to_the_right_one(procedure, nurse):
    wrong = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    with pytest.raises(Refused):
        mark_visit_as_error(wrong, version=1, reason=" ", by=nurse)
    mark_visit_as_error(wrong, version=1, reason="another patient's", by=nurse)
    with pytest.raises(StaleSave):
        mark_visit_as_error(wrong, version=1, reason="again", by=nurse)
    right = build_visit(procedure=procedure, day=43)
    assert set(procedure.visits.all()) == {wrong, right}
    assert procedure.visits.valid().get() == right


def test_the_system_user_is_one(db):
    assert people.system_user() == people.system_user()
