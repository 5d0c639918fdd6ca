"""The trail in a browser: it fits, nothing bars the way, and a patient is found without an address that says so."""

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from registry.actions import standing
from registry.clock import desk_day
from registry.models import Patient
from tests.browser.test_browser_axe import barriers


@pytest.mark.parametrize("width", [1280, 390])
def test_the_trail_is_read_by_the_sites_admin_at_both_widths(visit, nails, admin, width):
    patient = Patient.objects.get(study_number="N-004")
    standing.withdraw_patient(patient=patient, on=desk_day(), reason="moved away", version=patient.version, by=admin)
    call_command("verify_audit")
    page = visit(admin, width=width).open(reverse("trail"))
    expect(page.get_by_text("The trail holds.")).to_be_visible()
    assert list(barriers(page)) == []
    page.get_by_label("Patient (study number)").fill("N-004")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Only N-004")).to_be_visible()
    expect(page.get_by_role("cell", name="moved away").first).to_be_visible()
    assert "N-004" not in page.url
