"""Logging in with a second factor, setting one up, the warning before a session ends, and the admin's pages."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.actions.people import issue_token
from registry.models import Draft, User
from tests.browser.test_browser_axe import barriers
from tests.browser.test_browser_pages import too_wide, unreadable
from tests.builders import PASSWORD, build_member, build_patient, build_procedure, build_study
from tests.registry.signin.steps import code_of

SHOTS = os.environ.get("SHOTS")


def shot(page: Page, name: str) -> None:
    """A picture for who wants to look, where a folder is named for them."""
    if SHOTS:
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def looked_at(page: Page, name: str, wrong: list[str]) -> None:
    shot(page, name)
    wrong += [*barriers(page), *too_wide(page), *unreadable(page)]
    page.set_viewport_size({"width": 1280, "height": 900})


def log_in(page: Page, user: User) -> None:
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


@pytest.fixture
def asked_for(settings):
    settings.MFA_REQUIRED = settings.CONFIRM_AGAIN = True


@pytest.fixture
def at_localhost(visit, live_server):
    """A browser that calls this machine by its name: passkeys are for names, not for numbers."""
    visitor = visit()
    visitor.address = live_server.url.replace("127.0.0.1", "localhost")
    return visitor


def with_key(visitor, path: str) -> Page:
    """A tab of a machine with a passkey device."""
    page = visitor.context.new_page()
    devices = visitor.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
              "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    page.goto(f"{visitor.address}{path}")
    return page


def test_an_app_is_set_up_and_its_code_is_asked_for(visit, nurse, asked_for, transactional_db):
    page, wrong = visit().open("/"), []
    looked_at(page, "login", wrong)
    log_in(page, nurse)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    looked_at(page, "factors-none", wrong)
    page.get_by_role("link", name="Set up an app").click()
    looked_at(page, "factor-app", wrong)
    page.get_by_label("Code that the app shows").fill(code_of(page.locator("dd code").inner_text()))
    page.get_by_role("button", name="Set up the app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    code = page.locator("ul.codes code").first.inner_text()
    looked_at(page, "recovery-codes", wrong)
    page.goto(reverse("mfa_index"))
    looked_at(page, "factors-app", wrong)
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_reauthenticate", "account_reauthenticate"):
        page.goto(reverse(name))
        looked_at(page, name, wrong)
    again = visit().open("/")
    log_in(again, nurse)
    expect(again.get_by_role("heading", level=1)).to_have_text("Second factor")
    again.get_by_label("Code").fill("12345678")
    again.get_by_role("button", name="Log in", exact=True).click()
    expect(again.get_by_text("Incorrect code.")).to_be_visible()
    looked_at(again, "second-factor", wrong)
    again.get_by_label("Code").fill(code)
    again.get_by_role("button", name="Log in", exact=True).click()
    expect(again.get_by_role("link", name="Worklist")).to_be_visible()
    assert wrong == []


def test_a_passkey_is_added_and_logs_in_without_a_password(at_localhost, nurse, asked_for, transactional_db):
    page = with_key(at_localhost, "/")
    log_in(page, nurse)
    page.get_by_role("link", name="Add a passkey").click()
    shot(page, "passkey-add")
    page.get_by_text("Log in with it alone").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto(f"{at_localhost.address}{reverse('mfa_index')}")
    shot(page, "factors-passkey")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("link", name="Worklist")).to_be_visible()


def test_who_types_is_warned_before_the_session_ends_and_finds_the_draft_after_the_log_in(
    visit, north, nurse, settings, transactional_db
):
    procedure = build_procedure(patient=build_patient(study=build_study(site=north), site=north))
    settings.SESSION_IDLE_SECONDS = 100
    page = visit(nurse).open(f"{reverse('visit-create', args=[procedure.pk])}?timepoint=w6")
    warning = page.get_by_role("alertdialog")
    expect(warning).to_contain_text("You will be logged out in")
    page.locator("#id_score_pain").fill("7")
    expect(page.get_by_text(re.compile("Kept as a draft at"))).to_be_visible()
    shot(page, "session-warning")
    settings.SESSION_IDLE_SECONDS = 1800
    page.get_by_role("button", name="Stay logged in").click()
    expect(warning).to_be_hidden()
    settings.SESSION_IDLE_SECONDS = 1
    page.wait_for_timeout(1500)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(warning).to_contain_text("You are logged out.")
    settings.SESSION_IDLE_SECONDS = 1800
    Session.objects.all().delete()
    assert Draft.objects.get().content["score_pain"] == "7"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Log in again").click()
    log_in(page, nurse)
    expect(page.get_by_role("heading", name=re.compile("You typed into this form"))).to_be_visible()


def test_the_pages_of_a_sites_admin_can_be_read_on_a_desk_and_a_phone(visit, north, admin, nurse, transactional_db):
    gone = build_member("former-colleague", north, "investigator")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    issue_token(user=nurse, name="Nightly pull", scopes=["read:rows", "read:results"], sites=[north], by=admin,
                life=timedelta(days=30))  # fmt: skip
    page, wrong = visit(admin).open(reverse("people-list")), []
    pages = {"people-list": [], "token-list": [], "site-list": [], "person-new": []}
    pages |= {"site-rename": [north.pk], "token-new": [nurse.pk], "person-detail": [nurse.pk]}
    for name, args in pages.items():
        page.goto(reverse(name, args=args))
        looked_at(page, name, wrong)
    page.get_by_text("Disable", exact=True).click()
    page.get_by_role("button", name="Disable nurse").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    looked_at(page, "person-refused", wrong)
    page.goto(reverse("person-new"))
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Reason").fill("starts on Monday")
    page.get_by_role("button", name="Add the person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The first password of newcomer")
    looked_at(page, "first-password", wrong)
    assert wrong == []
