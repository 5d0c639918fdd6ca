"""Somebody's own figures at the screen: typed, checked, corrected; on a phone too."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.outcomes.consistency.printed_figures import PUBLISHED

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_published_figures_are_uploaded_and_their_findings_read(visit, transactional_db, nobody, width):
    page = visit(nobody, width=width).open("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Figures").click()
    page.get_by_label("JSON file").set_input_files(PUBLISHED)
    page.get_by_role("button", name="Check the figures").click()
    expect(page.get_by_role("heading", name="14 findings")).to_be_visible(timeout=20_000)
    row = page.get_by_role("row").filter(has_text="28.57 (200/7)")
    expect(row).to_contain_text("COX-0127")
    expect(row.locator(".badge")).to_have_text("disagrees")
    assert page.evaluate(OVERFLOW) <= 0
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/figures-{width}.png", full_page=True)


def test_what_was_typed_wrongly_stays_and_is_corrected(visit, transactional_db, nobody):
    page = visit(nobody, width=390).open(reverse("figures-check"))
    text = page.get_by_label("Printed figures")
    text.fill('{"records": [{"id": "A", "paper": "p", "variable": "v", "values": {"mean": "7,3"}}]}')
    page.get_by_role("button", name="Check the figures").click()
    expect(page.get_by_role("alert")).to_contain_text("A: values.mean = '7,3' is not a number as it is printed")
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/figures-error.png", full_page=True)
    expect(text).to_have_value('{"records": [{"id": "A", "paper": "p", "variable": "v", "values": {"mean": "7,3"}}]}')
    text.fill('{"records": [{"id": "A", "paper": "p", "variable": "msts", "values": {"mean": 7.3, "n": 9}}]}')
    page.get_by_role("button", name="Check the figures").click()
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
