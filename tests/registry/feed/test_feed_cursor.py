"""The cursor of the feed: nobody else makes one, it is for one question, and it does not outlive the database."""

import base64
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from registry.access import Role
from registry.feed.cursor import PURPOSE
from registry.feed.horizon import begin_epoch
from registry.models import Change, Epoch
from registry.sealed import sealed
from tests.builders import build_member, build_study
from tests.programs import bearer
from tests.registry.feed.conftest import chart_of
from tests.registry.feed.reading import Puller, lists

ADDRESS = "/api/v1/changes/"


def cursor_of(client, headers, **params) -> str:
    page = client.get(ADDRESS, {"limit": 2} | params, headers=headers).json()
    return parse_qs(urlsplit(page["next"]).query)["cursor"][0]


def refusal(client, headers, **params) -> tuple:
    answer = client.get(ADDRESS, params, headers=headers)
    return answer.status_code, answer.json()["type"]


MISMATCH = 400, "/problems/cursor-mismatch/"


@pytest.mark.parametrize("other", [{"resource": "visits"}, {"site": "north"}, {"profile": "limited"}])
def test_a_cursor_is_not_for_another_question(client, visit, identified, other):
    cursor = cursor_of(client, identified)
    assert refusal(client, identified, cursor=cursor, **other) == MISMATCH
    assert client.get(ADDRESS, {"cursor": cursor, "limit": 7}, headers=identified).status_code == 200


def test_a_cursor_is_not_for_another_person_or_other_rights(client, visit, surgeon, study, north, south, identified):
    cursor = cursor_of(client, identified)
    other = build_member("nurse", north, Role.COORDINATOR)
    assert refusal(client, bearer(other, north), cursor=cursor) == MISMATCH
    assert refusal(client, bearer(surgeon, north, study=study), cursor=cursor) == MISMATCH
    assert refusal(client, bearer(surgeon, north, scopes=["pull:rows"]), cursor=cursor) == MISMATCH
    renewed = bearer(surgeon, north)
    assert client.get(ADDRESS, {"cursor": cursor}, headers=renewed).status_code == 200


def test_who_may_see_another_site_from_now_on_begins_anew_and_misses_nothing_of_it(client, visit, surgeon, south):
    chart_of(build_study(site=south), south, "S-1")
    client.force_login(surgeon)
    cursor = cursor_of(client, {})
    build_member("surgeon", south, Role.INVESTIGATOR)
    assert refusal(client, {}, cursor=cursor) == MISMATCH


def of_another_secret(settings) -> str:
    with override_settings(SECRET_KEY=f"not {settings.SECRET_KEY}"):
        return sealed([1, 0, 0, 0, "x"], PURPOSE)


def test_a_forged_cursor_is_refused(client, visit, identified, settings):
    cursor = cursor_of(client, identified)
    forged = [cursor[:-1] + ("A" if cursor[-1] != "A" else "B"), cursor[1:], "0", f"{cursor}\0"[:-1] + ":",
              sealed([1, 0, 0, 0, "x"], "another purpose"), of_another_secret(settings)]  # fmt: skip
    for text in forged:
        answer = client.get(ADDRESS, {"cursor": text}, headers=identified)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])


def test_after_a_restore_a_cursor_of_before_is_gone_and_everything_is_told_again(client, visit, identified):
    cursor = cursor_of(client, identified)
    call_command("new_epoch")
    answer = client.get(ADDRESS, {"cursor": cursor, "limit": 3}, headers=identified)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/cursor-expired/")
    assert answer.json()["resync"] == "http://testserver/api/v1/changes/?limit=3"
    visit.procedure.patient.save()
    puller = Puller(client, identified, limit=2)
    assert puller.all() == lists(client, identified, {key for key, _ in puller.copy})
    assert set(Change.objects.values_list("epoch", flat=True)) == {1, 2}


def test_a_position_of_the_new_epoch_comes_after_all_of_the_old_one_though_its_number_is_lower(
    client, visit, identified
):
    """As after a restore into a new cluster: transactions are numbered from the beginning."""
    begin_epoch()
    puller = Puller(client, identified)
    puller.all()
    patient = visit.procedure.patient
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO registry_change (epoch, xid, resource, row_id, patient_id, site_id)"
                       " VALUES (2, 3, 'patient', %s, %s, %s)", [patient.pk, patient.pk, patient.site_id])  # fmt: skip
    puller = Puller(client, identified, limit=1)
    puller.all()
    assert puller.results[-1]["id"] == str(patient.pk)


def test_a_restored_database_serves_nothing_until_its_epoch_is_begun(client, visit, identified):
    Epoch.objects.create(number=1, cluster="where it ran before") if not Epoch.objects.exists() else None
    Epoch.objects.create(number=2, cluster="where it ran before")
    assert refusal(client, identified) == (409, "/problems/epoch-not-begun/")
    begin_epoch()
    assert client.get(ADDRESS, headers=identified).status_code == 200


def test_a_new_epoch_waits_for_whoever_writes_in_the_old_one(visit):
    patient, done = visit.procedure.patient, []
    thread = threading.Thread(target=lambda: (begin_epoch(), done.append(True), connection.close()))
    with transaction.atomic():
        patient.save()
        thread.start()
        time.sleep(0.3)
        assert not done
    thread.join(timeout=10)
    patient.save()
    assert done
    assert list(Change.objects.filter(row_id=patient.pk).order_by("seq").values_list("epoch", flat=True))[-2:] == [1, 2]


def test_a_cursor_does_not_show_where_it_stands_and_is_the_same_for_the_same_answer(client, visit, identified):
    """Its place is the same for every recipient, in the numbers of the database."""
    cursor = cursor_of(client, identified)
    padded = cursor + "=" * (-len(cursor) % 4)
    xids = set(Change.objects.values_list("xid", flat=True))
    inside = base64.urlsafe_b64decode(padded)
    assert not [xid for xid in xids if str(xid).encode() in inside]
    assert cursor_of(client, identified) == cursor


def test_a_scope_that_reads_no_rows_is_told_so(client, visit, surgeon, north):
    header = bearer(surgeon, north, scopes=["read:results"])
    assert refusal(client, header) == (403, "/problems/scope-missing/")
