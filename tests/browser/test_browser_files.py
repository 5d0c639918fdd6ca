"""An investigator makes a report in the browser from nothing and takes its files away: every cohort that we have."""

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.actions.people import system_user
from registry.actions.studies import install_definitions
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.load import load_study
from registry.models import Site
from tests.builders import build_member

COMPUTED = 120_000
DEMONSTRATIONS = {"clunk2025": clunk, "cox2025": cox, "gupta2014": gupta}
FOLDERS = ("acupuncture_vickers2004", "licorice_gargle_ruetzler2013", "nhs_proms_2018_19")
WITH_ROWS = "de-identified"


def take(page: Page, name: str) -> bytes:
    """A file of the card that was made last."""
    link = page.get_by_role("link", name=name).last
    with page.expect_download() as taken:
        link.click()
    return Path(taken.value.path()).read_bytes()


def run(page: Page, plan: str) -> None:
    """Run the plan of this name from the list, and open its report."""
    page.get_by_role("button", name=f"Run {plan}").click()
    page.get_by_role("link", name="Open the report").click(timeout=COMPUTED)


def make_files(page: Page) -> None:
    """Ask for the files with de-identified rows, and open them once they are made."""
    card = page.locator("#files .card", has_text=WITH_ROWS)
    card.get_by_role("button", name="Make files").click()
    page.get_by_role("link", name="Open the files").click(timeout=COMPUTED)


def pages_of(pdf: bytes, folder: Path) -> list[Path]:
    """Each page as a picture."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not here: install poppler-utils to see the pages.")
    (folder / "report.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "60", "-gray", "report.pdf", "page"], cwd=folder, check=True)
    return sorted(folder.glob("page-*.pgm"))


def ink(picture: Path) -> int:
    """How many grey values a page has: an empty one has only its white."""
    return len(set(picture.read_bytes()[20:]))


def word_as_pdf(content: bytes, folder: Path) -> bytes:
    """The document as LibreOffice lays it out."""
    (folder / "word.docx").write_bytes(content)
    home = f"-env:UserInstallation=file://{folder / 'office'}"
    convert = ["soffice", home, "--headless", "--convert-to", "pdf", "word.docx"]
    subprocess.run(convert, cwd=folder, check=True, capture_output=True, timeout=180)
    return (folder / "word.pdf").read_bytes()


def check_pages(pdf: bytes, folder: Path) -> None:
    """Some pages, and none without ink."""
    folder.mkdir()
    pictures = pages_of(pdf, folder)
    assert len(pictures) >= 3
    assert [each.name for each in pictures if ink(each) < 10] == []


def check_word(content: bytes, folder: Path) -> None:
    """Tables that can be edited, each picture with words for who does not see it; drawn where LibreOffice is."""
    if shutil.which("soffice"):
        check_pages(word_as_pdf(content, folder), folder / "word")
    document = docx.Document(io.BytesIO(content))
    assert document.tables
    assert document.inline_shapes
    drawn = document.element.xpath("//wp:docPr")
    assert all(each.get("descr") for each in drawn)


def check_data(content: bytes, folder: Path) -> None:
    """The data with their codebook; R, where it is installed, computes every number of the report again from them."""
    data = zipfile.ZipFile(io.BytesIO(content))
    assert {"csv/wide.csv", "codebook.csv", "remake.R", "expected.csv", "manifest.json"} <= set(data.namelist())
    if shutil.which("Rscript") is None:
        return
    data.extractall(folder)
    run = subprocess.run(["Rscript", "remake.R"], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert re.search(r"^([1-9]\d+) of \1 numbers agree", run.stdout, re.M), run.stdout[-2000:]


def check_files(page: Page, folder: Path) -> None:
    check_pages(take(page, "report.pdf"), folder / "pdf")
    check_word(take(page, "report.docx"), folder)
    check_data(take(page, "data.zip"), folder)
    assert b"<script" not in take(page, "report.html")
    assert take(page, "report.xlsx").startswith(b"PK")


@pytest.mark.parametrize("plan", DEMONSTRATIONS)
def test_the_files_of_a_demonstration_are_made_by_its_papers_plan(visit, transactional_db, dispatcher, tmp_path, plan):
    install_definitions(by=system_user())
    study = DEMONSTRATIONS[plan].study()
    load_study(study, by=system_user())
    surgeon = build_member("surgeon", Site.objects.get(code=study.site_code), "investigator")
    page = visit(surgeon).open(reverse("plan-list", args=[study.slug]))
    title = page.locator("li.card", has=page.locator(f"a[href*='/{plan}/']")).get_by_role("heading").inner_text()
    run(page, title)
    make_files(page)
    check_files(page, tmp_path)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_files_of_a_real_study_are_made_by_the_plan_that_came_with_it(
    visit, transactional_db, north, surgeon, dispatcher, shared_data, tmp_path, name
):
    install_definitions(by=system_user())
    call_command("import_study", str(shared_data / name), "--site", "north", verbosity=0)
    page = visit(surgeon).open(reverse("plan-new", args=[name]))
    page.get_by_role("button", name="JSON").click()
    page.locator("#file").set_input_files(shared_data / name / "plan.json")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_text("The plan is kept as version 1.")).to_be_visible()
    page.get_by_role("button", name="Run the plan").click()
    page.get_by_role("link", name="Open the report").click(timeout=COMPUTED)
    make_files(page)
    check_files(page, tmp_path)
