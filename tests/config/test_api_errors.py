"""However the API is asked, it answers in one shape, and a refused request changes nothing."""

import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.api import translated
from config.problems import MEANINGS
from outcomes.asking import ask_analysis
from outcomes.cohorts import make_default_cohorts
from outcomes.models import Cohort
from registry.models import Job
from registry.strict_json import DEEPEST
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.programs import post_job

PROBLEM = "application/problem+json"
LISTS = ("cohorts", "freezes", "releases", "jobs", "results", "patients", "procedures", "visits", "scores")


def assert_problem(answer, *statuses: int) -> dict:
    """The answer is a refusal, in the one shape."""
    assert answer.headers["Content-Type"] == PROBLEM, answer.content
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert answer.status_code in (statuses or range(400, 500))
    known = {f"/problems/{name}/" for name in MEANINGS}
    assert problem["type"] in (known if answer.status_code < 500 else {"about:blank"})
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.fixture
def someone(client, admin, north):
    """A program that may do everything at north, where there is one row of each kind."""
    study = build_study(slug="hips", site=north)
    procedure = build_procedure(patient=build_patient(study=study, site=north))
    build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3})
    make_default_cohorts()
    ask_analysis(cohort=Cohort.objects.get(), plan=None, by=admin)
    client.force_login(admin)
    return client


