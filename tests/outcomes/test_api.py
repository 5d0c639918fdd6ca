"""Cohorts, jobs and results, asked for as a program would."""

import hashlib
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import make_default_cohorts
from outcomes.models import Cohort, Freeze, Result
from outcomes.running import run_job
from registry import jobs
from registry.access import Role
from registry.actions import studies
from registry.models import Job
from tests.builders import build_cohort_rows, build_member, build_site, build_study
from tests.programs import bearer, rows_of
from tests.settled import settled

PLAN = {"name": "pain", "analyses": [{"id": "pain-over-time", "type": "describe_by_timepoint", "instrument": "pain"}]}
COMPUTED = ("api-job", "api-result")


@pytest.fixture
def cohort(north):
    """The default cohort of a study at north."""
    return build_cohort(north, "hips")


def build_cohort(site, slug: str) -> Cohort:
    study = build_study(slug=slug, site=site)
    build_cohort_rows(study, site, 4)
    make_default_cohorts()
    return Cohort.objects.get(slug=slug)


def build_result(cohort, by, *, plan=PLAN, **fields) -> Result:
    """What a worker leaves, without the computing."""
    job = ask_analysis(cohort=cohort, plan=plan, by=by)
    made = {"cohort": cohort, "site_ids": job.site_ids}
    frozen, _ = Freeze.objects.get_or_create(
        **made,
        digest="0" * 64,
        defaults={"manifest": {}, "procedures": b"", "scores": b"", "survival": b"", "made_by": by},
    )
    entry = plan["analyses"][0]
    text = fields.pop("payload_text", '{"n":4}')
    return Result.objects.create(
        **made, job=job, freeze=frozen, plan=plan["name"], analysis_id=entry["id"], place=0, type=entry["type"],
        entry=entry, payload_text=text, payload_sha256=hashlib.sha256(text.encode()).hexdigest(), envelope={}, **fields,
    )  # fmt: skip


def test_a_cohort_says_what_it_is_and_which_sites_of_it_one_sees(client, pool, cohort, south):
    studies.join_study(study=cohort.studies.get(), site=south, by=pool)
    client.force_login(pool)
    assert rows_of(client, "api-cohort") == [
        {
            "id": str(cohort.pk), "slug": "hips", "name": "Study hips", "version": 1,
            "rule": {"procedures": "index"}, "studies": ["hips"], "sites": ["north"],
            # sha256 of {"rule":{"procedures":"index"},"studies":["hips"]}
            "definition_hash": "sha256:3a13b9219ff439cb1f5d33987f8302dbbaf1b68df488ad0b8c98e0bcf1a3e614",
        }
    ]  # fmt: skip
    build_member("pool", south, Role.POOLING_CLIENT)
    assert rows_of(client, "api-cohort")[0]["sites"] == ["north", "south"]


def test_a_new_study_has_its_cohort_at_the_first_look(client, pool, north):
    build_study(slug="new", site=north)
    client.force_login(pool)
    assert [cohort["slug"] for cohort in rows_of(client, "api-cohort")] == ["new"]


def test_a_cohort_is_found_by_its_slug(client, pool, cohort):
    client.force_login(pool)
    assert client.get(reverse("api-cohort-detail", args=["hips"])).json() == rows_of(client, "api-cohort")[0]
    assert client.get(reverse("api-cohort-detail", args=["knees"])).status_code == 404


@pytest.mark.parametrize("who", ["neighbour", "nobody"])
def test_another_sites_cohort_job_and_result_do_not_exist(client, request, surgeon, cohort, who):
    result = build_result(cohort, surgeon)
    addresses = addresses_of(result)
    client.force_login(surgeon)
    assert {client.get(address).status_code for address in addresses} == {200}
    client.force_login(request.getfixturevalue(who))
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    assert [rows_of(client, name) for name in ("api-cohort", *COMPUTED)] == [[], [], []]


def addresses_of(result) -> list[str]:
    return [
        reverse("api-cohort-detail", args=[result.cohort.slug]),
        reverse("api-job-detail", args=[result.job_id]),
        reverse("api-result-detail", args=[result.pk]),
    ]


def test_a_result_of_two_sites_is_not_for_who_reads_one_of_them(client, surgeon, nurse, south, cohort):
    studies.join_study(study=cohort.studies.get(), site=south, by=surgeon)
    build_member("surgeon", south, Role.INVESTIGATOR)
    result = build_result(cohort, surgeon)
    client.force_login(nurse)
    assert [client.get(address).status_code for address in addresses_of(result)] == [200, 404, 404]
    build_member("nurse", south, Role.COORDINATOR)
    assert [client.get(address).status_code for address in addresses_of(result)] == [200, 200, 200]


