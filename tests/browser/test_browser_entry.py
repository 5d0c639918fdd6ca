"""A follow-up under the fingers: few keys, no mouse, hints while it is typed, and nothing taken that was not typed."""

import os
import re
from dataclasses import dataclass
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.models import FollowUpVisit, Score
from tests.browser.keyboard import focused, tab_to
from tests.browser.test_browser_pages import too_wide, unreadable
from tests.builders import PASSWORD, build_patient, build_procedure, build_study, build_visit

ITEMS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
ASKED = ("pain", "cpaf", "msts", *ITEMS, "ecog", "fms", "as", "opioid", "opioid_pattern")
MOST_KEYS = 25


@pytest.fixture
def procedure(transactional_db, north):
    """Performed on 1 March 2024; the study asks all that a follow-up of nails asks."""
    study = build_study(slug="nails", site=north, name="Nails of the sacrum", instruments=ASKED)
    patient = build_patient(study=study, site=north, study_number="N-017")
    return build_procedure(patient=patient, performed_on=date(2024, 3, 1))


@dataclass
class Hands:
    """Somebody who only has a keyboard, and counts."""

    page: Page
    keys: int = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        self.press(*text)


def shot(page: Page, name: str) -> None:
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}.png", full_page=True)


def form_of(procedure, timepoint: str, **more: str) -> str:
    query = "&".join(f"{name}={text}" for name, text in ({"timepoint": timepoint} | more).items())
    return f"{reverse('visit-create', args=[procedure.pk])}?{query}"


def scores_of(visit) -> dict:
    rows = Score.objects.filter(visit=visit).select_related("instrument")
    return {row.instrument.key: row.missing or float(row.value) for row in rows}


def follow_up(hands: Hands, pain: str, cpaf: str, rest: str) -> None:
    """Date taken as suggested, pain, CPAF, six items, ECOG, FMS, AS, opioid and its pattern; saved by one chord."""
    hands.press("=")
    hands.write(pain)
    hands.press("Enter")
    hands.write(cpaf)
    hands.write(rest)


def test_a_full_follow_up_takes_fewer_than_twenty_five_keys(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure, "w6", on="2024-04-12"))
    hands = Hands(page)
    expect(focused(page)).to_have_id("id_visited_on")
    page.wait_for_load_state()
    follow_up(hands, "7.5", "5", "113131" + "213" + "y1")
    expect(page.locator("#id_score_opioid_pattern")).to_have_value("1")
    expect(focused(page)).to_have_text("Record the visit")
    shot(page, "entry-filled-1280")
    hands.press("Enter")
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert hands.keys <= MOST_KEYS
    items = dict(zip(ITEMS, (1, 1, 3, 1, 3, 1), strict=True))
    given = {"pain": 7.5, "cpaf": 5, "msts": 10, "ecog": 2, "fms": 1, "as": 3, "opioid": 1, "opioid_pattern": 1}
    recorded = FollowUpVisit.objects.get()
    assert (recorded.visited_on, scores_of(recorded)) == (date(2024, 4, 12), items | given)


def test_a_clunk_patient_is_typed_from_log_in_to_last_visit_without_a_mouse(visit, procedure, nurse):
    """The baseline and five follow-ups; each follow-up is counted from its open page until it is saved."""
    page = visit().open("/")
    hands = Hands(page)
    hands.write("nurse")
    hands.press("Tab")
    hands.write(PASSWORD)
    hands.press("Enter")
    page.wait_for_url("/")
    page.goto(reverse("patient-detail", args=[procedure.patient_id]))
    tab_to(page, page.get_by_role("link", name="Record Preoperative"))
    hands.press("Enter")
    days = ["20240220", "20240412", "20240531", "20240830", "20250301", "20260301"]
    for place, day in enumerate(days):
        expect(focused(page)).to_have_id("id_visited_on")
        page.wait_for_load_state()
        hands.keys = 0
        hands.write(day)
        hands.press("Enter", str(8 - place), "Enter")
        hands.write(f"{4 + place}" + "113131" + "213" + "y1")
        expect(page.locator("#id_score_opioid_pattern")).to_have_value("1")
        hands.press("Control+Shift+Enter")
        expect(page.get_by_text("The visit is recorded.")).to_be_visible()
        assert hands.keys <= MOST_KEYS
    expect(page.get_by_role("heading", level=1)).to_have_text("N-017")
    pain = [scores_of(each)["pain"] for each in procedure.visits.order_by("day")]
    assert pain == [8, 7, 6, 5, 4, 3]


def test_why_a_score_is_missing_is_one_key_and_for_all_that_are_left_one_more(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure, "w6", on="2024-04-12"))
    hands = Hands(page)
    hands.press("=", "d", "7", "Shift+R")
    expect(focused(page)).to_have_text("Record the visit")
    hands.press("Enter")
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    left = [key for key in ASKED if key not in ("pain", "cpaf", "msts")]
    assert scores_of(FollowUpVisit.objects.get()) == {"pain": "not_done", "cpaf": 7} | dict.fromkeys(
        left, "not_recorded"
    )
    assert hands.keys == 5


def test_the_value_of_the_visit_before_is_taken_by_one_key_and_nothing_is_where_there_was_none(visit, procedure, nurse):
    build_visit(procedure=procedure, timepoint="preop", visited_on=date(2024, 2, 20), scores={"pain": 8, "opioid": 1})
    page = visit(nurse).open(form_of(procedure, "w6", on="2024-04-12"))
    hands = Hands(page)
    hands.press("=", "=", "=")
    expect(page.locator("#id_score_pain")).to_have_value("8")
    expect(page.locator("#id_score_cpaf")).to_have_value("")
    expect(focused(page)).to_have_id("id_score_cpaf")
    page.locator("#id_score_opioid").focus()
    hands.press("=")
    expect(page.locator("#id_score_opioid")).to_have_value("yes")


