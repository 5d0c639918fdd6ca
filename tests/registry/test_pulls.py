"""What left is in the log of its sites, 304s too; an answer that did not change is not sent again."""

import re

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from registry.access import Role
from registry.models import Pull
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit
from tests.programs import bearer, rows_of

LISTS = ("api-patient", "api-procedure", "api-visit", "api-score", "api-event", "api-treatment")


@pytest.fixture
def visit(north):
    study = build_study(slug="hips", site=north)
    procedure = build_procedure(patient=build_patient(study=study, site=north, study_number="N-1"))
    return build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3})


@pytest.fixture
def header(surgeon, north):
    return bearer(surgeon, north, scopes=["pull:rows"], agreement="DUA 7")


@pytest.mark.parametrize("name", LISTS)
def test_every_answer_with_rows_is_in_the_log(client, surgeon, north, visit, header, name):
    answer = client.get(reverse(f"{name}-list"), {"site": "north"}, headers=header | {"X-Request-ID": "abc"})
    pull = Pull.objects.get()
    assert (pull.user, pull.token.agreement, pull.site_ids) == (surgeon, "DUA 7", [north.pk])
    assert (pull.route, pull.filters, pull.profile) == (reverse(f"{name}-list"), {"site": "north"}, "safe_harbor")
    assert (pull.rows, pull.size, pull.status) == (len(answer.json()["results"]), len(answer.content), 200)
    assert pull.request_id == "abc"


def test_a_single_row_is_in_the_log_and_an_identified_one_by_the_name_of_its_filter_alone(client, nurse, north, visit):
    header = bearer(nurse, north)
    client.get(reverse("api-visit-detail", args=[visit.pk]), headers=header)
    rows_of(client, "api-patient", headers=header, study_number="N-1")
    detail, found = Pull.objects.order_by("at")
    assert (detail.rows, detail.profile, detail.status) == (1, "identified", 200)
    assert found.filters == {"study_number": "(given)"}


@pytest.mark.parametrize("again", [False, True])
def test_a_visit_that_a_token_writes_comes_back_and_is_in_the_log(client, nurse, north, visit, again):
    header = bearer(nurse, north, scopes=["write:rows"])
    sent = {"timepoint": "m3", "day": 90, "scores": {"pain": {"value": "2"}}}
    kind = {"content_type": "application/json"}
    if again:
        tag = client.get(reverse("api-visit-detail", args=[visit.pk]), headers=header).headers["ETag"]
        address, sent = reverse("api-visit-detail", args=[visit.pk]), sent | {"reason": "typed wrong"}
        answer = client.put(address, sent, headers=header | {"If-Match": tag}, **kind)
    else:
        address = reverse("api-visit-list")
        answer = client.post(address, sent | {"procedure": str(visit.procedure_id)}, headers=header, **kind)
    assert answer.status_code == (200 if again else 201), answer.content
    pull = Pull.objects.latest("at")
    assert (pull.rows, pull.size, pull.status) == (1, len(answer.content), answer.status_code)
    assert (pull.route, pull.profile, pull.site_ids) == (address, "identified", [north.pk])


def test_a_visit_that_is_refused_or_written_in_a_session_leaves_no_pull(client, nurse, north, visit):
    header = bearer(nurse, north, scopes=["write:rows"])
    sent = {"procedure": str(visit.procedure_id), "timepoint": "m3", "day": 90, "scores": {"pain": {"value": "99"}}}
    kind = {"content_type": "application/json"}
    assert client.post(reverse("api-visit-list"), sent, headers=header, **kind).status_code == 400
    client.force_login(nurse)
    sent["scores"] = {"pain": {"value": "2"}}
    assert client.post(reverse("api-visit-list"), sent, **kind).status_code == 201
    assert not Pull.objects.exists()


