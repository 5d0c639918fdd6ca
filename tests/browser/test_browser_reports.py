"""An investigator's work at the screen: asking for a report, watching it being computed, reading it."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

REPORT = reverse("cohort-report", args=["clunk-demo"])
# A dozen requests of Celery's and a few seconds of statistics.
COMPUTED = 45_000


def ask(page: Page) -> None:
    page.get_by_role("button", name="Compute the report").click()
    expect(page.locator("#job-state")).to_be_visible()


@pytest.fixture
def report(visit, nails, surgeon, dispatcher) -> Page:
    """The newest report of the nails, asked for with the button and opened by its link."""
    page = visit(surgeon).open(REPORT)
    ask(page)
    page.get_by_role("link", name="Open the report").click(timeout=COMPUTED)
    return page


def test_an_investigator_asks_for_a_report_and_watches_its_progress(visit, nails, surgeon, worker):
    page = visit(surgeon).open(REPORT)
    expect(page.get_by_text("No report yet")).to_be_visible()
    ask(page)
    expect(page.locator("#job-state")).to_have_text("Waiting for a worker")


def test_a_computed_report_has_drawn_figures_with_n_and_says_that_its_data_are_synthetic(report):
    expect(report.get_by_role("heading", level=1)).to_have_text("Photodynamic nails of the sacrum (demonstration)")
    expect(report.get_by_label("About these data")).to_have_text("Synthetic demonstration data - no patients")
    figures = report.locator(".figure[data-figure]")
    expect(figures).to_have_count(13)
    for figure in figures.all():
        expect(figure.locator("svg.main-svg").first).to_be_visible()
        expect(figure).to_contain_text("reoperative")
        expect(figure).to_contain_text(re.compile(r"14 \(0\)|7 \(0\)|12|n = (13|11|6)"))
        expect(figure).to_have_attribute("aria-label", re.compile(r"n = \d"))


def test_the_page_and_the_api_give_the_same_numbers(report):
    table = report.locator(".table-block", has_text="change within patients").first
    row = table.get_by_role("row", name=re.compile("^Preoperative to 6 weeks"))
    shown = row.get_by_role("cell").last.inner_text()
    table.get_by_text("results behind these numbers").click()
    page_of_result = table.locator(".source li a:not(.json)").first.get_attribute("href")
    answer = report.request.get(f"/api/v1{page_of_result}")
    assert answer.status == 200
    payload = answer.json()["payload"]
    assert re.fullmatch(r"0\.\d{2,3}", shown)
    assert float(shown) == pytest.approx(payload["p_exact_ties"], abs=0.0005)

    report.goto(page_of_result)
    report.get_by_text("Every number, unrounded").click()
    for name in ("p_exact_ties", "n_pairs", "W_plus", "median_change"):
        row = report.get_by_role("row", name=re.compile(rf"^{name} "))
        expect(row.get_by_role("cell")).to_have_text(str(payload[name]))
