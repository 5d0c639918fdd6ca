"""What the rules warn of: said beside its field, saved with a reason that is kept; what they refuse stays refused."""

from datetime import date

import pytest
from django.urls import reverse

from registry.models import FollowUpVisit, Query
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.test_visit_hints import hints
from tests.registry.test_visit_pages import correct, create, scores_of, value_of, words

# Pain of 7, of which MSTS says that there is none: F6.
ODD = {"score_pain": "7", "score_msts_pain": "5", "missing_opioid": ""}
WHY = "asked again, both as written"


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "msts_pain", "opioid"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


def test_a_warning_stands_beside_its_field_and_saves_nothing_until_it_has_a_reason(at_work, procedure):
    answer = create(at_work, procedure, **ODD)
    assert answer.status_code == 400
    assert "[F6]" in " ".join(answer.context["form"].errors["score_msts_pain"])
    assert "Right all the same, because" in words(answer) and value_of(answer, "override_F6") == ""
    assert [value_of(answer, name) for name in ("score_pain", "score_msts_pain")] == ["7", "5"]
    assert create(at_work, procedure, **ODD, override_F6="  ").status_code == 400
    assert not FollowUpVisit.objects.exists() and not Query.objects.exists()


def test_with_a_reason_it_is_saved_and_the_reason_is_kept_with_the_value(at_work, procedure, nurse):
    assert create(at_work, procedure, **ODD, override_F6=WHY).status_code == 302
    visit = procedure.visits.get()
    query = Query.objects.get()
    assert (query.rule, query.status, query.row_id, query.field) == ("F6", "waived", visit.pk, "msts_pain")
    assert WHY in [step.comment for step in query.steps.all()]


def test_a_reason_for_one_warning_is_none_for_another(at_work, procedure):
    assert create(at_work, procedure, **ODD, override_F4=WHY).status_code == 400
    assert not FollowUpVisit.objects.exists()


def test_what_is_refused_is_not_saved_with_a_reason(at_work, procedure):
    answer = create(at_work, procedure, score_pain="11", override_V1=WHY)
    assert answer.status_code == 400 and "override_V1" not in answer.context["form"].fields
    assert not FollowUpVisit.objects.exists()


def test_values_that_agree_are_not_asked_about(at_work, procedure):
    assert create(at_work, procedure, score_pain="1", score_msts_pain="5", missing_opioid="").status_code == 302
    assert not Query.objects.exists()


def test_a_correction_is_warned_of_what_it_makes_odd(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 1, "msts_pain": 5})
    assert correct(at_work, visit, **ODD).status_code == 400
    assert scores_of(visit)["pain"] == 1
    assert correct(at_work, visit, **ODD, override_F6=WHY).status_code == 302
    assert scores_of(visit)["pain"] == 7


def test_it_is_said_while_it_is_typed_and_no_longer_once_it_has_its_reason(at_work, procedure):
    assert "[F6]" in hints(at_work, procedure, **ODD)["said_score_msts_pain"]
    assert "said_score_msts_pain" not in hints(at_work, procedure, **ODD, override_F6=WHY)


@pytest.mark.parametrize("text", ["x" * 301, "<script>", "\u202e"])
def test_nonsense_for_a_reason_is_no_crash(at_work, procedure, text):
    client, address = at_work, reverse("visit-create", args=[procedure.pk])
    client.raise_request_exception = False
    assert create(client, procedure, **ODD, override_F6=text, override_="x").status_code in (302, 400)
    assert client.get(address).status_code == 200
