"""Hypothesis looks for a request to which the API has no answer in words, or that changes what it refused."""

from io import BytesIO
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from outcomes.plans.check import SCHEMA
from tests.builders import build_study
from tests.config.test_api_errors import HOSTILE_BODIES, LISTS, assert_problem, count_rows
from tests.programs import post_job, rows_of

SEARCH = settings(max_examples=150, derandomize=True, deadline=None)
text = st.text(max_size=20) | st.sampled_from(["hips", "pain", "\x00", "\ud800", "preop", "1e999", "'"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=8
)
ENTRY = SCHEMA["$defs"]["analysis"]["properties"]
types = st.sampled_from(ENTRY["type"]["enum"]) | values
entries = st.fixed_dictionaries(
    {"id": text, "type": types}, optional={key: values for key in ENTRY if key not in ("id", "type")}
)
plans = st.fixed_dictionaries({"name": text, "analyses": st.lists(entries | values, max_size=3)}) | values
bodies = st.fixed_dictionaries({"cohort": st.just("hips") | values}, optional={"plan": plans, "more": values}) | values
keys = st.sampled_from(["site", "study", "cohort", "patient", "job", "cursor"]) | text


@pytest.fixture
def someone(client, admin, north):
    """A program that may do everything at north."""
    build_study(slug="hips", site=north)
    client.force_login(admin)
    rows_of(client, "api-cohort")
    return client


def test_every_body_is_accepted_or_refused_in_words_and_without_a_trace(someone):
    before = count_rows()
    seen = set()

    @SEARCH
    @given(body=bodies)
    def search(body):
        with transaction.atomic():
            answer = post_job(someone, body)
            seen.add(answer.status_code)
            if answer.status_code != 202:
                assert_problem(answer, 400, 404)
                assert count_rows() == before
            transaction.set_rollback(True)

    search()
    assert {202, 400} <= seen


def test_every_query_is_answered_or_refused_in_words(someone):
    seen = set()

    @SEARCH
    @given(name=st.sampled_from(LISTS), key=keys, value=text)
    def search(name, key, value):
        query = "=".join(quote(each, errors="surrogatepass") for each in (key, value))
        answer = someone.generic("GET", f"/api/v1/{name}/", QUERY_STRING=query)
        seen.add(answer.status_code)
        if answer.status_code != 200:
            assert_problem(answer, 400)

    search()
    assert seen == {200, 400}


def test_the_frameworks_own_parser_takes_or_chokes_on_what_ours_refuses():
    """Without this the hostile bodies could be harmless."""
    assert sum(map(is_taken_by_the_framework, HOSTILE_BODIES)) > 20


def is_taken_by_the_framework(body: bytes) -> bool:
    try:
        JSONParser().parse(BytesIO(body))
    except ParseError:
        return False
    except RecursionError:
        return True
    return True
