"""Freezes by the API: asked for, found by name, held against their digest, and analysed later."""

import json

import pytest
from django.db import connection
from django.urls import reverse

from outcomes.cohorts import visible_cohorts
from outcomes.freezes import FREEZE, cite_as
from outcomes.models import Freeze, Result
from outcomes.tasks import analyse, freeze_cohort
from registry.access import Role
from registry.actions import studies
from registry.models import Job
from tests.builders import build_cohort_rows, build_member, build_study
from tests.programs import bearer, post_job, rows_of

PLAN = {"name": "pain", "analyses": [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]}


@pytest.fixture
def cohort(north, surgeon):
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 5)
    return visible_cohorts(surgeon).get(slug="hips")


def post_freeze(client, *, headers=None, **said):
    body = json.dumps({"cohort": "hips", "name": "Submission"} | said)
    return client.post(reverse("api-freeze-list"), body, content_type="application/json", headers=headers)


def frozen(client, name: str = "Submission") -> Freeze:
    job = post_freeze(client, name=name).json()
    freeze_cohort(job["id"])
    return Freeze.objects.get(names__name=name)


def test_a_freeze_is_asked_for_made_and_found_by_its_name(client, surgeon, cohort):
    client.force_login(surgeon)
    answer = post_freeze(client, note="Before the lock")
    assert answer.status_code == 202
    job = answer.json()
    assert (job["kind"], job["cohort"], job["sites"], job["plan"]) == ("freeze", "hips", ["north"], None)
    assert client.get(answer.headers["Location"]).json()["state"] == "queued"
    freeze_cohort(job["id"])
    assert client.get(answer.headers["Location"]).json()["state"] == "done"
    (row,) = client.get(reverse("api-freeze-list"), {"cohort": "hips", "name": "Submission"}).json()["results"]
    kept = Freeze.objects.get()
    assert {name: row[name] for name in ("id", "cohort", "digest", "sites", "patients", "procedures")} == {
        "id": str(kept.pk), "cohort": "hips", "digest": kept.digest, "sites": ["north"], "patients": 5, "procedures": 5,
    }  # fmt: skip
    assert row["cite_as"] == cite_as(kept, "Submission")
    assert [(each["name"], each["note"]) for each in row["names"]] == [("Submission", "Before the lock")]
    detail = client.get(reverse("api-freeze-detail", args=[kept.pk])).json()
    assert detail == row | {"whole": True}
    assert rows_of(client, "api-freeze", cohort="other") == []


def test_a_freeze_that_is_not_what_it_was_says_so(client, surgeon, cohort):
    client.force_login(surgeon)
    kept = frozen(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'outcomes_freeze'::regclass"
                       " AND tgname LIKE 'pgtrigger_written_once_%'")  # fmt: skip
        ((name,),) = cursor.fetchall()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE outcomes_freeze DISABLE TRIGGER {name}")
        cursor.execute("UPDATE outcomes_freeze SET scores = procedures")
        cursor.execute(f"ALTER TABLE outcomes_freeze ENABLE TRIGGER {name}")
    assert client.get(reverse("api-freeze-detail", args=[kept.pk])).json()["whole"] is False


def test_the_same_key_asks_once_even_when_the_name_is_taken_by_then(client, surgeon, cohort):
    client.force_login(surgeon)
    first = post_freeze(client, headers={"Idempotency-Key": "k-1"})
    freeze_cohort(first.json()["id"])
    again = post_freeze(client, headers={"Idempotency-Key": "k-1"})
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert post_freeze(client, headers={"Idempotency-Key": "k-1"}, name="Other").status_code == 422
    assert post_freeze(client).status_code == 400
    assert Job.objects.filter(kind=FREEZE).count() == 1


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "x" * 101}, {"name": 3}, {"note": 3}, {"sites": ["north"]}])
def test_what_cannot_be_is_refused_with_the_field(client, surgeon, cohort, said):
    client.force_login(surgeon)
    answer = post_freeze(client, **said)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert not Job.objects.exists()


def test_who_may_not_compute_makes_none_and_sees_what_may_be_read(client, surgeon, nurse, north, cohort):
    client.force_login(surgeon)
    kept = frozen(client)
    client.force_login(nurse)
    assert post_freeze(client, name="Other").status_code == 403
    assert client.get(reverse("api-freeze-detail", args=[kept.pk])).status_code == 200
    asks = bearer(surgeon, north, scopes=["ask:analyses"])
    client.logout()
    assert client.get(reverse("api-freeze-detail", args=[kept.pk]), headers=asks).status_code == 404


def test_an_analysis_of_a_freeze_has_the_numbers_of_then_and_is_computed_once(client, surgeon, north, cohort):
    client.force_login(surgeon)
    kept = frozen(client)
    build_cohort_rows(cohort.studies.get(), north, 3)
    asked = {"cohort": "hips", "plan": PLAN, "freeze": str(kept.pk)}
    job = post_job(client, asked).json()
    analyse(job["id"])
    assert job["freeze"] == str(kept.pk)
    assert Result.objects.get(job=job["id"]).freeze == kept
    assert post_job(client, asked).json()["id"] == job["id"]


def test_a_freeze_of_another_cohort_or_site_is_not_there_and_one_that_is_only_read_is_not_analysed(
    client, surgeon, north, south, cohort
):
    client.force_login(surgeon)
    kept = frozen(client)
    build_study(slug="knees", site=north)
    assert post_job(client, {"cohort": "knees", "freeze": str(kept.pk)}).status_code == 404
    assert post_job(client, {"cohort": "hips", "freeze": str(cohort.pk)}).status_code == 404
    assert post_job(client, {"cohort": "hips", "freeze": "first"}).status_code == 400
    studies.join_study(study=cohort.studies.get(), site=south, by=surgeon)
    build_cohort_rows(cohort.studies.get(), south, 2)
    build_member("surgeon", south, Role.INVESTIGATOR)
    of_both = frozen(client, "Both")
    surgeon.memberships.filter(site=south).delete()
    build_member("surgeon", south, Role.COORDINATOR)
    assert post_job(client, {"cohort": "hips", "freeze": str(of_both.pk)}).status_code == 403