def test_a_token_of_a_study_or_for_rows_sees_no_other_results(client, surgeon, north, cohort):
    result = build_result(cohort, surgeon)
    other = build_study(slug="other", site=north)
    for options in ({"study": other, "scopes": ["read:results"]}, {"scopes": ["read:rows", "ask:analyses"]}):
        header = bearer(surgeon, north, **options)
        assert [client.get(address, headers=header).status_code for address in addresses_of(result)] == [404] * 3
        assert [rows_of(client, name, headers=header) for name in COMPUTED] == [[], []]
    header = bearer(surgeon, north, scopes=["read:results"], study=cohort.studies.get())
    assert [client.get(address, headers=header).status_code for address in addresses_of(result)] == [200] * 3


def test_a_result_is_what_the_worker_kept(client, surgeon, cohort):
    job = ask_analysis(cohort=cohort, plan=PLAN, by=surgeon)
    run_job(jobs.claim(job.pk))
    kept = Result.objects.get(job=job)
    client.force_login(surgeon)
    (answer,) = rows_of(client, "api-result", job=job.pk)
    assert answer.pop("created_at").endswith("Z")
    assert answer == {
        "id": str(kept.pk), "cohort": "hips", "job": str(job.pk), "analysis_id": "pain-over-time",
        "type": "describe_by_timepoint", "entry": PLAN["analyses"][0], "payload": kept.payload,
        "payload_sha256": kept.payload_sha256, "envelope": kept.envelope,
    }  # fmt: skip
    assert answer["payload"]["preop"]["n"] == 4


def test_the_payloads_numbers_reach_the_reader_to_the_last_bit(client, surgeon, cohort):
    """2**53 + 1 is no double, 0.1 + 0.2 needs 17 digits, the far tail needs its exponent, and 1.0 is not 1."""
    text = '{"a":9007199254740993,"b":0.30000000000000004,"c":2.2e-308,"d":1.0,"e":1,"none":null,"ü":"µ"}'
    result = build_result(cohort, surgeon, payload_text=text)
    client.force_login(surgeon)
    answer = client.get(reverse("api-result-detail", args=[result.pk]))
    payload = answer.json()["payload"]
    assert json.dumps(payload, ensure_ascii=False, separators=(",", ":")) == text
    assert hashlib.sha256(text.encode()).hexdigest() == answer.json()["payload_sha256"]


def test_each_filter_of_results_and_jobs_keeps_its_rows(client, surgeon, north, cohort):
    first = build_result(cohort, surgeon)
    entry = {"id": "pain-compared", "type": "kruskal_dunn", "instrument": "pain"}
    second = build_result(build_cohort(north, "knees"), surgeon, plan={"name": "other", "analyses": [entry]})
    Job.objects.filter(pk=second.job_id).update(state="running")
    client.force_login(surgeon)
    for params in (
        {"cohort": "knees"}, {"job": second.job_id}, {"analysis_id": "pain-compared"}, {"type": "kruskal_dunn"},
    ):  # fmt: skip
        assert [row["id"] for row in rows_of(client, "api-result", **params)] == [str(second.pk)], params
    for params in ({"cohort": "hips"}, {"state": "queued"}):
        assert [row["id"] for row in rows_of(client, "api-job", **params)] == [str(first.job_id)], params


def test_a_filter_for_what_is_not_there_gives_an_empty_list(client, surgeon, cohort):
    build_result(cohort, surgeon)
    client.force_login(surgeon)
    assert rows_of(client, "api-result", cohort="nothing") == []
    assert rows_of(client, "api-result", job=cohort.pk) == []
    assert rows_of(client, "api-result", type="ancova") == []
    assert rows_of(client, "api-job", cohort="nothing") == []


UNCLEAR = [
    ("api-result", "job", "1"), ("api-result", "cohort", "a b"), ("api-result", "cohort", ""),
    ("api-result", "type", "anova"), ("api-result", "Cohort", "hips"), ("api-result", "ordering", "id"),
    ("api-job", "state", "lost"), ("api-job", "kind", "outcomes.analyse"), ("api-cohort", "slug", "hips"),
]  # fmt: skip


def test_a_parameter_that_is_unknown_or_cannot_be_meant_is_refused(client, surgeon, cohort):
    client.force_login(surgeon)
    for name, key, text in UNCLEAR:
        answer = client.get(reverse(f"{name}-list"), {key: text})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [key]), (name, text)


def test_a_refused_type_or_state_names_those_there_are(client, surgeon):
    client.force_login(surgeon)
    answer = client.get(reverse("api-result-list"), {"type": "anova"}).json()
    assert "Choose one of describe_by_timepoint, kruskal_dunn" in answer["detail"]


def test_the_number_of_queries_does_not_grow_with_the_number_of_rows(client, surgeon, north):
    settled(client, surgeon)
    for name in ("api-cohort", *COMPUTED):
        counted = []
        for size in (1, 2):
            for number in range(size):
                build_result(build_cohort(build_site("north"), f"{name}-{size}-{number}"), surgeon)
            with CaptureQueriesContext(connection) as queries:
                rows = rows_of(client, name)
            counted.append((len(rows), len(queries)))
        assert counted[0][0] < counted[1][0], name
        assert counted[0][1] == counted[1][1], name
