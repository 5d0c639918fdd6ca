"""What every page promises: it fits, it is reached by the keyboard, it is read out in order."""

import time
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Result
from outcomes.reproduction import results as reproduction
from outcomes.waiting import wait_for
from registry.models import FollowUpVisit, Procedure
from tests.browser.keyboard import focused

WIDTHS = (1280, 390)
NOWHERE = "00000000-0000-4000-8000-000000000000"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Each of these lists what is wrong, by its tag and its words.
SAY = "const say = each => each.tagName + ' ' + (each.id || each.textContent.trim().slice(0, 40));"
UNNAMED = f"""() => {{ {SAY}
    const named = each => [...each.labels ?? []].some(label => label.textContent.trim())
        || each.ariaLabel || each.getAttribute('aria-labelledby') || each.textContent.trim();
    return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], progress')]
        .filter(each => !named(each)).map(say); }}"""
SKIPPED_HEADINGS = f"""() => {{ {SAY}
    const headings = [...document.querySelectorAll('h1, h2, h3, h4')], level = each => each ? +each.tagName[1] : 0;
    return headings.filter((each, place) => level(each) > level(headings[place - 1]) + 1).map(say)
        .concat(document.querySelectorAll('h1').length === 1 ? [] : ['not one h1']); }}"""
LOST_REGIONS = f"""() => {{ {SAY}
    return [...document.querySelectorAll('.table-scroll')].filter(each => each.tabIndex !== 0
        || each.getAttribute('role') !== 'region'
        || !(each.ariaLabel || document.getElementById(each.getAttribute('aria-labelledby')))).map(say); }}"""
LOST_REFERENCES = """() => [...document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]')].flatMap(
    each => [each.getAttribute('aria-describedby'), each.getAttribute('aria-labelledby'), each.getAttribute('for')]
        .filter(Boolean).join(' ').split(' ')).filter(id => !document.getElementById(id))"""
OUTLINE = "each => [getComputedStyle(each).outlineStyle, parseFloat(getComputedStyle(each).outlineWidth)]"


@pytest.fixture
def pages(nails, admin, dispatcher) -> list[str]:
    """The address of every page that there is, one of each kind, with a report that has been computed."""
    procedure = Procedure.objects.get(patient__study_number="N-004")
    visit = FollowUpVisit.objects.filter(procedure=procedure, missed=None).first()
    cohort = visible_cohorts(admin).get(slug="clunk-demo")
    job = wait_for(ask_analysis(cohort=cohort, plan=None, by=admin).pk, seconds=60)
    wait_for(reproduction.ask("clunk2025", cohort, by=admin).pk, seconds=120)
    results = [Result.objects.filter(type=kind).first() for kind in ("describe_by_timepoint", "mannwhitney")]
    return [
        reverse("home"),
        reverse("patient-list"),
        reverse("patient-list") + "?q=nobody",
        reverse("patient-detail", args=[procedure.patient_id]),
        reverse("visit-create", args=[procedure.pk]),
        reverse("visit-correct", args=[visit.pk]),
        reverse("cohort-list"),
        reverse("cohort-report", args=["clunk-demo"]),
        reverse("reproduction-list"),
        reverse("reproduction", args=["clunk2025"]),
        reverse("job-detail", args=[job.pk]),
        *(reverse("result-detail", args=[result.pk]) for result in results),
        reverse("result-counts", args=[results[0].pk]),
        reverse("api-docs"),
        reverse("patient-detail", args=[NOWHERE]),
    ]


def too_wide(page: Page) -> list[str]:
    """The widths at which the page is wider than its window."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        over = settled_overflow(page)
        found += [f"{urlsplit(page.url).path}: {over} px too wide at {width} px"] if over > 0 else []
    return found


def settled_overflow(page: Page) -> int:
    """By how much the page is too wide, once figures have followed the window."""
    ends = time.monotonic() + 3
    while (over := page.evaluate(OVERFLOW)) > 0 and time.monotonic() < ends:
        page.wait_for_timeout(100)
    return over


def unreadable(page: Page) -> list[str]:
    """What a screen reader would stumble over."""
    path = urlsplit(page.url).path
    checks = (UNNAMED, SKIPPED_HEADINGS, LOST_REGIONS, LOST_REFERENCES)
    return [f"{path}: {found}" for check in checks for found in page.evaluate(check)]


def test_a_page_that_complains_or_asks_another_host_is_noticed(visit, nurse):
    visitor = visit(nurse)
    page = visitor.open(reverse("cohort-list"))
    page.evaluate("console.error('a complaint')")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => null)")
    assert any("a complaint" in each for each in visitor.complaints)
    assert any("Content Security Policy" in each for each in visitor.complaints)
    visitor.complaints.clear()


def test_every_page_fits_a_desk_and_a_phone_and_can_be_read_out(visit, pages, admin):
    visitor, wrong = visit(admin), []
    for path in pages:
        page = visitor.open(path)
        if path == reverse("api-docs"):
            expect(page.locator(".opblock").first).to_be_visible()
        else:
            wrong += unreadable(page)
        wrong += too_wide(page)
        page.close()
    assert wrong == []


def test_pages_for_those_who_may_not_fit_too(visit, nails, surgeon):
    procedure = Procedure.objects.first()
    stranger, reader = visit(), visit(surgeon)
    opened = [
        stranger.open(reverse("login")),
        reader.open(reverse("visit-create", args=[procedure.pk])),
        reader.open(reverse("cohort-report", args=["clunk-demo"])),
    ]
    titles = [page.get_by_role("heading", level=1).inner_text() for page in opened]
    assert titles[:2] == ["Log in", "You may see this, but not change it"]
    assert [wrong for page in opened for wrong in too_wide(page) + unreadable(page)] == []


def test_a_refused_form_fits_a_phone_and_can_be_read_out(visit, nails, nurse):
    procedure = Procedure.objects.get(patient__study_number="N-004")
    page = visit(nurse, width=390).open(reverse("visit-create", args=[procedure.pk]))
    for name, text in {"visited_on": "31.12.2021", "score_pain": "7,5", "score_ecog": "9"}.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_role("button", name="Record the visit").click()
    expect(focused(page)).to_contain_text("Not saved yet")
    assert too_wide(page) + unreadable(page) == []


def test_the_skip_link_comes_first_and_leads_past_the_menu(visit, nurse):
    page = visit(nurse).open(reverse("patient-list"))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Study number")).to_be_focused()


def test_wherever_the_focus_is_it_can_be_seen(visit, nails, nurse):
    procedure = Procedure.objects.get(patient__study_number="N-004")
    visitor = visit(nurse)
    for path in (
        reverse("patient-list"),
        reverse("patient-detail", args=[procedure.patient_id]),
        reverse("visit-create", args=[procedure.pk]),
    ):
        page, seen = visitor.open(path), 0
        page.locator(".skip").focus()
        while page.keyboard.press("Tab") or focused(page).count():
            style, width = focused(page).evaluate(OUTLINE)
            assert style == "solid" and width >= 2, focused(page).evaluate("each => each.outerHTML.slice(0, 120)")
            expect(focused(page)).to_be_in_viewport()
            seen += 1
        assert seen > 10
