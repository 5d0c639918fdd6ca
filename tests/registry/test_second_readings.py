"""A sample is drawn by its seed, read blind, and settled field by field."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from registry.access import Role
from registry.actions.people import issue_token
from registry.actions.reabstraction import draw_sample, resolve, submit_reading
from registry.errors import Refused, StaleSave
from registry.models import FollowUpVisit, Instrument, MissingReason, Patient, Reading, Score
from registry.reabstraction import asked_of, disagreements, drawn
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north, instruments=("pain", "ecog"))


@pytest.fixture
def visits(study, nurse):
    """Forty visits that the nurse read: 6 weeks and 3 months of twenty patients."""
    made = []
    for place in range(20):
        procedure = build_procedure(patient=build_patient(study=study), performed_on=date(2024, 3, 1))
        for code, day in (("w6", date(2024, 4, 12)), ("m3", date(2024, 6, 1))):
            scores = {"pain": place % 10, "ecog": "not_recorded"}
            made.append(build_visit(procedure=procedure, timepoint=code, visited_on=day, by=nurse, scores=scores))
    return made


@pytest.fixture
def reader(north):
    return build_member("second", north, Role.COORDINATOR)


@pytest.fixture
def sample(study, north, visits, reader, surgeon):
    return draw_sample(study=study, site=north, seed=7, share=Decimal(5), reader=reader, by=surgeon)


def said(**values) -> dict:
    """What a reader says, by instrument key."""
    instruments = {each.key: each for each in Instrument.objects.filter(site=None, key__in=values)}
    return {
        instruments[key]: MissingReason(value) if isinstance(value, str) else Decimal(value)
        for key, value in values.items()
    }


def read(sample, reader, **values) -> Reading:
    reading = sample.readings.filter(submitted_at=None).order_by("id").first()
    return submit_reading(reading, values=said(**values), version=1, by=reader)


def test_five_per_cent_of_forty_visits_are_two_and_the_seed_draws_the_same_again(sample, visits):
    chosen = set(sample.readings.values_list("visit", flat=True))
    assert (len(chosen), sample.drawn_from) == (2, 40)
    ids = [visit.pk for visit in visits]
    assert chosen == set(drawn(ids, seed=7, share=Decimal(5))) == set(drawn(ids[::-1], seed=7, share=Decimal(5)))
    assert chosen != set(drawn(ids, seed=8, share=Decimal(5)))


def test_what_the_reader_read_first_is_not_drawn(study, north, visits, nurse, surgeon):
    with pytest.raises(Refused, match="No visit can be drawn"):
        draw_sample(study=study, site=north, seed=7, share=Decimal(5), reader=nurse, by=surgeon)


def test_while_a_reading_is_open_its_reader_finds_the_patient_nowhere(sample, reader, nurse, client):
    reading = sample.readings.first()
    client.force_login(reader)
    blind = [
        reverse("patient-detail", args=[reading.patient_id]),
        reverse("visit-correct", args=[reading.visit_id]),
        f"/api/v1/patients/{reading.patient_id}/",
        f"/api/v1/visits/{reading.visit_id}/",
    ]
    assert [client.get(url).status_code for url in blind] == [404] * 4
    for url in ("/api/v1/scores/?page_size=500", "/api/v1/visits/?page_size=500"):
        assert str(reading.visit_id) not in client.get(url).content.decode()
    found = client.get(reverse("patient-list"), {"q": reading.patient.study_number}).content.decode()
    assert str(reading.patient_id) not in found
    client.force_login(nurse)
    assert [client.get(url).status_code for url in blind] == [200] * 4


def test_a_token_of_the_reader_does_not_see_the_patient_either(sample, reader, north, client):
    day = timedelta(days=1)
    _, secret = issue_token(user=reader, name="mine", scopes=["read:rows"], sites=[north], life=day, by=reader)
    reading = sample.readings.first()
    answer = client.get(f"/api/v1/visits/{reading.visit_id}/", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 404


def test_the_readers_page_shows_nothing_of_the_first_reading(sample, reader, client):
    reading = sample.readings.first()
    Score.objects.filter(visit=reading.visit, instrument__key="pain").update(value=Decimal("8.7"))
    client.force_login(reader)
    page = client.get(reverse("reading-make", args=[reading.pk]))
    assert page.status_code == 200
    assert "8.7" not in page.content.decode()


def test_once_all_readings_of_a_patient_are_handed_in_the_reader_sees_the_patient_again(sample, reader):
    for reading in sample.readings.all():
        submit_reading(reading, values=said(pain=5, ecog=1), version=1, by=reader)
    assert Patient.objects.visible_to(reader).count() == 20


def test_a_reading_answers_every_field_in_range_and_is_handed_in_once(sample, reader, nurse):
    reading = sample.readings.first()
    with pytest.raises(Refused, match="reason why there is none"):
        submit_reading(reading, values=said(pain=5), version=1, by=reader)
    with pytest.raises(Refused, match="0 to 10"):
        submit_reading(reading, values=said(pain=11, ecog=1), version=1, by=reader)
    with pytest.raises(StaleSave):
        submit_reading(reading, values=said(pain=5, ecog=1), version=1, by=nurse)
    submit_reading(reading, values=said(pain=5, ecog=1), version=1, by=reader)
    with pytest.raises(StaleSave):
        submit_reading(reading, values=said(pain=6, ecog=1), version=1, by=reader)


def test_a_disagreement_is_settled_in_the_record_with_its_reason(sample, reader, surgeon):
    reading = read(sample, reader, pain=10, ecog="not_recorded")
    assert [each.instrument.key for each in disagreements(reading, asked_of(reading.visit))] == ["pain"]
    resolve(reading, field="pain", taken="second", value=None, reason="the note says 10", by=surgeon)
    score = Score.objects.get(visit=reading.visit, instrument__key="pain")
    assert score.value == 10
    with pytest.raises(Refused, match="no open disagreement"):
        resolve(reading, field="pain", taken="first", value=None, reason="again", by=surgeon)


def test_another_value_may_be_the_right_one_and_the_first_reading_leaves_the_record_as_it_is(sample, reader, surgeon):
    first, second = (read(sample, reader, pain=10, ecog=2) for _ in range(2))
    before = FollowUpVisit.objects.get(pk=second.visit_id).version
    resolve(first, field="ecog", taken="other", value=Decimal(3), reason="the letter says 3", by=surgeon)
    assert Score.objects.get(visit=first.visit, instrument__key="ecog").value == 3
    resolve(second, field="ecog", taken="first", value=None, reason="nothing is in the chart", by=surgeon)
    assert FollowUpVisit.objects.get(pk=second.visit_id).version == before


def test_a_correction_made_since_the_reading_is_not_overwritten_unseen(sample, reader, surgeon):
    reading = read(sample, reader, pain=10, ecog="not_recorded")
    score = Score.objects.get(visit=reading.visit, instrument__key="pain")
    corrected = (score.value + 1) % 10
    Score.objects.filter(pk=score.pk).update(value=corrected)
    for taken in ("first", "second"):
        with pytest.raises(StaleSave, match=f"it says {corrected:.0f}"):
            resolve(reading, field="pain", taken=taken, value=None, reason="read again", by=surgeon)
    assert reading.resolutions.count() == 0
    resolve(reading, field="pain", taken="other", value=corrected, reason="as the letter says", by=surgeon)
    assert Score.objects.get(pk=score.pk).value == corrected


def test_a_decision_without_a_reason_or_out_of_range_changes_nothing(sample, reader, surgeon):
    reading = read(sample, reader, pain=10, ecog=1)
    for decision in ({"taken": "second", "value": None, "reason": " "},
                     {"taken": "other", "value": None, "reason": "see note"},
                     {"taken": "other", "value": Decimal(11), "reason": "see note"}):  # fmt: skip
        with pytest.raises(Refused):
            resolve(reading, field="pain", by=surgeon, **decision)
    assert reading.resolutions.count() == 0
    assert Score.objects.get(visit=reading.visit, instrument__key="pain").value != 11


def test_the_pages_draw_read_and_settle(study, north, visits, reader, surgeon, client):
    client.force_login(surgeon)
    sent = {"study": "hips", "site": "north", "reader": "second", "share": "5", "seed": "7"}
    assert client.post(reverse("sample-new"), sent).status_code == 302
    reading = Reading.objects.order_by("id").first()
    client.force_login(reader)
    page = reverse("reading-make", args=[reading.pk])
    assert client.post(page, {"version": 1, "score_pain": "10"}).status_code == 400
    assert client.post(page, {"version": 1, "score_pain": "10", "missing_ecog": "not_recorded"}).status_code == 302
    client.force_login(surgeon)
    page = reverse("reading-settle", args=[reading.pk])
    assert client.post(page, {"field": "pain", "taken": "second"}).status_code == 400
    assert client.post(page, {"field": "pain", "taken": "second", "reason": "the note says 10"}).status_code == 302
    assert "Settled: 10" in client.get(page).content.decode()
