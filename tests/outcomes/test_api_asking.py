"""Asking for analyses by the API: who may, what is understood, and once is once."""

import json

import pytest
from django.urls import reverse

from outcomes.cohorts import make_default_cohorts
from outcomes.models import Cohort
from outcomes.plans.shipped import NAMES, shipped
from registry.access import Role
from registry.actions import studies
from registry.models import Job
from tests.builders import build_member, build_study
from tests.programs import bearer, post_job, rows_of

PLAN = {"name": "pain", "analyses": [{"id": "pain-over-time", "type": "describe_by_timepoint", "instrument": "pain"}]}
ASKED = {"cohort": "hips", "plan": PLAN}


@pytest.fixture
def cohort(north):
    build_study(slug="hips", site=north)
    make_default_cohorts()
    return Cohort.objects.get(slug="hips")


@pytest.mark.parametrize("plan", [PLAN, None])
def test_an_accepted_request_is_a_waiting_job_with_an_address(client, surgeon, cohort, plan):
    client.force_login(surgeon)
    answer = post_job(client, {"cohort": "hips", "plan": plan})
    assert answer.status_code == 202
    job = Job.objects.get()
    body = {name: value for name, value in answer.json().items() if name != "created_at"}
    assert body == {
        "id": str(job.pk), "kind": "analysis", "cohort": "hips", "sites": ["north"], "plan": plan, "freeze": None,
        "state": "queued", "steps_done": 0, "steps_total": 0, "step": "", "error": "", "finished_at": None,
    }  # fmt: skip
    assert answer.headers["Location"] == f"http://testserver{reverse('api-job-detail', args=[job.pk])}"
    assert rows_of(client, "api-job") == [client.get(answer.headers["Location"]).json()] == [answer.json()]


def test_a_shipped_plan_is_asked_for_by_its_name_and_answered_whole(client, surgeon, cohort):
    client.force_login(surgeon)
    answer = post_job(client, {"cohort": "hips", "plan": "gupta2014"})
    assert answer.status_code == 202
    assert answer.json()["plan"] == shipped("gupta2014")


def test_the_schema_names_the_shipped_plans(client, surgeon):
    client.force_login(surgeon)
    answer = client.get(reverse("api-schema"), headers={"Accept": "application/vnd.oai.openapi+json"})
    plan = json.loads(answer.content)["components"]["schemas"]["JobRequest"]["properties"]["plan"]
    assert {"type": "string", "enum": list(NAMES)} in plan["oneOf"]


def test_a_plan_may_be_left_out(client, surgeon, cohort):
    client.force_login(surgeon)
    assert post_job(client, {"cohort": "hips"}).json()["plan"] is None


def test_asking_leaves_the_ringing_to_the_dispatcher(client, surgeon, cohort, settings):
    """Nothing listens at this address, so that a request that published would fail or hang."""
    settings.CELERY_BROKER_URL = settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client.force_login(surgeon)
    assert post_job(client, ASKED).status_code == 202
    assert Job.objects.get().sent_at is None


