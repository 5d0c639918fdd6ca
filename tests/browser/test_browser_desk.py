"""The desk's overviews in the browser: the worklist is worked through without a mouse, the grid stays readable."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from registry.clock import desk_day
from tests.browser.keyboard import focused
from tests.builders import build_patient, build_procedure, build_study


@pytest.fixture
def three_due(transactional_db, north):
    """Three patients whose visit at six weeks is due, the most pressing last entered."""
    study = build_study(slug="hips", site=north, schedule="clunk")
    return [
        build_procedure(
            patient=build_patient(study=study, site=north, study_number=f"N-{number}"),
            performed_on=desk_day() - timezone.timedelta(days=35 + number),
        )
        for number in (1, 2, 3)
    ]


def test_the_worklist_is_worked_through_from_the_keyboard(visit, three_due, nurse):
    page = visit(nurse).open(reverse("worklist") + "?show=closing")
    expect(page.locator("[data-worklist] tbody th a")).to_have_text([f"N-{n}: 6 weeks" for n in (3, 2, 1)])
    for key, number in (("j", 3), ("ArrowDown", 2), ("j", 1), ("j", 1), ("k", 2), ("ArrowUp", 3), ("k", 3)):
        page.keyboard.press(key)
        expect(focused(page)).to_contain_text(f"N-{number}")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('visit-create', args=[three_due[1].pk])}*timepoint=w6*")


def test_a_letter_typed_into_a_field_does_not_move_through_the_list(visit, three_due, nurse):
    page = visit(nurse).open(reverse("worklist") + "?show=due")
    page.get_by_label("Study").focus()
    page.keyboard.press("j")
    expect(page.get_by_label("Study")).to_be_focused()


def test_the_grids_head_and_patients_stay_in_view_on_a_desk_and_are_cards_on_a_phone(visit, three_due, nurse):
    page = visit(nurse).open(reverse("status-grid", args=["hips"]) + "?forms=all")
    region = page.get_by_role("region", name="Status of each patient")
    region.evaluate("each => each.scrollTo(600, 0)")
    expect(page.get_by_role("link", name="N-1")).to_be_in_viewport()
    box = page.get_by_role("link", name="N-1").bounding_box()
    assert box["x"] < 200
    page.set_viewport_size({"width": 390, "height": 900})
    assert region.evaluate("each => each.scrollWidth <= each.clientWidth")
    expect(page.get_by_role("rowheader")).to_have_count(3)
    expect(page.locator("td[data-for='6 weeks']").first).to_contain_text("due")


def test_home_fills_in_how_complete_each_study_is(visit, three_due, nurse):
    page = visit(nurse).open(reverse("home"))
    expect(page.get_by_text("3 visits closing within 30 days")).to_be_visible()
    expect(page.locator(".lazy dl")).to_contain_text("Completeness")
