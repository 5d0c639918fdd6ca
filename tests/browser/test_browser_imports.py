"""A coordinator brings a table in with the keyboard alone: file, columns, preview, commit, undo."""

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import focused, tab_to
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.registry.imports.staged import csv_file, scores

WIDE = csv_file(
    ("patient_id", "pain_pre", "pain_6wk", "shoe_size"), ("N-001", "7", "5", "41"), ("N-002", "999", "2", "38")
)


@pytest.fixture
def study(transactional_db, north):
    study = build_study(slug="nails", site=north, name="Nails of the sacrum")
    patient = build_patient(study=study, site=north, study_number="N-001")
    build_visit(procedure=build_procedure(patient=patient), timepoint="w6", scores={"pain": 3})
    return study


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "clinic.csv"
    path.write_bytes(WIDE)
    return path


def fits(page) -> bool:
    """No page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def send(page, file) -> None:
    """From the list of imports to the columns of a file."""
    tab_to(page, page.get_by_role("link", name="Import a file"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("File", exact=True))
    page.get_by_label("File", exact=True).set_input_files(file)
    tab_to(page, page.get_by_role("button", name="Read the file"))
    assert fits(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    assert fits(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_table_goes_in_and_out_by_the_keyboard(visit, study, nurse, file, width):
    page = visit(nurse, width=width).open("/imports/")
    send(page, file)
    expect(page.locator("#target-1")).to_have_value("Score: Pain (VAS / NRS) (pain)")
    expect(page.locator("#timepoint-2")).to_have_value("w6")
    tab_to(page, page.locator("#target-3"))
    page.keyboard.type("Patient: shoes")
    tab_to(page, page.get_by_role("button", name="Compare with the record"))
    page.keyboard.press("Enter")
    expect(focused(page)).to_contain_text("The study has no such place")
    page.locator("#target-3").fill("")
    page.locator("#missing-1").evaluate("field => field.closest('details').open = true")
    page.locator("#missing-1").fill("999=not_recorded")
    page.get_by_role("button", name="Compare with the record").press("Enter")

    expect(page.get_by_role("heading", name="What the file would change")).to_be_visible()
    expect(page.get_by_text("Columns left out: shoe_size")).to_be_visible()
    assert scores(study) == {("N-001", "w6", "pain"): "3"}
    assert fits(page)
    tab_to(page, page.get_by_label("Why is what is recorded changed?"))
    page.keyboard.type("read again in the chart")
    tab_to(page, page.get_by_role("button", name="Write into the record"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("Written into the record by nurse")).to_be_visible()
    assert scores(study) == {
        ("N-001", "preop", "pain"): "7", ("N-001", "w6", "pain"): "5", ("N-002", "preop", "pain"): "not_recorded",
        ("N-002", "w6", "pain"): "2",
    }  # fmt: skip
    tab_to(page, page.get_by_role("button", name="Undo this import"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("nothing had been changed since")).to_be_visible()
    assert scores(study) == {("N-001", "w6", "pain"): "3"}
    assert fits(page)


def test_a_large_file_is_waited_for_and_can_be_cancelled(visit, study, nurse, tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(csv_file(("patient_id", "pain_6wk"), *((f"L-{each:05}", "2") for each in range(20_000))))
    page = visit(nurse).open("/imports/new/")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Waiting for a worker")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
