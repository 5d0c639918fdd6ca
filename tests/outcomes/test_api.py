"""Cohorts, jobs and results, asked for as a program would."""

import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import make_default_cohorts
from outcomes.models import Cohort, Result
from outcomes.tasks import analyse
from registry.actions import people, studies
from registry.models import Job
from tests.builders import build_cohort_rows, build_study

PLAN = {"name": "pain", "analyses": [{"id": "pain-over-time", "type": "describe_by_timepoint", "instrument": "pain"}]}


def get(client, name, *args, **params):
    return client.get(reverse(name, args=args), params)


def ask(client, body, **headers):
    return client.post(reverse("api-job-list"), json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def cohort(north):
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 12)
    make_default_cohorts()
    return Cohort.objects.get(slug="hips")


@pytest.fixture
def results(cohort, surgeon):
    """What the worker leaves of a plan, done here."""
    job = ask_analysis(cohort=cohort, plan=PLAN, by=surgeon)
    analyse(str(job.pk))
    return Result.objects.filter(job=job)


def test_smoke(client, surgeon, results, django_assert_num_queries):
    client.force_login(surgeon)
    for name in ("api-cohort-list", "api-job-list", "api-result-list"):
        answer = get(client, name)
        print(answer.status_code, json.dumps(answer.json(), indent=1)[:3000])
    answer = ask(client, {"cohort": "hips", "plan": None}, **{"Idempotency-Key": "a"})
    print(answer.status_code, answer.headers, answer.json())
    for url in ["/api/v1/nothing/", "/api/nothing", "/api/v1/results/?cohrt=x", "/api/v1/results/?job=x", "/api/v1/docs/", "/api/v1/schema/", "/api/v1/results/?type=anova","/api/v1/results/?format=xml"]:
        answer = client.get(url)
        print(url, answer.status_code, answer.headers["Content-Type"], answer.content[:300])
    client.logout()
    for url in ["/api/v1/nothing/", "/api/nothing", "/api/v1/results/?cohrt=x","/api/v1/docs/", "/api/v1/schema/",]:
        answer = client.get(url)
        print(url, answer.status_code, answer.headers, answer.content[:300])
    assert 0