@pytest.mark.parametrize(
    ("keys", "value", "stays"),
    [
        ("7", "7", True),
        ("7.5", "7.5", False),
        ("10", "10", False),
        ("1", "1", True),
        ("0", "0", True),
        ("9,", "9,", True),
    ],
)
def test_a_score_of_pain_moves_on_where_it_is_finished_and_waits_where_it_may_go_on(
    visit, procedure, nurse, keys, value, stays
):
    page = visit(nurse).open(form_of(procedure, "w6"))
    pain = page.locator("#id_score_pain")
    pain.focus()
    Hands(page).write(keys)
    expect(pain).to_have_value(value)
    expect(focused(page)).to_have_id("id_score_pain" if stays else "id_score_cpaf")


def test_one_enter_too_many_skips_no_score_and_says_so(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure, "w6"))
    page.locator("#id_score_pain").focus()
    Hands(page).press("1", "0", "Enter")
    expect(focused(page)).to_have_id("id_score_cpaf")
    expect(page.locator("#said_score_cpaf")).to_contain_text("Nothing is typed here")
    Hands(page).press("ArrowDown")
    expect(focused(page)).to_have_id("id_score_msts_pain")


def test_scores_stay_under_the_fingers_of_who_wants_that_and_it_is_remembered(visit, procedure, nurse):
    visitor = visit(nurse)
    page = visitor.open(form_of(procedure, "w6"))
    page.get_by_label("A finished score moves on by itself").uncheck()
    page = visitor.open(form_of(procedure, "m3"))
    page.locator("#id_score_ecog").focus()
    Hands(page).press("3")
    expect(focused(page)).to_have_id("id_score_ecog")
    Hands(page).press("Tab")
    expect(focused(page)).to_have_id("id_missing_ecog")


def test_the_rules_speak_while_it_is_typed_and_the_total_is_told(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure, "w6", on="2024-04-12"))
    page.locator("#id_score_msts_pain").focus()
    Hands(page).write("334252")
    expect(page.locator("#sum_msts")).to_have_text("items add up to 19")
    Hands(page).write("7")
    expect(page.locator("#said_score_ecog")).to_have_text("ECOG performance status runs from 0 to 4. [V1]")
    expect(page.locator("#id_score_ecog")).to_have_accessible_description(re.compile(r"^0 fully active .*\[V1\]"))
    page.evaluate("scrollTo(0, 0)")
    shot(page, "entry-hints-1280")
    Hands(page).write("2")
    expect(page.locator("#said_score_ecog")).to_be_empty()
    page.locator("#id_visited_on").fill("2024-06-30")
    expect(page.locator("#id_window_reason")).to_be_visible()
    expect(page.locator("#said_window_reason")).to_contain_text("outside the window of 6 weeks")
    expect(page.locator("#answered")).to_have_text("7 of 13 answered")
    assert too_wide(page) + unreadable(page) == []


def test_a_missed_visit_is_two_keys(visit, procedure, nurse):
    page = visit(nurse).open(form_of(procedure, "m6"))
    Hands(page).press("v", "Enter")
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert FollowUpVisit.objects.get().missed == "visit_missed"


def test_all_of_it_works_with_a_finger_on_a_phone(visit, procedure, nurse):
    page = visit(nurse, width=390).open(form_of(procedure, "w6", on="2024-04-12"))
    page.locator("[data-suggest]").click()
    for key, level in {"pain": "7", "cpaf": "10", "opioid": "1", "opioid_pattern": "4"}.items():
        page.locator(f"[data-key={key}] [data-level='{level}']").click()
    expect(page.locator("[data-key=opioid_pattern] .is-chosen")).to_have_text("4 parenteral")
    page.locator("#id_missing_ecog").select_option("refused")
    shot(page, "entry-390")
    assert too_wide(page) + unreadable(page) == []
    page.get_by_role("button", name="Record the visit").click()
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    given = {"pain": 7, "cpaf": 10, "opioid": 1, "opioid_pattern": 4, "ecog": "refused"}
    assert scores_of(FollowUpVisit.objects.get()) == given


def test_without_scripts_the_form_is_filled_and_saved(visit, browser, live_server, procedure, nurse):
    visitor = visit(nurse)
    plain = browser.new_context(java_script_enabled=False, storage_state=visitor.context.storage_state())
    page = plain.new_page()
    page.goto(f"{live_server.url}{form_of(procedure, 'w6')}")
    expect(page.get_by_text("A finished score moves on by itself")).to_be_hidden()
    for name, text in {"visited_on": "2024-04-12", "score_pain": "7.5", "score_opioid": "y"}.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_role("button", name="Record the visit").click()
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    plain.close()
    assert scores_of(FollowUpVisit.objects.get()) == {"pain": 7.5, "opioid": 1}


def test_what_is_unlikely_is_saved_with_its_reason_by_the_keyboard(visit, procedure, nurse):
    """Pain of 7, of which the sixth item of MSTS says that there is none."""
    page = visit(nurse).open(form_of(procedure, "w6", on="2024-04-12"))
    hands = Hands(page)
    hands.press("=", "7", "Enter", "5", "5", "Control+Enter")
    expect(page.get_by_role("group", name="Unlikely, but it may be so")).to_be_visible()
    expect(focused(page)).to_have_id("id_override_F6")
    shot(page, "warned-1280")
    assert too_wide(page) + unreadable(page) == []
    hands.write("asked again")
    hands.press("Enter", "Enter")
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert scores_of(FollowUpVisit.objects.get()) == {"pain": 7, "cpaf": 5, "msts_pain": 5}