def count_rows() -> dict[str, int]:
    """How many rows each table of the database has."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        return {table: cursor.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}


NUL, SURROGATE = "%00", "%ED%A0%80"
HOSTILE_QUERIES = [
    f"cohort={NUL}", f"{NUL}=1", f"site=a{NUL}b", f"cohort={SURROGATE}", "page_size=" + "9" * 40, "page_size=-1",
    "limit=" + "9" * 40, "limit=-1", "offset=1", "ordering=extra__note", "ordering=-id", "cursor=%00",
    "cursor=cD0lMDA=",
    "cursor=" + "A" * 3000, "format=xml", "format=api", "lang=xx", "&".join(f"a{n}=1" for n in range(600)),
    "site__code=north", "id=1", "study=' OR 1=1 --", "patient={}", "=", "site=north&site=south",
]  # fmt: skip
HOSTILE_IDS = [
    "1", "0" * 5000, "%00", SURROGATE, "..%2f..%2fetc", "' OR 1=1 --", "null", "11111111-1111-4111-8111-111111111111",
    "é", "9" * 40, "-1", "%2e%2e",
]  # fmt: skip
DEEP = 100_000
HOSTILE_BODIES = [
    b"", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"null", b"1", b"[]", b'"hips"', b"{'cohort': 'hips'}", b"{}" * 2,
    b'{"cohort": "hips", "cohort": "hips"}', b'{"cohort": "hips", "plan": {"name": "a", "name": "b"}}',
    b'{"cohort": "\\u0000"}', b'{"cohort": "hips", "\\u0000": 1}', b'{"cohort": "hips\\u0000"}',
    b'{"cohort": "hips", "plan": {"name": "\\u0000", "analyses": []}}',
    b'{"cohort": "hips", "plan": {"\\u0000": 1}}', b'{"cohort": "\\ud800"}', b'{"cohort": "hips", "\\udfff": 1}',
    b'{"cohort": "hips", "plan": {"name": "\\ud800", "analyses": []}}', b'{"cohort": NaN}',
    b'{"cohort": "hips", "plan": {"name": "a", "analyses": [Infinity]}}',
    b'{"cohort": "hips", "plan": {"name": "a", "analyses": [1e999]}}', b'{"cohort": ' + b"9" * 5000 + b"}",
    b'{"cohort": "hips", "plan": ' + b'{"a":' * 25 + b"1" + b"}" * 25 + b"}", b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP, b'{"cohort": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}',
    b'{"cohort": "hips", "plan": {"name": "p", "analyses": [null]}}',
    b'{"cohort": "hips", "plan": {"name": "p", "analyses": [{"id": {}, "type": []}]}}',
    b'{"cohort": "hips", "plan": {"name": "p", "analyses": [{"id": "a", "type": "describe_by_timepoint"}]}}',
    b'{"cohort": "hips", "plan": false}', b'{"cohort": {"$ne": 1}}',
]  # fmt: skip


def test_hostile_queries_are_refused_on_every_list_and_change_nothing(someone):
    before = count_rows()
    for name in LISTS:
        for query in HOSTILE_QUERIES:
            answer = someone.generic("GET", f"/api/v1/{name}/", QUERY_STRING=query)
            assert_problem(answer, 400)
    assert count_rows() == before


def test_hostile_ids_are_refused_at_every_address_and_change_nothing(someone):
    before = count_rows()
    for name in LISTS:
        for text in HOSTILE_IDS:
            assert_problem(someone.get(f"/api/v1/{name}/{text}/"), 400, 404)
    assert count_rows() == before


def test_hostile_bodies_are_refused_and_change_nothing(someone):
    before = count_rows()
    for body in HOSTILE_BODIES:
        assert_problem(post_job(someone, body), 400, 413)
    assert count_rows() == before


def test_a_harmless_request_does_change_something(someone):
    """The counting above could have missed it: this one is accepted and counted."""
    before = count_rows()
    assert post_job(someone, b'{"cohort": "hips"}').status_code == 202
    changed = {table for table, rows in count_rows().items() if rows != before[table]}
    assert changed == {Job._meta.db_table}


def test_a_body_that_is_too_long_is_413(someone):
    assert_problem(post_job(someone, b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)), 413)


def test_json_may_be_nested_to_the_limit_and_no_deeper(someone):
    def answer(levels: int) -> str:
        plan = '{"a":' * (levels - 1) + "1" + "}" * (levels - 1)
        return assert_problem(post_job(someone, f'{{"cohort": "hips", "plan": {plan}}}'.encode()), 400)["detail"]

    assert "nested" not in answer(DEEPEST)
    assert "nested" in answer(DEEPEST + 1)


def test_a_body_in_another_form_than_json_is_415(someone):
    forms = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    for content_type in ("text/plain", "application/xml", "x", *forms):
        answer = someone.generic("POST", "/api/v1/jobs/", b"cohort=hips", content_type=content_type)
        assert_problem(answer, 415)


def test_an_answer_in_another_form_than_json_is_406(someone):
    for name in LISTS:
        assert_problem(someone.get(f"/api/v1/{name}/", headers={"Accept": "text/html"}), 406)


def test_a_method_that_is_not_understood_is_405(someone):
    for name in LISTS:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            answer = someone.generic(method, f"/api/v1/{name}/")
            assert_problem(answer, 405)
            assert "GET" in answer.headers["Allow"]


def test_an_address_that_is_none_is_404(someone):
    for path in ("nothing/", "", "patients", "v2/", "patients/1/2/", "admin/../", "patients.json"):
        for method in ("GET", "POST", "DELETE"):
            assert_problem(someone.generic(method, f"/api/v1/{path}"), 404)


def test_an_address_beside_the_api_is_404_in_its_shape(client, db):
    for path in ("/api/", "/api/v2/patients/", "/api/nothing"):
        assert_problem(client.get(path), 404)


def test_an_unknown_host_is_refused_in_the_apis_shape(someone):
    assert_problem(someone.get("/api/v1/patients/", headers={"Host": "elsewhere.example"}), 400)


def test_a_page_keeps_its_own_way_to_say_no(client, db):
    assert client.get("/nothing/").headers["Content-Type"].startswith("text/html")


def test_nobody_in_particular_gets_401_and_is_told_how_to_log_in(client, db):
    for path in (*(f"{name}/" for name in LISTS), "schema/", "nothing/", "patients/1/"):
        answer = client.get(f"/api/v1/{path}")
        assert_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert_problem(client.post("/api/v1/jobs/", b"{", content_type="application/json"), 401)


def test_a_token_that_is_none_is_401(client, db):
    for text in ("Bearer", "Bearer a b", "Bearer nothing", "Bearer \xff", "Bearer \x00", "bearer " + "x" * 9000):
        assert_problem(client.get("/api/v1/patients/", headers={"Authorization": text}), 401)


def test_a_session_writes_only_with_its_csrf_token(admin, someone):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    before = Job.objects.count()
    assert_problem(post_job(strict, b'{"cohort": "hips"}'), 403)
    assert Job.objects.count() == before


def test_a_refusal_keeps_the_headers_that_protect_pages(someone):
    for path in ("/api/v1/patients/?x=1", "/api/v1/nothing/", "/api/v2/", "/api/v1/patients/?site=%00"):
        headers = someone.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "default-src 'none'" in headers["Content-Security-Policy"], path


def test_our_own_mistake_is_500_in_the_apis_shape_without_a_word_of_the_data(someone, monkeypatch):
    class Ours(Exception):
        pass

    def broken(*args):
        raise Ours("patient N-1")

    monkeypatch.setattr(Job.objects, "visible_to", broken)
    someone.raise_request_exception = False
    answer = someone.get("/api/v1/jobs/")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == PROBLEM
    assert b"N-1" not in answer.content


def test_what_is_unknown_is_not_translated():
    error = KeyError("a")
    assert translated(error) is error


def test_the_schema_is_there_for_who_is_logged_in_and_names_the_ways_to_log_in(client, nobody):
    client.force_login(nobody)
    schema = client.get(reverse("api-schema"), headers={"Accept": "application/vnd.oai.openapi+json"})
    content = json.loads(schema.content)
    assert content["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {f"/api/v1/{name}/" for name in LISTS} <= set(content["paths"])
    for path, operations in content["paths"].items():
        assert all("4XX" in operation["responses"] for operation in operations.values()), path


def test_the_schemas_page_runs_no_inline_script_and_loads_nothing_from_elsewhere(client, nobody):
    address = reverse("api-docs")
    assert client.get(address).status_code == 302
    client.force_login(nobody)
    page = client.get(address)
    assert page.status_code == 200
    assert b"<script>" not in page.content
    assert b"http" not in page.content
    script = client.get(f"{address}?script=")
    assert script.headers["Content-Type"] == "application/javascript"
    assert b"/api/v1/schema/" in script.content or b"../schema/" in script.content


def test_the_schema_is_valid_openapi_and_nothing_in_it_is_guessed(db, tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))
