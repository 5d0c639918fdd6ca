"""A site admin lets rows of a freeze go: refused in words, then under an agreement, on a desk and on a phone."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from registry.models import Job
from reports.tasks import make_release
from tests.browser.keyboard import tab_to
from tests.reports.releases.released import build_alike, frozen_now


@pytest.fixture
def kept(transactional_db, north, surgeon):
    return frozen_now(build_alike(north, surgeon, patients=3), surgeon)


@pytest.mark.parametrize("width", [1280, 390])
def test_rows_are_released_by_keyboard_once_an_agreement_is_named(visit, kept, admin, pool, width):
    page = visit(admin, width=width).open(reverse("freeze-detail", args=[kept.pk]))
    tab_to(page, page.get_by_text("Release rows to somebody"))
    page.keyboard.press("Enter")
    page.get_by_label("Recipient").select_option(label="pool")
    tab_to(page, page.get_by_role("button", name="Release", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Of 3 patients, 3 have fewer than 4 others who are alike")
    page.get_by_label(re.compile("^Patients who have to be alike")).fill("3")
    page.get_by_label(re.compile("^Agreement")).fill("DUA 12 of 3 May 2026")
    page.get_by_role("button", name="Release", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Release of Study nails")
    make_release(str(Job.objects.get().pk))
    page.goto(reverse("freeze-detail", args=[kept.pk]))
    row = page.get_by_role("row", name=re.compile("^pool"))
    expect(row).to_contain_text("Safe harbor")
    expect(row).to_contain_text("not yet")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
