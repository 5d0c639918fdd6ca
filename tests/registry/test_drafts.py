"""What is typed and not saved: kept for the person who typed it, offered to her again, gone once it is saved."""

import uuid
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from registry.actions.chart import save_form
from registry.actions.drafts import draft_of, keep_draft
from registry.chart import FORMS
from registry.errors import Refused
from registry.models import Draft, FollowUpVisit
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.test_visit_pages import typed, value_of, words

WORD = "half typed"


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "opioid"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=date(2024, 3, 1))


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


def form_of(procedure, timepoint="w6") -> str:
    return f"{reverse('visit-create', args=[procedure.pk])}?timepoint={timepoint}"


def place_of(procedure, timepoint="w6") -> str:
    planned = procedure.patient.study.schedule.timepoints.get(code=timepoint)
    return reverse("draft", args=[f"visit@{planned.pk}", procedure.pk])


def half_typed(**changes) -> dict:
    sent = typed(visited_on="", score_pain="7.", missing_opioid="", window_reason=WORD)
    return sent | {"opening": str(uuid.uuid4())} | changes


def test_a_draft_is_offered_with_its_age_restored_and_gone_once_the_visit_is_saved(at_work, procedure, nurse):
    sent = half_typed()
    assert at_work.post(place_of(procedure), sent).status_code == 200
    page = at_work.get(form_of(procedure))
    assert "You typed into this form 0 minutes ago and did not save it" in words(page)
    assert value_of(page, "score_pain") == ""
    restored = at_work.get(form_of(procedure) + "&restore=1")
    assert (value_of(restored, "score_pain"), value_of(restored, "window_reason")) == ("7.", WORD)
    assert value_of(restored, "submission_key") == sent["submission_key"]
    assert at_work.post(form_of(procedure), sent).status_code == 400
    assert Draft.objects.count() == 1
    whole = sent | {"visited_on": "2024-04-12", "score_pain": "7"}
    assert at_work.post(form_of(procedure), whole).status_code == 302
    assert not Draft.objects.exists()


def test_a_draft_is_discarded_when_it_is_not_wanted(at_work, procedure):
    at_work.post(place_of(procedure), half_typed())
    answer = at_work.post(place_of(procedure), {"discard": form_of(procedure)})
    assert (answer.status_code, answer.url, Draft.objects.count()) == (302, form_of(procedure), 0)
    assert at_work.post(place_of(procedure), {"discard": "https://elsewhere.example/"}).url == reverse("home")


@pytest.mark.parametrize("back", ["foo", "", "visit-create", "//elsewhere.example/", "javascript:alert(1)", "/\\\\a"])
def test_whoever_discards_a_draft_and_names_no_page_of_ours_goes_home(at_work, procedure, back):
    at_work.post(place_of(procedure), half_typed())
    answer = at_work.post(place_of(procedure), {"discard": back})
    assert (answer.status_code, answer.url, Draft.objects.count()) == (302, reverse("home"), 0)


def test_a_draft_of_one_planned_visit_is_not_offered_for_another(at_work, procedure):
    at_work.post(place_of(procedure), half_typed())
    assert "did not save it" not in words(at_work.get(form_of(procedure, "m3")))
    assert "did not save it" in words(at_work.get(form_of(procedure)))


def test_what_waits_is_not_overwritten_by_another_opened_form(at_work, procedure, nurse):
    at_work.post(place_of(procedure), half_typed())
    answer = at_work.post(place_of(procedure), half_typed(window_reason="another"))
    assert (answer.status_code, Draft.objects.get().content["window_reason"]) == (409, WORD)
    assert "restore or discard it first" in answer.json()["said"]
    mine = {"form": "visit", "target": procedure.pk, "site": procedure.site, "by": nurse}
    keep_draft(content={"opening": "a"}, **mine)
    with pytest.raises(Refused):
        keep_draft(content={"opening": "b"}, **mine)


