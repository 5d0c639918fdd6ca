"""A whole list as a stream: the rows of the pages, one a line, one stream a token, logged with what was really sent."""

import json
import threading
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection

from registry.actions import people, standing
from registry.models import ApiToken, Event, FollowUpVisit, Patient
from registry.ndjson import BEGUN, BLOCK
from registry.profiles import RESOURCES
from registry.throttle import one_at_a_time
from tests.builders import build_cohort_rows, build_patient, build_study
from tests.programs import bearer
from tests.registry.feed.conftest import chart_of
from tests.registry.feed.reading import lists

HOSTILE = "\"quoted\" \\ back, comma; tab\t line\nreturn\r\x01\x02\x7f\u2028 'ends' {} [] é 名 \U0001f9b4 %s \\N \\."
PROFILES = ["identified", "limited", "safe_harbor"]


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def visit(study, north):
    return chart_of(study, north, "N-1")


def token(user, site, profile: str) -> dict[str, str]:
    scopes = ["read:rows"] if profile == "identified" else ["pull:rows"]
    options = {"profile": profile, "agreement": "DUA 1", "by": people.system_user(), "life": people.LONGEST_TOKEN_LIFE}
    _, text = people.issue_token(user=user, name="t", scopes=scopes, sites=[site], **options)
    return {"Authorization": f"Bearer {text}"}


def stream(client, resource: str, headers, **params):
    return client.get(f"/api/v1/{resource}/", {"format": "ndjson"} | params, headers=headers)


def lines_of(answer) -> list[dict]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("resource", RESOURCES)
def test_a_stream_holds_every_row_of_the_pages_field_for_field(client, surgeon, study, north, visit, resource, profile):
    chart_of(study, north, "N-2")
    build_cohort_rows(study, north, 40)
    headers = token(surgeon, north, profile)
    rows = lines_of(stream(client, resource, headers))
    assert len(rows) == len({row["id"] for row in rows}) >= 2
    paged = lists(client, headers, [resource], page_size=50)
    assert {(resource, row["id"]): row for row in rows} == paged
    assert [list(row) for row in rows[:5]] == [list(paged[resource, row["id"]]) for row in rows[:5]]


def test_any_text_comes_as_it_is_and_is_one_line(client, surgeon, north, visit):
    FollowUpVisit.objects.update(window="outside", window_reason=HOSTILE)
    Patient.objects.update(withdrawn_on=date(2025, 1, 1), withdrawn_reason=HOSTILE)
    Event.objects.update(description=HOSTILE)
    headers = bearer(surgeon, north)
    for resource, field in (("visits", "window_reason"), ("patients", "withdrawn_reason"), ("events", "description")):
        (row,) = lines_of(stream(client, resource, headers))
        assert row[field] == HOSTILE
    content = b"".join(stream(client, "visits", headers).streaming_content)
    assert (content.count(b"\n"), b"\r" in content, content[-2:]) == (1, False, b"}\n")


def test_a_filter_holds_for_a_stream(client, surgeon, study, north, visit):
    other = chart_of(study, north, "N-2")
    headers = bearer(surgeon, north)
    (row,) = lines_of(stream(client, "visits", headers, procedure=str(other.procedure_id)))
    assert row["id"] == str(other.pk)


def test_another_sites_rows_are_in_no_stream_and_nobodys_is_empty(client, surgeon, nobody, study, north, south, visit):
    chart_of(study, south, "S-1")
    assert {row["site"] for row in lines_of(stream(client, "scores", bearer(surgeon, north)))} == {"north"}
    assert lines_of(stream(client, "scores", bearer(nobody, north))) == []
    answer = stream(client, "treatments", bearer(surgeon, north, scopes=["read:results"]))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing/")


def test_who_withdrew_is_in_no_stream_without_identifiers(client, surgeon, north, visit, system):
    standing.withdraw_patient(patient=visit.procedure.patient, on=date(2025, 1, 1), reason="asked to", by=system)
    for resource in RESOURCES:
        assert lines_of(stream(client, resource, token(surgeon, north, "safe_harbor"))) == []


def test_without_identifiers_the_order_is_that_of_the_recipients_ids(client, surgeon, nurse, study, north):
    build_cohort_rows(study, north, 30)
    for user in (surgeon, people.add_user(username="other", password="a password of other", by=people.system_user())):
        people.add_member(user=user, site=north, role="investigator", by=people.system_user())
        ids = [row["id"] for row in lines_of(stream(client, "visits", token(user, north, "safe_harbor")))]
        assert ids == sorted(ids)
        assert len(ids) == 90


