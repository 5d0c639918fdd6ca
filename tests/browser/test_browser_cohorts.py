"""An investigator builds a cohort with the keyboard alone, watches who falls out, saves it and makes version 2."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from outcomes.models import Cohort
from tests.browser.keyboard import focused, tab_to
from tests.browser.test_browser_pages import too_wide, unreadable

NAME = "Women over sixty"


def press(page: Page, name: str) -> None:
    """Go to a button and press it."""
    tab_to(page, page.get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def find(page: Page, words: str, side: str, variable: str) -> None:
    """Search for a variable and take it on one side of the rule."""
    tab_to(page, page.get_by_label("Find a variable"))
    page.keyboard.type(words)
    tab_to(page, page.locator(f"button[value='{side}:{variable}']"))
    page.keyboard.press("Enter")


@pytest.fixture
def begun(visit, nails, surgeon) -> Page:
    """The form of a new cohort over the demonstration study, reached with the keyboard."""
    page = visit(surgeon).open(reverse("cohort-list"))
    tab_to(page, page.get_by_role("link", name="New cohort"))
    page.keyboard.press("Enter")
    press(page, "Go on to the rule")
    expect(page.get_by_label("Name of the cohort")).to_be_focused()
    page.keyboard.type(NAME)
    return page


@pytest.fixture
def built(begun) -> Page:
    """Two criteria, added with the keyboard."""
    count = begun.locator("#count")
    expect(count).to_have_text(re.compile(r"^14 patients analysed"))
    find(begun, "age at", "include", "age")
    expect(begun.locator("select:focus")).to_have_attribute("name", "include.0.op")
    begun.keyboard.press("Tab")
    begun.keyboard.type("60")
    expect(count).not_to_have_text(re.compile(r"^14 "))
    find(begun, "sex", "include", "sex")
    expect(begun.locator("p.said")).to_contain_text("Included by: Sex")
    tab_to(begun, begun.get_by_label("Female", exact=True))
    begun.keyboard.press("Space")
    expect(begun.locator("#live .flow-out")).to_contain_text("Sex is")
    return begun


def test_a_cohort_is_built_with_the_keyboard_alone_and_the_count_follows(built):
    shown = int(built.locator("#live .live-count b").inner_text())
    left = [int(n) for n in built.locator("#live .flow-out li b").all_inner_texts()]
    assert shown == 14 - sum(left) and 0 < shown < 14
    press(built, "Save the cohort")
    expect(built.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(built.get_by_text("The cohort is kept as version 1.")).to_be_visible()
    rule = Cohort.objects.get(name=NAME).rule
    assert [each["variable"] for each in rule["include"]] == ["age", "sex"]
    assert too_wide(built) + unreadable(built) == []


def test_an_edit_makes_version_2_and_the_page_says_what_changed(built):
    press(built, "Save the cohort")
    expect(built.get_by_text("The cohort is kept as version 1.")).to_be_visible()
    tab_to(built, built.get_by_role("link", name="Edit", exact=True))
    built.keyboard.press("Enter")
    limit = built.locator("[id='include.0.value']")
    tab_to(built, limit)
    built.keyboard.press("Control+A")
    built.keyboard.type("65")
    press(built, "Save the cohort")
    expect(built.get_by_text("The cohort is kept as version 2.")).to_be_visible()
    versions = built.locator("ol.versions > li")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("at least 65")
    expect(versions.first).to_contain_text("at least 60")
    assert Cohort.objects.get(name=NAME).version == 2
    assert too_wide(built) + unreadable(built) == []


def test_what_is_lacking_takes_the_focus_and_leads_to_its_criterion(begun):
    find(begun, "age at", "exclude", "age")
    press(begun, "Save the cohort")
    expect(focused(begun)).to_contain_text("Not saved yet")
    begun.keyboard.press("Tab")
    begun.keyboard.press("Enter")
    expect(begun.locator("[id='exclude.0.op']")).to_be_in_viewport()
    assert too_wide(begun) + unreadable(begun) == []
