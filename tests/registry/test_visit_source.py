"""Where a visit's values were read: kept with the visit, and remembered so that it costs no key."""

from datetime import date

import pytest
from django.urls import reverse

from registry.models import FollowUpVisit
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.test_visit_pages import correct, create

SOURCE = {
    "collection_method": "telephone", "source_document": "letter, folder 3", "source_date": "2024-04-15",
    "certainty": "inferred",
}  # fmt: skip


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "opioid"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


def offered(client, procedure) -> dict:
    """What the source of a new form says before anything is typed."""
    form = client.get(reverse("visit-create", args=[procedure.pk])).context["form"]
    return {field.name: field.value() for field in form.source() if field.value()}


def test_a_visit_keeps_where_it_was_read_and_by_whom(at_work, procedure, nurse):
    assert create(at_work, procedure, **SOURCE, abstractor=nurse.pk).status_code == 302
    visit = procedure.visits.get()
    kept = (visit.collection_method, visit.source_document, visit.source_date, visit.certainty, visit.abstractor)
    assert kept == ("telephone", "letter, folder 3", date(2024, 4, 15), "inferred", nurse)
    assert visit.abstracted_on is not None


def test_the_next_form_starts_with_what_was_said_the_last_time_and_with_no_document(at_work, procedure, nurse):
    assert offered(at_work, procedure) == {"collection_method": "chart_review", "abstractor": nurse.pk}
    create(at_work, procedure, **SOURCE, abstractor=nurse.pk)
    assert offered(at_work, procedure) == {
        "collection_method": "telephone", "certainty": "inferred", "abstractor": nurse.pk,
    }  # fmt: skip


def test_what_one_person_said_is_not_anothers_start(at_work, client, procedure, admin):
    create(at_work, procedure, **SOURCE)
    client.force_login(admin)
    assert offered(client, procedure) == {"collection_method": "chart_review", "abstractor": admin.pk}


def test_a_source_is_of_people_who_may_read_charts_here_and_of_days_there_are(at_work, procedure, neighbour, surgeon):
    people = [{"abstractor": neighbour.pk}, {"abstractor": surgeon.pk}]
    words = [{"collection_method": "guess"}, {"certainty": "perhaps"}, {"source_document": "x" * 201}]
    for wrong in (*people, *words, {"source_date": "2024-02-31"}):
        assert create(at_work, procedure, **(SOURCE | wrong)).status_code == 400, wrong
    assert not FollowUpVisit.objects.exists()


def test_the_source_of_a_complete_visit_is_changed_with_a_reason_and_added_without_one(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3, "opioid": "not_recorded"})
    same = {"score_pain": "3", "missing_opioid": "not_recorded"}
    assert correct(at_work, visit, **same, **SOURCE, reason="").status_code == 302
    changed = SOURCE | {"certainty": "explicit"}
    assert correct(at_work, visit, **same, **changed, version=2, reason="").status_code == 400
    assert correct(at_work, visit, **same, **changed, version=2, reason="read again").status_code == 302
    visit.refresh_from_db()
    assert visit.certainty == "explicit"


def test_a_form_that_says_nothing_of_the_source_leaves_it_as_it_is(at_work, procedure):
    visit = build_visit(
        procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3}, source={"certainty": "inferred"}
    )
    assert correct(at_work, visit, score_pain="4").status_code == 302
    visit.refresh_from_db()
    assert visit.certainty == "inferred"


def test_a_date_is_offered_and_never_filled_in(at_work, procedure):
    address = reverse("visit-create", args=[procedure.pk])
    answer = at_work.get(address, {"timepoint": "w6", "on": "2024-04-12"})
    assert (answer.context["suggested"].on, answer.context["form"]["visited_on"].value()) == (date(2024, 4, 12), None)
    assert at_work.get(address, {"timepoint": "w6"}).context["suggested"] is None
    create(at_work, procedure, timepoint="w6", visited_on="2024-04-30")
    assert at_work.get(address, {"timepoint": "w6"}).context["suggested"].on == date(2024, 4, 30)
    assert at_work.get(address, {"timepoint": "m3"}).context["suggested"] is None
    assert at_work.get(address, {"timepoint": "w6", "on": "tomorrow"}).status_code == 400


def test_without_a_visit_in_the_address_the_next_one_is_chosen_and_saving_may_lead_on_to_it(at_work, procedure):
    address = reverse("visit-create", args=[procedure.pk])
    assert at_work.get(address).context["form"]["timepoint"].value() == "preop"
    answer = create(at_work, procedure, timepoint="preop", visited_on="2024-02-20", then="next")
    assert answer.url == f"{address}?timepoint=w6"
    for code, day in (("w6", "2024-04-12"), ("m3", "2024-06-01"), ("m6", "2024-09-01"), ("y1", "2025-03-01")):
        answer = create(at_work, procedure, timepoint=code, visited_on=day, then="next")
    assert answer.url == f"{address}?timepoint=y2"
    answer = create(at_work, procedure, timepoint="y2", visited_on="2026-03-01", then="next")
    assert answer.url == reverse("patient-detail", args=[procedure.patient_id])