@pytest.mark.parametrize("of", ["visit", "operation"])
def test_a_correction_that_is_opened_again_does_not_overwrite_the_draft_of_it(at_work, procedure, nurse, of):
    if of == "visit":
        row = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})
        form, name = reverse("visit-correct", args=[row.pk]), "window_reason"
    else:
        row = save_form(form=FORMS[of], parent=procedure, row=None, values={"ebl_ml": "100"}, by=nurse)
        form, name = reverse("chart-row", args=[of, row.pk]), "value_los_definition"
    place = reverse("draft", args=[of, row.pk])

    def keep(page, text) -> int:
        keys = {each: value_of(page, each) for each in ("submission_key", "opening", "version")}
        return at_work.post(place, keys | {name: text}).status_code

    first = at_work.get(form)
    assert (keep(first, WORD), keep(first, f"{WORD} and more")) == (200, 200)
    again = at_work.get(form)
    assert value_of(again, "submission_key") == value_of(first, "submission_key")
    assert (keep(again, "W"), Draft.objects.get().content[name]) == (409, f"{WORD} and more")
    restored = at_work.get(f"{form}?restore=1")
    assert value_of(restored, "opening") == value_of(first, "opening")
    assert (keep(restored, "the rest"), Draft.objects.get().content[name]) == (200, "the rest")


def test_nobody_meets_another_persons_draft(at_work, client, procedure, admin, nurse):
    at_work.post(place_of(procedure), half_typed())
    client.force_login(admin)
    for page in (
        form_of(procedure),
        form_of(procedure) + "&restore=1",
        reverse("patient-detail", args=[procedure.patient_id]),
    ):
        answer = client.get(page)
        assert WORD not in words(answer) and "did not save it" not in words(answer)
    client.post(place_of(procedure), {"discard": "/"})
    assert Draft.objects.get().user == nurse
    client.post(place_of(procedure), half_typed(window_reason="the admin's"))
    assert Draft.objects.count() == 2


def test_a_draft_is_part_of_no_page_of_the_record_and_of_no_answer_of_the_api(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})
    at_work.post(reverse("draft", args=["visit", visit.pk]), half_typed())
    pages = [reverse("patient-list"), reverse("patient-detail", args=[procedure.patient_id]), reverse("home")]
    pages += [reverse(f"api-{kind}-list") for kind in ("patient", "procedure", "visit", "score")]
    assert [page for page in pages if WORD in at_work.get(page).content.decode()] == []
    assert visit.scores.get().value == 3


@pytest.mark.parametrize("form", ["nonsense", "visit@", "@visit", "x" * 300, "visit@" + "x" * 300])
def test_a_form_or_a_row_that_is_not_there_is_a_404_or_kept_for_oneself(at_work, procedure, form):
    assert at_work.post(reverse("draft", args=["visit", uuid.uuid4()]), half_typed()).status_code == 404
    assert at_work.post(reverse("draft", args=[form, procedure.pk]), half_typed()).status_code in (200, 404)


def test_who_only_reads_keeps_no_draft_and_another_site_has_no_such_row(client, procedure, surgeon, neighbour):
    for user, status in ((surgeon, 403), (neighbour, 404)):
        client.force_login(user)
        assert client.post(place_of(procedure), half_typed()).status_code == status
    assert not Draft.objects.exists()


def test_what_one_person_typed_is_not_kept_as_anothers(at_work, procedure, admin):
    answer = at_work.post(place_of(procedure), half_typed(), headers={"X-Typed-By": str(admin.pk)})
    assert (answer.status_code, Draft.objects.count()) == (409, 0)


def test_after_a_log_out_the_form_is_found_again_with_what_was_typed(client, procedure, nurse):
    client.force_login(nurse)
    client.post(place_of(procedure), half_typed())
    client.logout()
    answer = client.post(form_of(procedure), half_typed())
    assert answer.status_code == 302
    assert not FollowUpVisit.objects.exists()
    client.force_login(nurse)
    assert parse_qs(urlsplit(answer.url).query)["next"] == [form_of(procedure)]
    assert "did not save it" in words(client.get(form_of(procedure)))
    assert draft_of(form=Draft.objects.get().form, target=procedure.pk, by=nurse)
