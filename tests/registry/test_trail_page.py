"""The trail as its site's admins read it, and nobody else."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from registry.actions import patients
from registry.audit import recording, through
from registry.models import Patient
from registry.trail import reading
from tests.builders import build_patient, build_study

pytestmark = pytest.mark.django_db


def sealed() -> None:
    """What a commit does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def patient(north, nurse) -> Patient:
    row = build_patient(study=build_study(site=north), site=north, study_number="N-17", sex="M")
    with through("form"), recording(by=nurse, reason="read again"):
        Patient.objects.filter(pk=row.pk).update(sex="F")
    sealed()
    return row


def shown(client, **asked) -> str:
    answer = client.get(reverse("trail"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_change_is_told_with_who_when_from_what_to_what_by_which_route_and_why(client, admin, patient):
    client.force_login(admin)
    line = client.get(reverse("trail")).context["page"].lines[0]
    assert (line.who, line.route, line.reason, line.kind, line.done) == (
        "nurse", "page", "read again", "patient", "update"
    )  # fmt: skip
    assert line.what == [("sex", "Male", "Female")]
    assert line.patient == patient
    assert all(word in shown(client) for word in ("N-17", "read again", "Male", "Female"))


def test_another_sites_changes_are_not_in_it(client, admin, patient, south):
    build_patient(study=build_study(site=south), site=south, study_number="S-99")
    sealed()
    client.force_login(admin)
    assert "S-99" not in shown(client)
    assert client.get(reverse("trail"), {"site": "south"}).status_code == 404


def test_it_is_narrowed_by_who_what_and_day(client, admin, nurse, patient):
    client.force_login(admin)
    lines = lambda **asked: client.get(reverse("trail"), asked).context["page"].lines  # noqa: E731
    assert {line.who for line in lines(actor=str(nurse.pk))} == {"nurse"}
    assert {line.kind for line in lines(table="registry_patientevent")} == {"patient"}
    assert lines(day="2001-01-01") == []


def test_a_patient_is_found_by_what_is_sent_and_no_address_says_the_study_number(client, admin, patient):
    build_patient(study=patient.study, site=patient.site, study_number="N-18")
    sealed()
    client.force_login(admin)
    answer = client.post(reverse("trail"), {"study_number": "N-17"})
    assert answer.status_code == 302
    assert str(patient.pk) in answer.url and "N-17" not in answer.url
    assert {line.patient for line in client.get(answer.url).context["page"].lines} == {patient}
    refused = client.post(reverse("trail"), {"study_number": "N-99"})
    assert refused.status_code == 400
    assert "No patient of this site" in refused.content.decode()


def test_a_page_goes_on_where_the_one_before_ended(client, admin, patient, monkeypatch):
    for number in range(5):
        build_patient(study=patient.study, site=patient.site, study_number=f"M-{number}")
    sealed()
    client.force_login(admin)
    whole = [(line.seq, line.kind, line.done, line.what) for line in client.get(reverse("trail")).context["page"].lines]
    monkeypatch.setattr(reading, "PER_PAGE", 2)
    seen, query = [], ""
    while True:
        context = client.get(f"{reverse('trail')}?{query}").context
        seen += [(line.seq, line.kind, line.done, line.what) for line in context["page"].lines]
        query = context["further"]
        if not query:
            break
    assert seen == whole


def test_a_stretch_without_anything_says_how_to_look_further_back(client, admin, nurse, patient, monkeypatch):
    for number in range(3):
        build_patient(study=patient.study, site=patient.site, study_number=f"M-{number}")
    sealed()
    monkeypatch.setattr(reading, "STRETCH", 2)
    client.force_login(admin)
    answer = client.get(reverse("trail"), {"actor": str(nurse.pk)})
    assert answer.context["page"].lines == []
    assert "Look further back" in answer.content.decode()


@pytest.mark.parametrize(
    "asked",
    [{"actor": "x"}, {"table": "registry_userevent"}, {"day": "yesterday"}, {"day": "9999-12-31"}, {"before": "1"},
     {"patient": "1"}, {"studynumber": "N-17"}, {"before": "9" * 40 + ".1"}],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client, admin, patient, asked):
    client.force_login(admin)
    assert client.get(reverse("trail"), asked).status_code == 400


def test_a_patient_of_another_site_is_not_there(client, admin, patient, south):
    other = build_patient(study=build_study(site=south), site=south)
    client.force_login(admin)
    assert client.get(reverse("trail"), {"patient": str(other.pk)}).status_code == 404


def test_the_page_asks_as_much_for_many_changes_as_for_few(
    client, admin, nurse, patient, django_assert_max_num_queries
):
    client.force_login(admin)
    with django_assert_max_num_queries(40) as few:
        shown(client)
    many = [Patient(site=patient.site, study=patient.study, study_number=f"Q-{number}") for number in range(30)]
    patients.enrol_patients(many, by=nurse)
    sealed()
    with django_assert_max_num_queries(len(few)):
        shown(client)


def test_the_page_says_whether_the_trail_held(client, admin, patient):
    client.force_login(admin)
    assert "never verified" in shown(client)
    call_command("verify_audit")
    assert "The trail holds" in shown(client)
