"""What the server will say, said while a visit is typed: the same rules, and nothing is recorded."""

import re
from datetime import date

import pytest
from django.urls import reverse

from registry.models import Draft, FollowUpVisit, Instrument
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.test_visit_pages import create, typed

ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
EMPTY = {"visited_on": "", "score_pain": "", "missing_opioid": ""}


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "msts", *ITEMS, "opioid", "opioid_pattern"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


def hints(client, procedure, **changes) -> dict[str, str]:
    """What is said of each place of the form, where anything is."""
    answer = client.post(reverse("visit-check", args=[procedure.pk]), typed(**(EMPTY | changes)))
    assert answer.status_code == 200
    parts = re.findall(r'<div hx-swap-oob="innerHTML:#([\w-]+)">(.*?)</div>', answer.content.decode(), re.S)
    texts = {place: " ".join(re.sub("<[^>]*>", " ", text).split()) for place, text in parts}
    return {place: text for place, text in texts.items() if text}


def test_an_empty_form_is_not_nagged_at(at_work, procedure):
    assert hints(at_work, procedure) == {"answered": "0 of 9 answered"}


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"score_pain": "11"}, "said_score_pain", "runs from 0 to 10. [V1]"),
        ({"score_pain": "3,5"}, "said_score_pain", "Write decimals with a point"),
        ({"score_pain": "3.14"}, "said_score_pain", "steps of 0.1. [V2]"),
        ({"score_opioid": "perhaps"}, "said_score_opioid", "is not a number"),
        ({"visited_on": "2024-02-28"}, "said_visited_on", "cannot be before its procedure"),
        ({"visited_on": "2024-06-01"}, "said_window_reason", "outside the window"),
        ({"score_pain": "3", "missing_pain": "refused"}, "said_score_pain", "not both"),
        ({"score_msts": "20"} | {f"score_{item}": "3" for item in ITEMS}, "said_score_msts", "add up to 18"),
    ],
)
def test_a_hint_is_what_the_save_will_say(at_work, procedure, changes, place, said):
    found = hints(at_work, procedure, **changes)
    assert said in found[place]
    beside = {place, "said_window_reason"} if "visited_on" in changes else {place}
    assert {name for name in found if name.startswith("said_")} <= beside
    refused = create(at_work, procedure, **({"visited_on": "2024-04-12"} | changes))
    assert said in " ".join(refused.context["form"].errors[place.removeprefix("said_")])


def test_the_total_is_told_while_it_is_typed(at_work, procedure):
    scores = {f"score_{item}": "3" for item in ITEMS}
    assert hints(at_work, procedure, **scores)["sum_msts"] == "items add up to 18"
    assert hints(at_work, procedure, **(scores | {"score_msts_gait": ""}))["sum_msts"] == "5 of 6 items"
    missing = {"score_msts_gait": "", "missing_msts_gait": "not_done"}
    assert hints(at_work, procedure, **(scores | missing))["sum_msts"] == "no sum: an item is missing"


def test_the_values_of_the_visit_before_follow_the_visit_that_is_chosen(at_work, procedure):
    build_visit(procedure=procedure, timepoint="preop", day=-1, scores={"pain": 8, "opioid": 1})
    build_visit(procedure=procedure, timepoint="w6", day=42, scores={"pain": 4})
    first, second = (hints(at_work, procedure, timepoint=code) for code in ("w6", "m3"))
    assert (first["before_pain"], first["before_opioid"]) == ("Preoperative: 8", "Preoperative: yes")
    assert (second["before_pain"], "before_opioid" in second) == ("6 weeks: 4", False)


def test_nothing_that_is_only_typed_is_recorded(at_work, procedure):
    hints(at_work, procedure, visited_on="2024-04-12", score_pain="3")
    assert not FollowUpVisit.objects.exists() and not Draft.objects.exists()


def test_a_recorded_visit_is_checked_as_what_it_is(at_work, procedure):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    answer = at_work.post(reverse("visit-correct-check", args=[visit.pk]), typed(score_pain="12", version=1))
    assert "runs from 0 to 10. [V1]" in answer.content.decode()


@pytest.mark.parametrize("word", ["y", "Yes", "1"])
def test_yes_and_no_are_typed_in_words_letters_or_numbers(at_work, procedure, word):
    assert create(at_work, procedure, score_opioid=word, missing_opioid="").status_code == 302
    assert procedure.visits.get().scores.get(instrument__key="opioid").value == 1


def test_the_pattern_of_opioids_has_five_labelled_levels_and_no_direction(procedure):
    pattern = Instrument.objects.get(site=None, key="opioid_pattern")
    assert (pattern.minimum, pattern.maximum, pattern.direction, pattern.is_labelled) == (0, 4, "nominal", True)