def test_the_same_key_and_body_make_one_job(client, surgeon, cohort):
    client.force_login(surgeon)
    answers = [post_job(client, ASKED, **{"Idempotency-Key": "k-1"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == Job.objects.count() == 1


def test_without_a_key_each_request_is_a_job(client, surgeon, cohort):
    client.force_login(surgeon)
    assert len({post_job(client, ASKED).json()["id"] for _ in range(2)}) == 2


def test_the_same_key_with_another_body_is_refused(client, surgeon, cohort):
    client.force_login(surgeon)
    key = {"Idempotency-Key": "k-1"}
    assert post_job(client, ASKED, **key).status_code == 202
    answer = post_job(client, {"cohort": "hips"}, **key)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert "another request" in answer.json()["detail"]
    assert Job.objects.count() == 1


def test_two_people_may_take_the_same_key(client, surgeon, admin, cohort):
    for user in (surgeon, admin):
        client.force_login(user)
        assert post_job(client, ASKED, **{"Idempotency-Key": "k-1"}).status_code == 202
    assert Job.objects.count() == 2


def test_a_key_that_is_none_is_refused(client, surgeon, cohort):
    client.force_login(surgeon)
    for key in ("", " ", "a b", "é", "k" * 65, "a\x00"):
        answer = post_job(client, ASKED, **{"Idempotency-Key": key})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"]), key
    assert Job.objects.count() == 0


@pytest.mark.parametrize("who", ["nurse", "pool", "neighbour", "nobody"])
def test_who_may_not_ask_is_told_so(client, request, cohort, who):
    client.force_login(request.getfixturevalue(who))
    answer = post_job(client, ASKED)
    assert (answer.status_code, answer.json()["title"]) == (403, "Not allowed")
    assert Job.objects.count() == 0


def test_a_token_asks_only_with_the_scope_for_it(client, surgeon, north, cohort):
    reading = bearer(surgeon, north, scopes=["read:rows", "read:results"])
    assert post_job(client, ASKED, **reading).status_code == 403
    assert Job.objects.count() == 0
    asking = bearer(surgeon, north, scopes=["ask:analyses"])
    assert post_job(client, ASKED, **asking).json()["sites"] == ["north"]


def test_a_cohort_that_is_not_there_for_the_asker_is_not_found(client, surgeon, south, cohort):
    build_study(slug="theirs", site=south)
    client.force_login(surgeon)
    answers = [post_job(client, {"cohort": slug}) for slug in ("theirs", "nothing")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content.replace(b"theirs", b"nothing") == answers[1].content


def test_a_cohort_that_may_only_be_read_is_not_analysed(client, surgeon, south, cohort):
    build_study(slug="theirs", site=south)
    build_member("surgeon", south, Role.COORDINATOR)
    client.force_login(surgeon)
    assert post_job(client, {"cohort": "theirs"}).status_code == 403


def test_a_job_covers_the_sites_where_the_asker_may_ask_and_no_others(client, surgeon, south, cohort):
    studies.join_study(study=cohort.studies.get(), site=south, by=surgeon)
    build_member("surgeon", south, Role.COORDINATOR)
    client.force_login(surgeon)
    assert post_job(client, ASKED).json()["sites"] == ["north"]
    build_member("surgeon", south, Role.INVESTIGATOR)
    assert post_job(client, ASKED).json()["sites"] == ["north", "south"]


NOT_UNDERSTOOD = [
    ([], "object"), ("hips", "object"), (None, "object"), ({}, "cohort"), ({"cohort": None}, "cohort"),
    ({"cohort": 5}, "cohort"), ({"cohort": True}, "cohort"), ({"cohort": ["hips"]}, "cohort"),
    ({"cohort": ""}, "cohort"), ({"cohort": " hips"}, "cohort"), ({"cohort": "x" * 101}, "cohort"),
    ({"cohort": "hips", "Plan": None}, "Understood here: cohort, freeze, plan."),
    ({"cohort": "hips", "plan": []}, "plan"), ({"cohort": "hips", "plan": 5}, "plan"),
    ({"cohort": "hips", "plan": "overview"}, ", ".join(NAMES)),
    ({"cohort": "hips", "plan": {}}, "plan"),
    ({"cohort": "hips", "plan": PLAN | {"colour": "red"}}, "colour"),
    ({"cohort": "hips", "plan": {"name": "p", "analyses": [{"id": "a", "type": "anova"}]}}, "anova"),
    ({"cohort": "hips", "plan": {"name": "p", "analyses": PLAN["analyses"] * 2}}, "more than once"),
    ({"cohort": "hips", "plan": {"name": "p", "analyses": "x" * 10_000}}, "not of type array"),
]  # fmt: skip


def test_a_body_that_is_not_understood_is_refused_in_words(client, surgeon, cohort):
    client.force_login(surgeon)
    for body, said in NOT_UNDERSTOOD:
        answer = post_job(client, body)
        assert answer.status_code == 400, body
        assert said in answer.json()["detail"], body
        assert len(answer.content) < 3_000
    assert Job.objects.count() == 0
