"""Lists of the API: filters, pages, and a clear no to what is not understood."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.access import Role
from registry.models import RadiationCourse, SystemicTherapy
from registry.sealed import sealed
from tests.builders import build_cohort_rows, build_member, build_patient, build_procedure, build_study, build_visit
from tests.programs import ROWS, bearer, ids_of, rows_of

FILTERS = {
    "api-patient": {"study": "hips", "site": "north", "study_number": "N-1"},
    "api-procedure": {"study": "hips", "site": "north", "patient": "api-patient"},
    "api-visit": {"study": "hips", "site": "north", "patient": "api-patient", "procedure": "api-procedure",
                  "timepoint": "w6"},
    "api-score": {"study": "hips", "site": "north", "patient": "api-patient", "visit": "api-visit", "timepoint": "w6",
                  "instrument": "pain"},
}  # fmt: skip


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north)


@pytest.fixture
def visit(study, north):
    procedure = build_procedure(patient=build_patient(study=study, site=north, study_number="N-1"))
    return build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3})


@pytest.mark.parametrize("name", ROWS)
def test_each_filter_keeps_its_rows_and_leaves_out_the_others(client, nurse, south, visit, name):
    other = build_patient(study=build_study(slug="other", site=south), site=south, study_number="O-1")
    build_visit(procedure=build_procedure(patient=other), timepoint="m3", day=90, scores={"opioid": 1})
    build_member("nurse", south, Role.COORDINATOR)
    client.force_login(nurse)
    ids = {each: str(pk) for each, pk in ids_of(visit).items()}
    assert {row["study"] for row in rows_of(client, name)} == {"hips", "other"}
    for key, value in FILTERS[name].items():
        kept = rows_of(client, name, **{key: ids.get(value, value)})
        assert {row["study"] for row in kept} == {"hips"}, key


@pytest.mark.parametrize("name", ROWS)
def test_a_filter_for_what_is_not_there_gives_an_empty_list(client, nurse, visit, name):
    client.force_login(nurse)
    for key in FILTERS[name]:
        nothing = "11111111-1111-4111-8111-111111111111" if key in ("patient", "procedure", "visit") else "nothing"
        assert rows_of(client, name, **{key: nothing}) == [], key


@pytest.mark.parametrize("name", ROWS)
def test_a_filter_that_cannot_be_meant_is_refused(client, nurse, visit, name):
    client.force_login(nurse)
    for key in FILTERS[name]:
        for text in ("", " ", "a b|/", "x" * 201):
            answer = client.get(reverse(f"{name}-list"), {key: text})
            assert (answer.status_code, list(answer.json()["errors"])) == (400, [key]), text


@pytest.mark.parametrize("name", ROWS)
def test_an_unknown_parameter_is_refused_with_the_known_ones(client, nurse, visit, name):
    client.force_login(nurse)
    known = ", ".join(sorted([*FILTERS[name], "cursor", "format", "page_size", "profile"]))
    for key in ("Site", "ordering", "limit", "study__slug", "Format", "site[]"):
        answer = client.get(reverse(f"{name}-list"), {key: "north"})
        assert answer.status_code == 400
        assert answer.json()["errors"] == {key: f"Unknown parameter. Understood here: {known}."}


@pytest.mark.parametrize("name", ROWS)
def test_a_detail_takes_no_parameters(client, nurse, visit, name):
    client.force_login(nurse)
    address = reverse(f"{name}-detail", args=[ids_of(visit)[name]])
    assert client.get(address, {"site": "north"}).status_code == 400


def test_a_filter_given_twice_is_refused(client, nurse, visit):
    client.force_login(nurse)
    assert client.get(reverse("api-patient-list") + "?site=north&site=south").status_code == 400


def pages(client, name, **params) -> list[list[dict]]:
    """The list, page by page, by the links that the answers carry."""
    found, address = [], reverse(f"{name}-list")
    while address:
        answer = client.get(address, params).json()
        found.append(answer["results"])
        address, params = answer["next"], {}
    return found


def test_the_pages_hold_every_row_once_and_go_both_ways(client, nurse, north, study):
    build_cohort_rows(study, north, 7)
    client.force_login(nurse)
    everything = [row["id"] for row in rows_of(client, "api-score")]
    assert len(everything) == len(set(everything)) == 7 * 3 * 2
    in_pages = pages(client, "api-score", page_size=4)
    assert [len(page) for page in in_pages] == [4] * 10 + [2]
    assert [row["id"] for page in in_pages for row in page] == everything
    first = client.get(reverse("api-score-list"), {"page_size": 4}).json()
    second = client.get(first["next"]).json()
    assert client.get(second["previous"]).json()["results"] == first["results"]


def test_rows_that_come_in_while_somebody_pages_neither_repeat_nor_hide_the_old_ones(client, nurse, north, study):
    build_cohort_rows(study, north, 10)
    client.force_login(nurse)
    old = {row["id"] for row in rows_of(client, "api-patient")}
    seen, address = [], reverse("api-patient-list") + "?page_size=2"
    while address:
        answer = client.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        if len(seen) < 12:
            build_cohort_rows(study, north, 1)
        address = answer["next"]
    assert len(seen) == len(set(seen))
    assert old <= set(seen)


def cursor_of(client, name, headers=None, **params) -> str:
    answer = client.get(reverse(f"{name}-list"), {"page_size": 2} | params, headers=headers).json()
    return parse_qs(urlsplit(answer["next"]).query)["cursor"][0]


def refusal(client, name, headers=None, **params) -> tuple:
    answer = client.get(reverse(f"{name}-list"), params, headers=headers)
    return answer.status_code, answer.json().get("type"), list(answer.json().get("errors", ()))


MISMATCH = 400, "/problems/cursor-mismatch/", ["cursor"]


def test_a_cursor_is_not_for_another_question(client, nurse, north, study):
    build_cohort_rows(study, north, 7)
    client.force_login(nurse)
    cursor = cursor_of(client, "api-score", timepoint="w6")
    for other in ({}, {"timepoint": "m3"}, {"timepoint": "w6", "site": "north"},
                  {"timepoint": "w6", "profile": "limited"}):  # fmt: skip
        assert refusal(client, "api-score", cursor=cursor, **other) == MISMATCH, other
    assert refusal(client, "api-visit", cursor=cursor, timepoint="w6") == MISMATCH
    same = {"cursor": cursor, "timepoint": "w6", "page_size": 5, "profile": "identified"}
    assert client.get(reverse("api-score-list"), same).status_code == 200


def test_a_cursor_is_not_for_another_person_or_other_rights(client, nurse, surgeon, north, south, study):
    build_cohort_rows(study, north, 7)
    cursor = cursor_of(client, "api-visit", bearer(nurse, north))
    others = [bearer(surgeon, north), bearer(nurse, north, study=study), bearer(nurse, north, south),
              bearer(nurse, north, scopes=["write:rows"])]  # fmt: skip
    for headers in others:
        assert refusal(client, "api-visit", headers, cursor=cursor) == MISMATCH
    renewed = bearer(nurse, north)
    assert client.get(reverse("api-visit-list"), {"cursor": cursor}, headers=renewed).status_code == 200
    client.force_login(nurse)
    assert refusal(client, "api-visit", cursor=cursor) == MISMATCH


@pytest.mark.parametrize("name", ["api-patient", "api-treatment"])
def test_the_pages_of_a_recipient_hold_every_row_once_and_cost_the_same(client, surgeon, north, study, name):
    for patient in [procedure.patient for procedure in build_cohort_rows(study, north, 9)]:
        RadiationCourse.objects.create(site=north, patient=patient)
        SystemicTherapy.objects.create(site=north, patient=patient)
    headers, params, ids, costs = bearer(surgeon, north, scopes=["pull:rows"]), {"page_size": 4}, [], set()
    client.get(reverse(f"{name}-list"), headers=headers)
    address = reverse(f"{name}-list")
    while address:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address, params, headers=headers).json()
        ids += [row["id"] for row in answer["results"]]
        costs.add(len(asked))
        address, params = answer["next"], {}
    assert ids == sorted(set(ids))
    assert (len(ids), len(costs)) == (18 if name == "api-treatment" else 9, 1)


def test_a_page_size_out_of_range_is_refused(client, nurse, visit):
    client.force_login(nurse)
    for size in ("0", "-1", "1001", "1e3", "٣", "4" * 40, "2.0", " 2"):
        assert client.get(reverse("api-patient-list"), {"page_size": size}).status_code == 400, size


def test_a_cursor_that_no_page_gave_is_refused(client, nurse, visit):
    client.force_login(nurse)
    made_up = [base64.b64encode(text).decode() for text in (b"p=1", b"p=%00", b"o=-1&p=x", b"r=1", b"o=9")]
    build_cohort_rows(visit.procedure.patient.study, visit.site, 4)
    given = cursor_of(client, "api-patient")
    made_up += [given[:-1], given[1:], given[:-1] + ("A" if given[-1] != "A" else "B"), f"{given}=", sealed([], "x")]
    for cursor in ("x", "%", "é", *made_up):
        answer = client.get(reverse("api-patient-list"), {"cursor": cursor})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"]), cursor
