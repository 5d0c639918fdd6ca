"""Every page there is, looked at by axe-core: WCAG 2.2 AA, on a desk and on a phone, light and dark."""

from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from django.urls import get_resolver, reverse
from playwright.sync_api import Page

from registry.models import Procedure
from tests.browser.test_browser_pages import OVERFLOW, WIDTHS, settled_overflow
from tests.doors import DOORS, WHO, address, rows_of
from tests.every_door import doors_of

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = {"light": {"type": "tag", "values": AA}, "dark": {"type": "rule", "values": ["color-contrast"]}}
HEIGHT = "document.documentElement.scrollHeight"
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Another project's page inside ours; what is around it is looked at.
ALL_OF_OURS = {"exclude": [["#swagger-ui"]]}


def barriers(page: Page) -> Iterator[str]:
    """What axe finds and how far the page is too wide, at each width; in the dark the colours alone are different,
    and they are the same at each width.

    The window is as high as the page: what a bar that stays in view covers for the moment is no barrier.
    """
    path = urlsplit(page.url).path
    page.evaluate(AXE)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if settled_overflow(page) > 0:
            yield f"{path} at {width} px: {page.evaluate(OVERFLOW)} px too wide"
        page.set_viewport_size({"width": width, "height": max(900, page.evaluate(HEIGHT))})
        for scheme, only in LOOKS.items() if width == max(WIDTHS) else [("light", LOOKS["light"])]:
            page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
            page.evaluate(PAINTED)
            for violation in found_by_axe(page, only):
                nodes = "; ".join(f"{node['target']} {node['html'][:90]}" for node in violation["nodes"][:3])
                yield f"{path} at {width} px, {scheme}: {violation['id']} ({len(violation['nodes'])}): {nodes}"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")


def found_by_axe(page: Page, only: dict) -> list[dict]:
    options = {"runOnly": only, "resultTypes": ["violations"]}
    return page.evaluate("([where, options]) => axe.run(where, options)", [ALL_OF_OURS, options])["violations"]


def looked_at(visitor, path: str, into: list[str]) -> None:
    """Look at a page; an address that answers with a file cannot be opened."""
    page = visitor.open(path)
    into += barriers(page)
    page.close()


def is_page(visitor, path: str) -> bool:
    """Whether an address answers with a whole page, and not with a file, a part of a page or rows."""
    answer = visitor.context.request.get(path, max_redirects=0)
    is_file = answer.headers.get("content-disposition", "").startswith("attachment")
    return not is_file and "text/html" in answer.headers.get("content-type", "") and b"<html" in answer.body()


# Addresses that answer with a file, or with a part of a page.
NOT_PAGES = {
    "chart-derived", "completeness-csv", "document-file", "draft", "import-errors", "import-progress", "import-record",
    "import-template", "job-news", "job-progress", "livez", "pooled-file", "query-csv", "readyz", "session",
    "sharing-file", "visit-check", "visit-correct-check",
}  # fmt: skip
# Addresses that nobody of the cast may open, or that only take what is sent to them; the reading has a test below.
NOBODYS = {
    "account_logout", "mfa_authenticate", "mfa_deactivate_totp", "mfa_login_webauthn", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes",
    "api-bundle", "api-pooling-study-sums", "api-release-detail", "api-release-file", "api-release-manifest",
    "api-unknown", "check-value", "cohort-preview", "document-make", "freeze-release", "freeze-verify",
    "job-cancel", "job-open", "job-retry", "job-seen", "logout", "pooling-add-up", "pooling-bundle",
    "pooling-key", "pooling-revoke", "reading-make", "redcap-api", "sharing-approve", "sharing-retire", "sharing-send",
}  # fmt: skip
# What each role sees in another way.
LESS = ("home", "worklist", "patient-list", "patient-detail", "visit-create", "cohort-report", "status-grid")


@pytest.fixture
def rows(transactional_db, north, admin) -> dict:
    return rows_of(north, "hips", admin)


def who_may(name: str) -> str | None:
    """The first of the cast, the site's admin before all, who is answered with the page."""
    answers = dict(zip(WHO, DOORS[name].get.split(), strict=True))
    return next((who for who in ("admin", *WHO) if answers[who] == "200"), None)


def test_no_page_of_the_street_map_has_a_barrier(visit, rows, request):
    every = list(doors_of(get_resolver().url_patterns))
    names = [name for name in every if who_may(name)]
    assert set(every) - set(names) == NOBODYS
    visitors, wrong, seen = {}, [], []
    for name in names:
        who = who_may(name)
        if who not in visitors:
            visitors[who] = visit(None if who == "anonymous" else request.getfixturevalue(who))
        visitor, path = visitors[who], address(name, rows)
        if (name in NOT_PAGES or name.startswith("api-")) and not is_page(visitor, path):
            continue
        looked_at(visitor, path, wrong)
        seen.append(name)
    assert wrong == []
    assert set(seen).isdisjoint(NOT_PAGES)
    assert len(seen) > 50 and {"api-docs", "home", "login"} <= set(seen)


def test_what_those_see_who_may_less_has_no_barrier(visit, rows, request):
    wrong = []
    for who in ("nurse", "surgeon", "pool", "nobody"):
        visitor = visit(request.getfixturevalue(who))
        for name in LESS:
            looked_at(visitor, address(name, rows), wrong)
    assert wrong == []


def test_a_second_reading_has_no_barrier_for_its_reader(visit, rows):
    wrong = []
    looked_at(visit(rows["reading"].reader), address("reading-make", rows), wrong)
    assert wrong == []


def test_the_desk_full_of_work_has_no_barrier(visit, nails, nurse):
    procedure = Procedure.objects.get(patient__study_number="N-004")
    visitor, wrong = visit(nurse), []
    for path in (
        reverse("worklist") + "?show=abstract",
        reverse("worklist") + "?show=undated",
        reverse("status-grid", args=["clunk-demo"]),
        reverse("status-grid", args=["clunk-demo"]) + "?forms=all",
        reverse("completeness", args=["clunk-demo"]),
        reverse("patient-detail", args=[procedure.patient_id]),
        reverse("visit-create", args=[procedure.pk]),
    ):
        looked_at(visitor, path, wrong)
    assert wrong == []


def test_a_page_with_barriers_is_noticed(visit, nurse):
    page = visit(nurse).open(reverse("worklist"))
    page.evaluate("""() => {
        document.querySelector('select').removeAttribute('id');
        document.querySelector('h1').style.color = '#ccc';
        document.querySelector('main').style.minWidth = '2000px'; }""")
    found = " ".join(barriers(page))
    assert "select-name" in found
    assert "color-contrast" in found
    assert "too wide" in found
