"""What leaves with identifiers, what is opened and who may what: asked again who sits there."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.urls import reverse

from registry.models import Membership, Patient
from reports.models import Document
from tests.builders import PASSWORD, build_cohort_rows, build_study
from tests.campaigns.guesses import NOON
from tests.document_doors import document_rows
from tests.doors import analysed
from tests.programs import bearer
from tests.registry.signin.steps import logged_in

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=11)
WHY = {"reason": "as agreed"}


@pytest.fixture(autouse=True)
def asked_for(settings):
    settings.CONFIRM_AGAIN = True


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def study(north):
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 6)
    return study


@pytest.fixture
def places(study, north, admin, nurse) -> dict[str, str]:
    """What is asked for only of who has proved lately who she is."""
    rows = analysed(study, admin)
    rows |= document_rows(rows["job"], admin, Document.Profile.IDENTIFIED)
    return {
        "the record": reverse("import-record", args=["hips"]),
        "the queries": reverse("query-csv"),
        "an identified report": reverse("document-file", args=[rows["document"].pk, "report.pdf"]),
        "somebody new": reverse("person-new"),
        "a token": reverse("token-new", args=[nurse.pk]),
    }


LISTS = ("api-patient-list", "api-visit-list", "api-score-list", "api-change-list")


def confirming(client, path: str):
    """Give the password where it is asked for."""
    return client.post(f"{reverse('account_reauthenticate')}?next={path}", {"password": PASSWORD, "next": path})


def test_what_leaves_with_identifiers_is_given_soon_after_the_log_in_and_later_for_the_password(places, admin, clock):
    client = logged_in(admin)
    assert {what: client.get(path).status_code for what, path in places.items()} == dict.fromkeys(places, 200)
    clock.shift(LATER)
    for path in places.values():
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.url == f"{reverse('account_reauthenticate')}?next={quote(path, safe='')}"
    path = places["the record"]
    assert client.post(f"{reverse('account_reauthenticate')}?next={path}", {"password": "wrong"}).status_code == 200
    assert client.get(path).status_code == 302
    assert confirming(client, path).url == path
    assert {what: client.get(path).status_code for what, path in places.items()} == dict.fromkeys(places, 200)


def test_a_token_is_asked_for_no_password(study, admin, north, client):
    header = {"headers": bearer(admin, north)}
    assert [client.get(reverse(name), **header).status_code for name in LISTS] == [200] * 4


def test_lists_of_rows_by_the_api_are_given_soon_after_the_log_in_and_later_after_a_proof(study, admin, clock):
    client = logged_in(admin)
    assert [client.get(reverse(name)).status_code for name in LISTS] == [200] * 4
    clock.shift(LATER)
    for name in LISTS:
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/proof-missing/")
        assert client.get(reverse(name), {"profile": "safe_harbor"}).status_code == 200
    confirming(client, reverse("home"))
    assert [client.get(reverse(name)).status_code for name in LISTS] == [200] * 4


def test_without_the_setting_nothing_is_asked_again(places, admin, clock, settings):
    """Negative control."""
    settings.CONFIRM_AGAIN = False
    client = logged_in(admin)
    clock.shift(LATER)
    assert {client.get(path).status_code for path in [*places.values(), *map(reverse, LISTS)]} == {200}


def test_an_unlocking_waits_for_the_password_and_is_then_done_as_it_was_sent(study, admin, clock):
    patient, client = Patient.objects.first(), logged_in(admin)
    path = reverse("patient-lock", args=[patient.pk])
    clock.shift(LATER)
    assert client.post(path, {"do": "lock"}).url == path, "locking opens nothing"
    patient.refresh_from_db()
    asked = client.post(path, {"do": "unlock", "version": patient.version} | WHY)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    patient.refresh_from_db()
    assert patient.locked_at is not None
    confirming(client, path)
    patient.refresh_from_db()
    assert patient.locked_at is None
    assert patient.history.last().pgh_context.metadata["reason"] == "as agreed"


def test_a_change_of_roles_waits_for_the_password(admin, nurse, clock, north):
    client, path = logged_in(admin), reverse("person-detail", args=[nurse.pk])
    clock.shift(LATER)
    said = {"do": "give", "site": north.code, "role": "investigator"} | WHY
    assert client.post(path, said).url.startswith(reverse("account_reauthenticate"))
    assert not Membership.objects.filter(user=nurse, role="investigator").exists()
    assert confirming(client, path).url == path
    assert Membership.objects.filter(user=nurse, role="investigator").exists()


def test_ten_wrong_passwords_are_evaluated_there_too(admin, clock):
    client = logged_in(admin)
    clock.shift(LATER)
    asked = reverse("account_reauthenticate")
    said = [client.post(asked, {"password": f"wrong {number}"}).status_code for number in range(12)]
    assert said == [200] * 10 + [429] * 2
