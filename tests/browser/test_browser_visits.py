"""A coordinator's work at the screen: finding a patient, recording a visit, being refused, being late."""

import re
import time
from datetime import date

import pytest
from django.db import connection, transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.models import FollowUpVisit
from tests.browser.keyboard import focused, tab_to
from tests.builders import PASSWORD, build_patient, build_procedure, build_study, build_visit

SAVE = "Record the visit"


@pytest.fixture
def procedure(transactional_db, north):
    """Performed on 1 March 2024: its six weeks are 2024-03-22 to 2024-05-06."""
    study = build_study(slug="nails", site=north, name="Nails of the sacrum")
    patient = build_patient(study=study, site=north, study_number="N-017")
    return build_procedure(patient=patient, performed_on=date(2024, 3, 1))


def form_of(procedure, timepoint: str = "w6") -> str:
    return f"{reverse('visit-create', args=[procedure.pk])}?timepoint={timepoint}"


def fill(page: Page, **texts: str) -> None:
    for name, text in texts.items():
        page.locator(f"#id_{name}").fill(text)


def save(page: Page, button: str = SAVE) -> None:
    page.get_by_role("button", name=button).click()


def test_a_coordinator_logs_in_finds_a_patient_and_records_a_visit_with_the_keyboard_alone(visit, procedure, nurse):
    page = visit().open("/")
    expect(focused(page)).to_have_id("id_username")
    page.keyboard.type("nurse")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD + "\n")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your studies")
    tab_to(page, page.get_by_role("link", name="Patients", exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("searchbox", name="Study number"))
    page.keyboard.type("n-01\n")
    expect(page.get_by_text("1 patient whose study number contains")).to_be_visible()
    tab_to(page, page.get_by_role("link", name="N-017"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Record 6 weeks"))
    page.keyboard.press("Enter")

    expect(focused(page)).to_have_id("id_visited_on")
    page.wait_for_load_state()
    page.keyboard.type("2024-04-12\n3.5")
    expect(focused(page)).to_have_id("id_score_opioid")
    page.keyboard.type("1\n")

    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    expect(page.get_by_role("cell", name="12 Apr 2024")).to_contain_text("day 42, in window")
    expect(page.get_by_role("row", name=re.compile("^Pain"))).to_contain_text("3.5")
    expect(page.get_by_role("row", name=re.compile("^Opioid use"))).to_contain_text("yes")


def test_the_form_says_each_window_in_dates_and_what_was_found_the_last_time(visit, procedure, nurse):
    build_visit(procedure=procedure, timepoint="preop", visited_on=date(2024, 2, 20), scores={"pain": 8})
    page = visit(nurse).open(form_of(procedure))
    chosen = page.locator("#id_timepoint option:checked")
    expect(chosen).to_have_text("6 weeks: 2024-03-22 to 2024-05-06 (day 21 to 66)")
    expect(page.locator(".score", has=page.locator("#id_score_pain"))).to_contain_text("Preoperative: 8")


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("score_pain", {"visited_on": "2024-04-12", "score_pain": "11"}, "Pain (VAS / NRS) runs from 0 to 10. [V1]"),
        ("visited_on", {"visited_on": "2024-02-28"}, "A follow-up cannot be before its procedure (2024-03-01)."),
        ("window_reason", {"visited_on": "2024-06-30"}, "Day 121 is outside the window of 6 weeks (days 21 to 66)."),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_what_was_typed_stays(
    visit, procedure, nurse, field, typed, message
):
    page = visit(nurse).open(form_of(procedure))
    fill(page, score_opioid="1", **typed)
    save(page)

    expect(focused(page)).to_contain_text("Not saved yet")
    beside = page.locator(".has-error", has=page.locator(f"#id_{field}"))
    expect(beside).to_contain_text(message)
    expect(page.locator(f"#id_{field}")).to_have_accessible_description(re.compile(re.escape(message)))
    for name, text in ({"score_opioid": "1"} | typed).items():
        expect(page.locator(f"#id_{name}")).to_have_value(text)
    assert not FollowUpVisit.objects.exists()


def test_a_visit_out_of_its_window_is_recorded_with_a_reason_and_flagged(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure))
    fill(page, visited_on="2024-06-30", window_reason="lived abroad", score_pain="4")
    save(page)
    expect(page.get_by_role("cell", name="30 Jun 2024")).to_contain_text("out of window")


def test_a_double_click_on_save_makes_one_visit(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure))
    fill(page, visited_on="2024-04-12", score_pain="4")
    button = page.get_by_role("button", name=SAVE)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    with transaction.atomic():
        lock_visits()
        for clicks in (1, 2):
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            wait_for_waiting(clicks)
    expect(page.get_by_role("cell", name="12 Apr 2024")).to_be_visible()
    assert FollowUpVisit.objects.count() == 1


def lock_visits() -> None:
    """Nobody else writes visits until this transaction ends, so that an answer takes as long as a second click."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {FollowUpVisit._meta.db_table} IN EXCLUSIVE MODE")


def wait_for_waiting(count: int) -> None:
    """Until so many requests have reached the table."""
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
                WHERE NOT granted AND locktype = 'relation' AND datname = current_database()"""
            )
            if cursor.fetchone() == (count,):
                return
        time.sleep(0.02)
    raise AssertionError(f"{count} requests did not reach the table.")


def test_of_two_tabs_the_stale_one_shows_both_values_and_keeps_what_was_typed(visit, procedure, nurse):
    recorded = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 6, "opioid": 1})
    visitor, address = visit(nurse), reverse("visit-correct", args=[recorded.pk])
    first, second = visitor.open(address), visitor.open(address)
    fill(first, score_pain="5", reason="misread")
    save(first, "Save the correction")
    expect(first.get_by_text("The correction is recorded.")).to_be_visible()
    fill(second, score_pain="2.5", reason="read again")
    save(second, "Save the correction")

    expect(focused(second)).to_contain_text("Somebody saved this visit after you opened it.")
    expect(second.get_by_role("row", name=re.compile("^Pain"))).to_have_text(re.compile(r"6\s*5\s*2\.5"))
    expect(second.locator("#id_score_pain")).to_have_value("2.5")
    expect(second.locator("#id_reason")).to_have_value("read again")
    save(second, "Save the correction")
    expect(second.get_by_text("The correction is recorded.")).to_be_visible()
    expect(second.get_by_role("row", name=re.compile("^Pain"))).to_contain_text("2.5")
