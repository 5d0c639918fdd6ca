"""Two people, one visit: before, theirs and mine side by side; each field is decided, and nothing typed is lost."""

from datetime import date

import pytest
from django.urls import reverse

from registry.actions.visits import correct_visit
from registry.models import Score
from tests.builders import build_patient, build_procedure, build_study, build_visit, new_visit
from tests.registry.test_visit_pages import correct, scores_of, value_of, words

SCORES = {"pain": 6, "ecog": 2, "opioid": 1}
MINE = {"score_pain": "2.5", "score_ecog": "3", "score_opioid": "yes", "missing_opioid": "", "visited_on": "2024-04-12"}


@pytest.fixture
def visit(north, nurse):
    study = build_study(site=north, instruments=("pain", "ecog", "opioid"))
    procedure = build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))
    return build_visit(procedure=procedure, by=nurse, visited_on=date(2024, 4, 12), scores=SCORES)


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


@pytest.fixture
def theirs(visit, admin):
    """The admin saves other values after the nurse opened the form."""
    meant = new_visit(
        visit.procedure, "w6", visited_on=date(2024, 4, 15), scores={"pain": 5, "ecog": 2, "opioid": "unknown"}
    )
    return correct_visit(visit, meant, version=1, reason="letter", by=admin)


def test_each_field_that_differs_shows_before_theirs_and_mine_and_who_saved(at_work, visit, theirs):
    answer = correct(at_work, visit, **MINE, version=1)
    assert answer.status_code == 409
    sides = {side.name: (side.before, side.theirs, side.mine) for side in answer.context["sides"]}
    assert sides == {
        "visited_on": ("2024-04-12", "2024-04-15", "2024-04-12"),
        "score_pain": ("6", "5", "2.5"),
        "score_ecog": ("2", "2", "3"),
        "score_opioid": ("yes", "Unknown", "yes"),
    }
    assert "by admin" in words(answer)
    assert [value_of(answer, name) for name in ("score_pain", "score_ecog")] == ["2.5", "3"]
    assert scores_of(visit)["pain"] == 5


def test_per_field_mine_is_kept_or_theirs_taken_and_saving_is_the_decision(at_work, visit, theirs):
    correct(at_work, visit, **MINE, version=1)
    chosen = {
        "take_score_pain": "theirs",
        "take_score_ecog": "mine",
        "take_score_opioid": "theirs",
        "take_visited_on": "theirs",
    }
    assert correct(at_work, visit, **MINE, **chosen, version=2).status_code == 302
    assert scores_of(visit) == {"pain": 5, "ecog": 3, "opioid": "unknown"}
    visit.refresh_from_db()
    assert (visit.visited_on, visit.version) == (date(2024, 4, 15), 3)


def test_what_is_not_chosen_stays_as_it_was_typed(at_work, visit, theirs):
    assert correct(at_work, visit, **MINE, version=2).status_code == 302
    assert scores_of(visit) == {"pain": 2.5, "ecog": 3, "opioid": 1}


def test_a_choice_between_values_that_have_changed_again_is_asked_again(at_work, visit, theirs, admin):
    meant = new_visit(visit.procedure, "w6", visited_on=date(2024, 4, 15), scores={"pain": 9, "ecog": 2, "opioid": 0})
    correct_visit(visit, meant, version=2, reason="again", by=admin)
    answer = correct(at_work, visit, **MINE, take_score_pain="theirs", version=2)
    assert answer.status_code == 409
    sides = {side.name: (side.before, side.theirs, side.mine) for side in answer.context["sides"]}
    assert sides["score_pain"] == ("5", "9", "2.5")
    assert scores_of(visit)["pain"] == 9


def test_the_same_said_in_other_words_is_no_difference(at_work, visit, theirs):
    answer = correct(
        at_work,
        visit,
        **(
            MINE
            | {
                "score_pain": "5.0",
                "score_ecog": "2",
                "score_opioid": "",
                "missing_opioid": "unknown",
                "visited_on": "2024-4-15",
            }
        ),
        version=1,
    )
    assert (answer.status_code, answer.context["sides"]) == (409, [])
    assert "there is nothing left to save" in words(answer)


def test_a_choice_can_not_reach_another_field(at_work, visit, theirs):
    hostile = {"take_submission_key": "theirs", "take_version": "theirs", "take_nonsense": "theirs", "take_": "theirs"}
    assert correct(at_work, visit, **MINE, **hostile, version=2).status_code == 302
    assert Score.objects.filter(visit=visit).count() == 3
    assert at_work.get(reverse("visit-correct", args=[visit.pk])).status_code == 200