def test_who_has_the_rows_already_gets_304_and_the_log_says_so(client, visit, header):
    first = client.get(reverse("api-score-list"), headers=header)
    again = client.get(reverse("api-score-list"), headers=header | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert [(pull.status, pull.rows, pull.size > 0) for pull in Pull.objects.order_by("at")] == [
        (200, 1, True), (304, 1, False)
    ]  # fmt: skip
    build_visit(procedure=visit.procedure, timepoint="m3", day=90, scores={"pain": 1})
    assert client.get(
        reverse("api-score-list"), headers=header | {"If-None-Match": first.headers["ETag"]}
    ).status_code == 200  # fmt: skip


def test_a_refusal_and_a_person_in_a_session_leave_no_pull(client, nurse, visit, header):
    assert client.get(reverse("api-score-list"), {"page_size": 0}, headers=header).status_code == 400
    assert client.get(reverse("api-score-list"), {"profile": "identified"}, headers=header).status_code == 403
    client.force_login(nurse)
    rows_of(client, "api-score")
    assert not Pull.objects.exists()


def test_no_rows_leave_that_cannot_be_logged(client, visit, header, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("registry.pulls.log_pull", lambda *args, **options: 1 / 0)
    answer = client.get(reverse("api-score-list"), headers=header)
    assert answer.status_code == 500
    assert b"pain" not in answer.content


@pytest.mark.parametrize("change", [{"rows": 0}, None])
def test_the_log_is_neither_changed_nor_deleted(client, visit, header, change):
    rows_of(client, "api-score", headers=header)
    with pytest.raises(DatabaseError), transaction.atomic():
        Pull.objects.update(**change) if change else Pull.objects.all().delete()
    assert Pull.objects.get().rows == 1


def test_the_log_is_read_by_who_shares_at_the_site_and_by_nobody_else(client, visit, header, admin, nurse, south):
    rows_of(client, "api-score", headers=header)
    client.force_login(admin)
    (pull,) = rows_of(client, "api-pull")
    assert (pull["person"], pull["agreement"], pull["rows"]) == ("surgeon", "DUA 7", 1)
    page = client.get(reverse("pull-list")).content.decode()
    assert "/api/v1/scores/" in page
    assert "DUA 7" in page
    for other, status in ((nurse, 403), (build_member("boss", south, Role.SITE_ADMIN), 200)):
        client.force_login(other)
        assert rows_of(client, "api-pull") == []
        answer = client.get(reverse("pull-list"))
        assert (answer.status_code, b"DUA 7" in answer.content) == (status, False)


def test_a_pull_of_one_site_is_not_in_the_log_of_another_that_the_token_reads_too(client, surgeon, north, south, visit):
    build_member("surgeon", south, Role.INVESTIGATOR)
    header = bearer(surgeon, north, south, scopes=["pull:rows"])
    rows_of(client, "api-score", headers=header)
    assert Pull.objects.get().site_ids == [north.pk]


def test_the_page_of_pulls_stands_under_sharing(client, admin, visit, header):
    client.get(reverse("api-score-list"), headers=header)
    client.force_login(admin)
    page = client.get(reverse("pull-list")).content.decode()
    assert "<title>Pulls | Promontory</title>" in page
    assert "Rows that left by tokens: 1 answer" in page
    crumbs = page.partition('<nav class="crumbs"')[2].partition("</nav>")[0]
    assert f'href="{reverse("sharing-list")}"' in crumbs
    assert re.findall(r'aria-current="page">([^<]*)<', page) == ["Sharing", "Pulls"]


def test_the_home_page_leads_who_shares_to_the_log(client, admin, nurse, visit):
    for who, leads in ((admin, True), (nurse, False)):
        client.force_login(who)
        assert (reverse("pull-list") in client.get(reverse("home")).content.decode()) is leads


@pytest.mark.parametrize("name", ["not-found", "rate-limited", "scope-missing", "disclosure-withheld"])
def test_what_a_problem_means_is_told_to_everybody(client, db, name):
    assert name in client.get(reverse("problem", args=[name])).content.decode()
    assert client.get(reverse("problem", args=["no-such-problem"])).status_code == 404
