"""An investigator makes a plan with the keyboard alone, runs it, and unfolds what a reviewer would ask."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from outcomes.models import Plan
from tests.browser.keyboard import focused, tab_to
from tests.browser.test_browser_pages import too_wide, unreadable

PLANS = reverse("plan-list", args=["clunk-demo"])
COMPUTED = 60_000


def choose(page: Page, label: str, words: str) -> None:
    """Go to a select and type the beginning of a choice."""
    box = page.get_by_label(label, exact=True)
    if not box.evaluate("element => element === document.activeElement"):
        tab_to(page, box)
    page.keyboard.type(words, delay=5)


def press(page: Page, name: str) -> None:
    """Go to a button and press it."""
    tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


@pytest.fixture
def made(visit, nails, surgeon) -> Page:
    """A plan of one comparison of timepoints, made and kept with the keyboard."""
    page = visit(surgeon).open(PLANS)
    tab_to(page, page.get_by_role("link", name="New plan"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the plan")).to_be_focused()
    page.keyboard.type("Does pain fall")
    tab_to(page, page.get_by_label("Also compute what a reviewer would ask"))
    page.keyboard.press("Space")
    choose(page, "What to ask", "Compare timepoints")
    press(page, "Choose")
    expect(page.get_by_label("Instrument", exact=True)).to_be_focused()
    choose(page, "Instrument", "Pain")
    press(page, "Add the analysis")
    expect(page.get_by_role("main").get_by_role("status").first).to_contain_text("Added: ")
    press(page, "Save the plan")
    expect(page.get_by_role("heading", level=1)).to_have_text("Does pain fall")
    return page


def test_a_plan_is_made_with_the_keyboard_alone(made):
    plan = Plan.objects.get()
    assert (plan.slug, plan.document["beside"]) == ("does-pain-fall", True)
    assert [entry["type"] for entry in plan.document["analyses"]] == ["kruskal_dunn"]
    expect(made.get_by_text("The plan is kept as version 1.")).to_be_visible()


def test_a_plan_is_run_and_one_switch_unfolds_what_a_reviewer_would_ask(made, dispatcher):
    press(made, "Run the plan")
    made.get_by_role("link", name="Open the report").click(timeout=COMPUTED)
    expect(made.get_by_role("heading", level=1)).to_have_text("Does pain fall")
    folded = made.locator("details[data-beside]").first
    expect(folded).not_to_have_attribute("open", "")
    tab_to(made, made.get_by_label("Under each table, show what a reviewer would ask"))
    made.keyboard.press("Space")
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator(".plainly").first).to_be_visible()
    assert made.url.endswith("?beside=1")
    made.reload()
    expect(folded).to_have_attribute("open", "")
    assert too_wide(made) + unreadable(made) == []


def test_the_pages_of_plans_fit_a_desk_and_a_phone_and_can_be_read_out(made, surgeon):
    wrong = []
    edit = reverse("plan-edit", args=["clunk-demo", "does-pain-fall"])
    for path in (
        PLANS,
        reverse("plan-new", args=["clunk-demo"]),
        edit,
        reverse("plan-detail", args=["clunk-demo", "clunk2025"]),
    ):
        made.goto(path)
        wrong += too_wide(made) + unreadable(made)
    made.goto(edit)
    made.get_by_role("button", name="Show as JSON").click()
    expect(made.get_by_label("The plan as JSON")).to_be_focused()
    wrong += too_wide(made) + unreadable(made)
    assert wrong == []


def test_what_is_wrong_with_an_analysis_takes_the_focus_and_leads_to_its_field(made):
    made.goto(reverse("plan-new", args=["clunk-demo"]))
    made.get_by_label("What to ask").select_option("wilcoxon_paired")
    made.get_by_role("button", name="Choose").click()
    made.get_by_role("button", name="Add the analysis").click()
    expect(focused(made)).to_contain_text(re.compile("Not added yet: 3 entries"))
    made.keyboard.press("Tab")
    made.keyboard.press("Enter")
    expect(made.get_by_label("Instrument", exact=True)).to_be_in_viewport()
    assert too_wide(made) + unreadable(made) == []
