"""The change feed: what it tells of rows, of those that left and came back, and to whom."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.access import Profile, Role
from registry.actions import people, standing
from registry.feed.page import page_size
from registry.profiles import RESOURCES
from tests.builders import build_member, build_study
from tests.programs import bearer
from tests.registry.feed.conftest import chart_of
from tests.registry.feed.reading import Puller, lists

PROFILES = ["identified", "limited", "safe_harbor"]


@pytest.fixture
def headers(request, surgeon, north):
    """A token of each profile."""
    return token_for(surgeon, north, request.param)


def token_for(user, site, profile):
    if profile == "identified":
        return bearer(user, site)
    options = {"profile": profile, "agreement": "DUA 1", "by": people.system_user(), "life": people.LONGEST_TOKEN_LIFE}
    _, text = people.issue_token(user=user, name="t", scopes=["pull:rows"], sites=[site], **options)
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("headers", PROFILES, indirect=True)
def test_a_copy_made_from_the_feed_is_what_the_lists_show(client, study, north, visit, headers):
    chart_of(study, north, "N-2")
    copy = Puller(client, headers, limit=3).all()
    assert {resource for resource, _ in copy} == set(RESOURCES)
    assert copy == lists(client, headers, RESOURCES)


@pytest.mark.parametrize("headers", PROFILES, indirect=True)
@pytest.mark.parametrize("why", ["withdrawn", "error"])
def test_who_leaves_is_taken_away_with_all_rows_and_who_comes_back_is_told_again(client, visit, headers, system, why):
    puller = Puller(client, headers)
    before = dict(puller.all())
    patient = visit.procedure.patient
    if why == "withdrawn":
        patient = standing.withdraw_patient(patient=patient, on=date(2025, 1, 1), reason="asked to", by=system)
    else:
        patient = standing.mark_as_error(patient, version=1, reason="typed twice", by=system)
    assert puller.all() == {}
    assert puller.deleted == dict.fromkeys(before, why)
    again = {"version": patient.version, "reason": "a mistake", "by": system}
    standing.reinstate_patient(patient=patient, **again) if why == "withdrawn" else standing.restore(patient, **again)
    assert puller.all().keys() == before.keys()
    assert puller.copy == lists(client, headers, RESOURCES)


@pytest.mark.parametrize("headers", PROFILES, indirect=True)
def test_what_is_taken_away_carries_no_value(client, visit, headers, system, request):
    puller = Puller(client, headers)
    puller.all()
    standing.mark_as_error(visit.procedure, version=1, reason="of somebody else", by=system)
    puller.all()
    gone = [each for each in puller.results if each["op"] == "delete"]
    assert {each["resource"] for each in gone} == {"procedures", "visits", "scores", "events"}
    said = {"op", "resource", "id", "reason"} | ({"change_seq"} if "identified" in request.node.name else set())
    assert {frozenset(each) for each in gone} == {frozenset(said)}


def test_who_never_had_a_row_of_a_patient_gets_no_word_of_the_patients_leaving(client, visit, pulling, system):
    standing.withdraw_patient(patient=visit.procedure.patient, on=date(2025, 1, 1), reason="asked to", by=system)
    puller = Puller(client, pulling)
    assert (puller.all(), puller.results) == ({}, [])


def test_another_sites_and_another_studys_rows_are_no_part_of_it(client, surgeon, study, north, south, visit, system):
    elsewhere = chart_of(study, south, "S-1")
    other = chart_of(build_study(slug="other", site=north), north, "O-1")
    puller = Puller(client, bearer(surgeon, north, study=study))
    assert {row["study"] for row in puller.all().values()} == {"hips"}
    assert {row["site"] for row in puller.copy.values()} == {"north"}
    for hidden in (elsewhere, other):
        patient = hidden.procedure.patient
        standing.withdraw_patient(patient=patient, on=date(2025, 1, 1), reason="asked to", by=system)
    told = len(puller.results)
    puller.all()
    assert len(puller.results) == told


def test_a_row_is_told_once_a_page_as_it_is_now(client, visit, identified):
    puller = Puller(client, identified)
    puller.all()
    score = visit.scores.get()
    for value in (4, 5, 6):
        score.value = value
        score.save()
    told = len(puller.results)
    puller.all()
    assert [each["row"]["value"] for each in puller.results[told:]] == ["6"]


def test_a_page_of_some_rows_and_of_many_asks_as_much_of_the_database(client, study, north, visit, pulling):
    def queries(limit):
        with CaptureQueriesContext(connection) as asked:
            Puller(client, pulling, limit=limit).page()
        return len(asked)

    for number in range(2, 12):
        chart_of(study, north, f"N-{number}")
    Puller(client, pulling, limit=1000).all()
    assert queries(12) == queries(1000)


def recipients(surgeon, north, profile):
    """Two people who may pull the same rows."""
    other = build_member("other", north, Role.INVESTIGATOR)
    return [token_for(user, north, profile) for user in (surgeon, other)]


@pytest.mark.parametrize("profile", PROFILES[1:])
def test_the_order_and_the_numbers_of_two_recipients_join_nothing(client, study, north, surgeon, profile):
    for number in range(30):
        chart_of(study, north, f"N-{number}")
    for headers in recipients(surgeon, north, profile):
        puller, more = Puller(client, headers, limit=100), True
        while more:
            page = puller.page()
            more, ids = page["more"], [each["id"] for each in page["results"]]
            assert ids == sorted(ids)
            assert not [each for each in page["results"] if "change_seq" in each]
        assert len(puller.copy) == 30 * 7


def test_with_identifiers_the_order_is_that_of_the_commits(client, study, north, identified):
    """The negative control: sorted by their ids they would be in another order."""
    numbers = [chart_of(study, north, f"N-{number}").procedure.patient.study_number for number in range(12)]
    puller = Puller(client, identified, resource="patients")
    puller.all()
    assert [each["row"]["study_number"] for each in puller.results] == numbers
    assert [each["change_seq"] for each in puller.results] == sorted(each["change_seq"] for each in puller.results)


@pytest.mark.parametrize(("limit", "size"), [(1, 50), (49, 50), (50, 50), (51, 100), (100, 100)])
def test_without_identifiers_no_page_is_small_and_none_a_little_larger_than_another(limit, size):
    assert [page_size(limit, profile) for profile in Profile] == [limit, size, size]


@pytest.mark.parametrize("filters", [{"resource": "scores"}, {"site": "north"}, {"study": "hips"}])
def test_a_filter_keeps_its_rows(client, visit, identified, filters):
    everything = Puller(client, identified).all()
    kept = Puller(client, identified, **filters).all()
    wanted = filters.get("resource")
    assert kept == {key: row for key, row in everything.items() if wanted in (None, key[0])}


@pytest.mark.parametrize(
    "params",
    [{"limit": "0"}, {"limit": "1001"}, {"limit": "ten"}, {"page_size": "5"}, {"resource": "visit"}, {"site": "No!"},
     {"profile": "none"}, {"cursor": "abc"}, {"cursor": ""}, {"since": "2024-01-01"}],
)  # fmt: skip
def test_what_is_not_understood_is_refused(client, visit, identified, params):
    answer = client.get("/api/v1/changes/", params, headers=identified)
    assert answer.status_code == 400
    assert next(iter(params)) in answer.json()["errors"]


def test_a_token_gets_no_laxer_form_than_its_own(client, visit, pulling):
    assert client.get("/api/v1/changes/", {"profile": "identified"}, headers=pulling).status_code == 403


def test_a_pull_of_changes_is_in_the_log(client, visit, pulling):
    from_log = visit.site.code
    Puller(client, pulling).all()
    pull = people.ApiToken.objects.get().pulls.get()
    assert (pull.route, pull.rows, pull.status, from_log) == ("/api/v1/changes/", 7, 200, "north")
