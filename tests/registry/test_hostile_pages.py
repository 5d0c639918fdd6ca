"""What nobody types: 400 or 404, never a crash, and nothing is recorded."""

import uuid

import pytest
from django.urls import reverse

from registry.forms import UNSCHEDULED
from registry.models import FollowUpVisit
from tests.builders import build_patient, build_procedure, build_visit
from tests.registry.test_visit_pages import typed

BIG = "9" * 40
HOSTILE = [
    "\x00",
    "a\x00b",
    BIG,
    "9" * 5000,
    "-1",
    "1e400",
    "NaN",
    "Infinity",
    "' OR 1=1 --",
    "<script>",
    "x" * 20_000,
    "\u202e",
    "٣",
]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def procedure(north):
    # A number in which no hostile text stands by chance, as "-1" does in P-1075.
    return build_procedure(patient=build_patient(site=north, study_number="N042"))


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("field", ["timepoint", "visited_on", "missed", "score_pain", "missing_pain", "submission_key"])
def test_nonsense_in_a_field_is_a_400(at_work, procedure, field):
    address = reverse("visit-create", args=[procedure.pk])
    for text in HOSTILE:
        answer = at_work.post(address, typed(missing_opioid=None, **{field: text}))
        assert answer.status_code == 400, text[:50]
        assert not FollowUpVisit.objects.exists()


def test_nonsense_in_a_version_changes_nothing(at_work, procedure):
    visit = build_visit(procedure=procedure, day=42)
    for text in HOSTILE:
        answer = at_work.post(reverse("visit-correct", args=[visit.pk]), typed(version=text, reason="typo"))
        assert answer.status_code in (400, 409), text[:50]
        visit.refresh_from_db()
        assert visit.version == 1


@pytest.mark.parametrize(
    "text", ["w7", "W6", BIG, "", "w6 ", "x" * 5000, "unscheduled", "<script>", "%00", "%ED%A0%80", "%FF"]
)
def test_an_unknown_timepoint_in_the_address_is_a_400(at_work, procedure, text):
    address = reverse("visit-create", args=[procedure.pk])
    assert at_work.get(f"{address}?timepoint={text}").status_code == 400


@pytest.mark.parametrize("text", ["w6", UNSCHEDULED, "preop"])
def test_a_known_timepoint_in_the_address_is_chosen(at_work, procedure, text):
    answer = at_work.get(reverse("visit-create", args=[procedure.pk]), {"timepoint": text})
    assert (answer.status_code, answer.context["form"]["timepoint"].value()) == (200, text)


@pytest.mark.parametrize("text", ["%ED%A0%80", "%FF", "M%FCller"])
def test_half_a_surrogate_pair_and_other_encodings_are_a_400(at_work, procedure, text):
    address = reverse("visit-create", args=[procedure.pk])
    body = f"timepoint=w6&visited_on=2024-04-12&submission_key={uuid.uuid4()}&window_reason="
    assert at_work.post(address, f"{body}{text}", content_type=FORM).status_code == 400
    assert at_work.post(address, f"{body}M%C3%BCller", content_type=FORM).status_code == 302
    assert procedure.visits.get().window_reason == "Müller"


@pytest.mark.parametrize("twice", ["score_pain=3&score_pain=4", "timepoint=w6&timepoint=m3", "nonsense=1&nonsense=1"])
def test_a_field_that_is_sent_twice_is_a_400(at_work, procedure, twice):
    body = f"visited_on=2024-04-12&submission_key={uuid.uuid4()}&{twice}" + (
        "" if "timepoint" in twice else "&timepoint=w6"
    )
    assert at_work.post(reverse("visit-create", args=[procedure.pk]), body, content_type=FORM).status_code == 400
    assert not FollowUpVisit.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", FORM),
        ("{}", "application/json"),
        ("\xff\xfe", FORM),
        ("no parts", "multipart/form-data; boundary=x"),
        ("&".join(f"f{number}=1" for number in range(600)), FORM),
    ],
)
def test_a_body_that_is_no_form_is_a_400(at_work, procedure, body, content_type):
    answer = at_work.post(reverse("visit-create", args=[procedure.pk]), body, content_type=content_type)
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["visit-create", "visit-correct", "patient-detail"])
def test_what_is_not_there_is_a_404(at_work, kind):
    assert at_work.get(reverse(kind, args=[uuid.uuid4()])).status_code == 404
    assert at_work.get(reverse(kind, args=[uuid.uuid4()]).replace("-", "/")).status_code == 404


@pytest.mark.parametrize("name", ["q", "study", "page", "nonsense"])
def test_the_patient_list_finds_nothing_for_nonsense(at_work, procedure, name):
    for text in (*HOSTILE[2:], "%", "_", "\\"):
        answer = at_work.get(reverse("patient-list"), {name: text})
        assert answer.status_code == 200, text[:50]
        assert (procedure.patient.study_number in answer.content.decode()) == (name in ("page", "nonsense")), text[:50]


@pytest.mark.parametrize("text", ["%00", "a%00b"])
def test_a_nul_in_a_search_is_a_400(at_work, text):
    assert at_work.get(f"{reverse('patient-list')}?q={text}").status_code == 400


def test_a_study_code_that_says_unscheduled_is_a_timepoint_like_any_other(at_work, procedure, system):
    schedule = procedure.patient.study.schedule
    schedule.timepoints.create(code="unscheduled", label="Unplanned", order=50, kind="follow_up")
    answer = at_work.post(reverse("visit-create", args=[procedure.pk]), typed(timepoint="unscheduled"))
    assert answer.status_code == 302
    assert procedure.visits.get().timepoint.code == "unscheduled"
