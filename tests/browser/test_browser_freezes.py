"""An investigator freezes, edits, freezes again and sees what changed; stops a job and tries a failed one again."""

import re
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from registry import jobs
from registry.models import FollowUpVisit, Job
from tests.browser.keyboard import tab_to
from tests.builders import build_patient, build_procedure, build_study, build_visit

# A dozen requests of Celery's, on a machine that does other things too.
COMPUTED = 60_000
PLAN = {"name": "pain", "analyses": [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]}


@pytest.fixture
def scored(transactional_db, north) -> FollowUpVisit:
    """A visit of a patient whose pain was 3."""
    study = build_study(slug="nails", site=north, name="Nails of the sacrum")
    patient = build_patient(study=study, site=north, study_number="N-017")
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 1))
    return build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3, "opioid": 1})


def freeze_by_keyboard(page: Page, name: str) -> None:
    """From the report's page to the page of a new freeze, with keys alone."""
    page.goto(reverse("freeze-list", args=["nails"]))
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type(name)
    tab_to(page, page.get_by_role("button", name="Freeze", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Freeze “{name}” of Nails of the sacrum")
    expect(page.locator("#job-state")).to_have_text("Done", timeout=COMPUTED)
    tab_to(page, page.get_by_role("link", name="Open the freeze"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def correct_pain(page: Page, visit: FollowUpVisit, pain: str, reason: str) -> None:
    page.goto(reverse("visit-correct", args=[visit.pk]))
    page.locator("#id_score_pain").fill(pain)
    page.locator("#id_reason").fill(reason)
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("The correction is recorded.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_freeze_an_edit_and_another_freeze_show_old_new_and_the_reason(
    visit, scored, surgeon, nurse, dispatcher, width
):
    page = visit(surgeon, width=width).open(reverse("cohort-report", args=["nails"]))
    freeze_by_keyboard(page, "First submission")
    correct_pain(visit(nurse).open("/"), scored, "8", "read the wrong line")
    freeze_by_keyboard(page, "Revision")

    tab_to(page, page.get_by_role("link", name="First submission"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("What changed between two freezes")
    row = page.get_by_role("row", name=re.compile("^N-017"))
    expect(row.locator("del")).to_have_text("3")
    expect(row.locator("ins")).to_have_text("8")
    expect(row).to_contain_text("nurse")
    expect(row).to_contain_text("read the wrong line")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def waiting(scored, surgeon) -> Job:
    return ask_analysis(cohort=visible_cohorts(surgeon).get(slug="nails"), plan=PLAN, by=surgeon)


def test_a_job_is_stopped_by_keyboard_and_says_so(visit, waiting, surgeon):
    page = visit(surgeon).open(reverse("job-detail", args=[waiting.pk]))
    expect(page.get_by_text("1st in the queue")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Stop this job"))
    page.keyboard.press("Enter")
    expect(page.locator("#job-state")).to_have_text("Stopped")
    waiting.refresh_from_db()
    assert waiting.state == Job.State.CANCELLED


@pytest.fixture
def failed(waiting) -> Job:
    jobs.fail(jobs.claim(waiting.pk), "The disk was full.")
    return waiting


def test_whatever_page_is_open_says_that_a_job_failed_and_it_is_tried_again(visit, failed, surgeon, dispatcher):
    page = visit(surgeon).open("/")
    page.get_by_role("link", name=re.compile("^See why")).click()
    expect(page.get_by_text("The disk was full.")).to_be_visible()
    expect(page.locator(".job code")).to_have_text(str(failed.pk))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#job-state")).to_have_text("Done", timeout=COMPUTED)
    page.get_by_role("link", name="Open the report").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_an_open_page_is_told_of_the_end_without_being_asked_for_again(visit, waiting, surgeon):
    page = visit(surgeon).open(reverse("cohort-list"))
    expect(page.locator("#my-jobs")).to_contain_text("1 of your jobs is under way")
    jobs.fail(jobs.claim(waiting.pk), "The disk was full.")
    expect(page.locator("#my-jobs")).to_contain_text("Failed: pain on Nails of the sacrum")
    page.get_by_role("button", name=re.compile("^Dismiss")).press("Enter")
    expect(page.locator("#my-jobs")).not_to_contain_text("Failed")
    waiting.refresh_from_db()
    assert waiting.noticed_at is not None