@pytest.mark.parametrize(
    "params", [{"format": "csv"}, {"format": ""}, {"cursor": "abc"}, {"page_size": "5"}, {"since": "x"}, {"site": "N!"}]
)
def test_what_is_not_understood_is_refused_before_anything_is_sent(client, surgeon, north, visit, params):
    answer = stream(client, "visits", bearer(surgeon, north), **params)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, list(params))


def test_a_head_request_sends_no_row_and_logs_none(client, surgeon, north, visit):
    answer = client.head("/api/v1/visits/", {"format": "ndjson"}, headers=bearer(surgeon, north))
    assert (answer.status_code, answer.content) == (200, b"")
    assert not ApiToken.objects.get().pulls.exists()


def test_a_stream_is_logged_with_its_rows_and_bytes(client, surgeon, study, north):
    build_cohort_rows(study, north, 30)
    headers = token(surgeon, north, "limited")
    content = b"".join(stream(client, "visits", headers, timepoint="w6").streaming_content)
    began, pull = ApiToken.objects.get().pulls.order_by("at")
    assert (began.rows, began.size, began.status, began.filters) == (0, 0, BEGUN, pull.filters)
    assert (pull.rows, pull.size, pull.status, pull.profile) == (30, len(content), 200, "limited")
    assert pull.filters == {"format": "ndjson", "timepoint": "w6"}
    assert pull.site_ids == [north.pk]


def test_a_stream_whose_server_dies_is_in_the_log(client, surgeon, study, north):
    """Nobody closes it: as after a kill, nothing of ours runs any more."""
    build_cohort_rows(study, north, 30)
    answer = stream(client, "visits", bearer(surgeon, north))
    next(iter(answer.streaming_content))
    pull = ApiToken.objects.get().pulls.get()
    assert (pull.route, pull.status, pull.site_ids) == ("/api/v1/visits/", BEGUN, [north.pk])
    answer.close()


def test_a_stream_that_cannot_be_logged_sends_nothing_and_holds_nothing_up(
    client, transactional_db, surgeon, north, visit, monkeypatch
):
    client.raise_request_exception = False
    headers = bearer(surgeon, north)
    with monkeypatch.context() as broken:
        broken.setattr("registry.ndjson.log_pull", lambda *args, **options: 1 / 0)
        assert stream(client, "visits", headers).status_code == 500
    assert len(lines_of(stream(client, "visits", headers))) == 1


def test_a_person_in_a_session_gets_no_stream(client, surgeon, north, visit):
    client.force_login(surgeon)
    for method in (client.get, client.head):
        assert method("/api/v1/visits/", {"format": "ndjson"}).status_code == 403
    assert stream(client, "visits", {}).json()["type"] == "/problems/scope-missing/"
    assert client.get("/api/v1/visits/", {"format": "json"}).status_code == 200


def test_a_stream_that_is_broken_off_is_logged_with_what_was_sent_and_ends_its_query(
    client, transactional_db, surgeon, study, north
):
    build_cohort_rows(study, north, 120)
    headers = bearer(surgeon, north)
    answer = stream(client, "scores", headers)
    blocks = iter(answer.streaming_content)
    first = next(blocks)
    sent = first + next(blocks)
    answer.close()
    pull = ApiToken.objects.get().pulls.latest("at")
    assert len(first) >= BLOCK
    assert (pull.rows, pull.size, pull.status) == (sent.count(b"\n"), len(sent), 499)
    assert len(lines_of(stream(client, "scores", headers))) == 120 * 3 * 2


@contextmanager
def exporting(key: ApiToken):
    """Another request of the token's, which has its stream open."""
    begun, done = threading.Event(), threading.Event()

    def hold():
        with one_at_a_time(key):
            begun.set()
            done.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(20)
    try:
        yield
    finally:
        done.set()
        thread.join(20)


def test_a_token_has_one_stream_open_at_a_time(client, transactional_db, surgeon, north, visit):
    headers, others = bearer(surgeon, north), bearer(surgeon, north)
    busy = ApiToken.objects.earliest("created_at")
    with exporting(busy):
        answer = stream(client, "visits", headers)
        assert (answer.status_code, answer.json()["type"]) == (429, "/problems/rate-limited/")
        assert int(answer.headers["Retry-After"]) > 0
        assert len(lines_of(stream(client, "visits", others))) == 1
        assert client.get("/api/v1/visits/", headers=headers).status_code == 200
    assert len(lines_of(stream(client, "visits", headers))) == 1


def test_a_stream_that_nobody_began_to_read_holds_nothing_up(client, transactional_db, surgeon, north, visit):
    headers = bearer(surgeon, north)
    stream(client, "visits", headers).close()
    with connection.cursor() as cursor:
        here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        cursor.execute(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND {here}")
        assert cursor.fetchone() == (0,)
    assert build_patient(site=north).pk
