"""Visits written by the API: the rules of the form, no lost update, no doubled visit, nothing changed on a no."""

import json
from datetime import date, timedelta

import pytest

from registry.actions.people import issue_token
from registry.actions.visits import mark_visit_as_error
from registry.models import FollowUpVisit, Score
from tests.builders import build_patient, build_procedure, build_study, build_visit

VISITS = "/api/v1/visits/"


@pytest.fixture
def procedure(north):
    study = build_study(slug="hips", site=north, instruments=("pain", "ecog"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


def said(procedure=None, **changes) -> dict:
    """A whole six-week visit."""
    body = {"timepoint": "w6", "visited_on": "2024-04-12", "visited_precision": "day"}
    body |= {"scores": {"pain": {"value": "3"}, "ecog": {"missing": "not_recorded"}}}
    return body | ({"procedure": str(procedure.pk)} if procedure else {}) | changes


def post(client, body, **headers):
    return client.post(VISITS, body, content_type="application/json", headers=headers)


def put(client, visit, body, **headers):
    return client.put(f"{VISITS}{visit['id']}/", body, content_type="application/json", headers=headers)


def rules_of(answer) -> list[str]:
    return [problem["rule"] for problem in answer.json()["problems"]]


def test_a_visit_is_recorded_with_its_scores_and_says_its_tag_and_address(client, nurse, procedure):
    client.force_login(nurse)
    answer = post(client, said(procedure))
    assert answer.status_code == 201
    visit = answer.json()
    assert (visit["timepoint"], visit["day"], visit["window"]) == ("w6", 42, "inside")
    again = client.get(answer["Location"])
    assert (again.json(), again["ETag"]) == (visit, answer["ETag"])
    scores = Score.objects.filter(visit=visit["id"]).values_list("instrument__key", "value", "missing")
    assert sorted(scores) == [("ecog", None, "not_recorded"), ("pain", 3, None)]


def test_the_same_key_twice_is_one_visit_and_another_body_under_it_is_refused(client, nurse, procedure):
    client.force_login(nurse)
    key = {"idempotency-key": "sent-once"}
    first, second = (post(client, said(procedure), **key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    other = post(client, said(procedure, visited_on="2024-04-13"), **key)
    assert other.status_code == 422
    assert FollowUpVisit.objects.count() == 1


def test_a_broken_rule_is_named_with_its_field_and_nothing_is_recorded(client, nurse, procedure):
    client.force_login(nurse)
    answer = post(client, said(procedure, scores={"pain": {"value": "11"}}))
    assert (answer.status_code, rules_of(answer)) == (400, ["V1"])
    assert answer.json()["problems"][0]["field"] == "pain"
    assert FollowUpVisit.objects.count() == 0


def test_a_warning_is_let_pass_by_a_reason_for_its_code(client, nurse, procedure):
    client.force_login(nurse)
    build_visit(procedure=procedure, timepoint="preop", visited_on=date(2024, 2, 20), scores={"pain": 10, "ecog": 1})
    body = said(procedure, scores={"pain": {"value": "1"}, "ecog": {"value": "1"}})
    answer = post(client, body)
    assert (answer.status_code, rules_of(answer)) == (400, ["P2"])
    assert answer.json()["problems"][0]["warning"] is True
    assert post(client, body | {"overrides": {"P2": "the note says so twice"}}).status_code == 201


def test_a_replacement_names_the_version_it_replaces(client, nurse, procedure):
    client.force_login(nurse)
    first = post(client, said(procedure))
    visit, tag = first.json(), first["ETag"]
    body = said(scores={"pain": {"value": "4"}, "ecog": {"value": "1"}}, reason="read again")
    assert put(client, visit, body).status_code == 428
    assert put(client, visit, body, **{"if-match": f"W/{tag}"}).status_code == 412
    answer = put(client, visit, body, **{"if-match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] != tag
    assert put(client, visit, body, **{"if-match": tag}).status_code == 412
    assert Score.objects.get(visit=visit["id"], instrument__key="pain").value == 4


def test_a_complete_visit_is_not_changed_without_a_reason(client, nurse, procedure):
    client.force_login(nurse)
    first = post(client, said(procedure))
    body = said(scores={"pain": {"value": "4"}, "ecog": {"missing": "not_recorded"}})
    answer = put(client, first.json(), body, **{"if-match": first["ETag"]})
    assert (answer.status_code, rules_of(answer)) == (400, ["V8"])
    assert Score.objects.get(visit=first.json()["id"], instrument__key="pain").value == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"timepoint": "w7"},
        {"visited_on": "12 April"},
        {"visited_precision": "hour"},
        {"day": 10**9},
        {"scores": {"knee": {"value": "3"}}},
        {"scores": {"pain": {"value": "3", "missing": "unknown"}}},
        {"scores": {"pain": {}}},
        {"scores": {"pain": {"value": "NaN"}}},
        {"scores": {"pain": {"value": "1e30"}}},
        {"scores": {"pain": 3}},
        {"scores": []},
        {"missed": "gone fishing"},
        {"window_reason": 7},
        {"overrides": {"P2": ["a", "list"]}},
        {"source": {"certainty": "certain"}},
        {"stranger": 1},
    ],
    ids=str,
)
def test_what_is_malformed_or_unknown_is_a_clear_no(client, nurse, procedure, changes):
    client.force_login(nurse)
    answer = post(client, json.dumps(said(procedure) | changes))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert FollowUpVisit.objects.count() == 0


def test_who_may_only_read_does_not_write_and_another_sites_procedure_does_not_exist(
    client, surgeon, neighbour, nobody, procedure
):
    for user, status in ((surgeon, 403), (neighbour, 404), (nobody, 404)):
        client.force_login(user)
        assert post(client, said(procedure)).status_code == status
    assert FollowUpVisit.objects.count() == 0


@pytest.mark.parametrize(("scopes", "status"), [(["read:rows"], 403), (["write:rows"], 201)])
def test_a_token_writes_only_with_the_scope_for_it(client, nurse, north, procedure, scopes, status):
    day = timedelta(days=1)
    _, secret = issue_token(user=nurse, name="lab", scopes=scopes, sites=[north], life=day, by=nurse)
    assert post(client, said(procedure), authorization=f"Bearer {secret}").status_code == status


def test_a_key_whose_visit_was_marked_as_an_error_is_refused_and_nothing_is_recorded(client, nurse, procedure):
    client.force_login(nurse)
    key = {"idempotency-key": "sent-once"}
    assert post(client, said(procedure), **key).status_code == 201
    visit = FollowUpVisit.objects.get()
    mark_visit_as_error(visit, version=1, reason="another patient's", by=nurse)
    again = post(client, said(procedure), **key)
    assert (again.status_code, FollowUpVisit.objects.count()) == (422, 1)
    assert "marked as entered in error" in again.content.decode()
    assert post(client, said(procedure), **{"idempotency-key": "another"}).status_code == 201
