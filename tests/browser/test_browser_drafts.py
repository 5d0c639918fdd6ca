"""What is typed survives: a killed session, a closed page, a second person."""

import re
from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Dialog, Page, expect

from registry.models import Draft, FollowUpVisit
from tests.browser.keyboard import focused
from tests.browser.test_browser_entry import shot
from tests.browser.test_browser_pages import too_wide, unreadable
from tests.builders import PASSWORD, build_patient, build_procedure, build_study, build_visit

SAVE = "Record the visit"
KEPT = re.compile("Kept as a draft at .*, not saved yet.")


@pytest.fixture
def procedure(transactional_db, north):
    study = build_study(slug="nails", site=north, instruments=("pain", "ecog", "opioid"))
    return build_procedure(
        patient=build_patient(study=study, site=north, study_number="N-017"), performed_on=date(2024, 3, 1)
    )


def form_of(procedure) -> str:
    return f"{reverse('visit-create', args=[procedure.pk])}?timepoint=w6"


def log_in(page: Page) -> None:
    page.get_by_label("Username").fill("nurse")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url(re.compile(r"^(?!.*/login/)"))


def test_a_draft_is_kept_while_it_is_typed_and_offered_after_the_browser_is_gone(visit, procedure, nurse):
    visitor = visit(nurse)
    page = visitor.open(form_of(procedure))
    page.keyboard.type("2024-04-12\n7.5")
    expect(page.get_by_text(KEPT)).to_be_visible()
    page.close()
    page = visit(nurse).open(form_of(procedure))
    expect(
        page.get_by_role("heading", name=re.compile("You typed into this form .* ago and did not save it"))
    ).to_be_visible()
    expect(focused(page)).to_have_text("Restore it")
    shot(page, "draft-offered")
    page.keyboard.press("Enter")
    expect(page.locator("#id_score_pain")).to_have_value("7.5")
    expect(focused(page)).to_have_id("id_score_ecog")
    page.keyboard.type("2n\n")
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert not Draft.objects.exists()


def test_a_session_that_ends_while_somebody_types_loses_nothing(visit, procedure, nurse):
    visitor = visit(nurse)
    page = visitor.open(form_of(procedure))
    page.keyboard.type("2024-04-12\n7.5")
    expect(page.get_by_text(KEPT)).to_be_visible()
    Session.objects.all().delete()
    page.keyboard.type("3")
    expect(page.get_by_text("You are logged out. What you typed stays on this page")).to_be_visible()
    shot(page, "logged-out")
    page.get_by_role("button", name=SAVE).click()
    expect(page.get_by_text("You are logged out. What you typed stays on this page")).to_be_visible()
    expect(page.locator("#id_score_ecog")).to_have_value("3")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="log in in another tab").click()
    log_in(opened.value)
    expect(page.get_by_text(KEPT)).to_be_visible(timeout=15_000)
    page.get_by_role("button", name=SAVE).click()
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert FollowUpVisit.objects.get().scores.count() == 2


def test_who_logs_in_again_on_the_same_page_finds_what_was_typed(visit, procedure, nurse):
    visitor = visit(nurse)
    page = visitor.open(form_of(procedure))
    page.keyboard.type("2024-04-12\n7.5")
    expect(page.get_by_text(KEPT)).to_be_visible()
    Session.objects.all().delete()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    log_in(page)
    page.get_by_role("link", name="Restore it").click()
    expect(page.locator("#id_score_pain")).to_have_value("7.5")


def test_leaving_what_is_not_saved_asks_and_leaving_what_was_not_touched_does_not(visit, procedure, nurse):
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page = visit(nurse).open(form_of(procedure))
    page.on("dialog", refuse)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("N-017")
    page.goto(form_of(procedure))
    page.keyboard.type("2024-04-12")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("#id_visited_on")).to_have_value("2024-04-12")
    page.get_by_role("button", name=SAVE).click()
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_of_two_people_the_second_chooses_field_by_field(visit, procedure, nurse, admin):
    recorded = build_visit(
        procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 6, "ecog": 2, "opioid": 1}
    )
    address = reverse("visit-correct", args=[recorded.pk])
    hers, theirs = visit(nurse).open(address), visit(admin).open(address)
    for page, pain, ecog, reason in ((theirs, "5", "1", "letter"), (hers, "2.5", "3", "read again")):
        page.locator("#id_score_pain").fill(pain)
        page.locator("#id_score_ecog").fill(ecog)
        page.locator("#id_reason").fill(reason)
        page.get_by_role("button", name="Save the correction").click()
    expect(focused(hers)).to_contain_text("Somebody saved this visit after you opened it.")
    expect(hers.get_by_role("columnheader", name="Recorded now")).to_contain_text("by admin")
    shot(hers, "sides")
    assert too_wide(hers) + unreadable(hers) == []
    row = hers.get_by_role("row", name=re.compile("^ECOG"))
    row.get_by_role("radio").first.check()
    expect(hers.locator("#id_score_ecog")).to_have_value("1")
    expect(hers.locator("#id_score_pain")).to_have_value("2.5")
    expect(hers.locator("#id_reason")).to_have_value("read again")
    hers.get_by_role("button", name="Save the correction").click()
    expect(hers.get_by_text("The correction is recorded.")).to_be_visible()
    scores = {each.instrument.key: each.value for each in recorded.scores.select_related("instrument")}
    assert (float(scores["pain"]), scores["ecog"]) == (2.5, 1)
