"""The doors of log-in and second factors, and those of a site's admin: people, tokens, sites."""

from datetime import timedelta

from django.urls import reverse

from registry.access import Role
from registry.actions.people import issue_token
from tests.builders import build_member, key

# name: the row it is about
PEOPLE_DOORS = {
    "login": "",
    "account_login": "",
    "logout": "",
    "account_logout": "",
    "session": "",
    "account_reauthenticate": "",
    "account_change_password": "",
    "mfa_authenticate": "",
    "mfa_login_webauthn": "",
    "mfa_reauthenticate": "",
    "mfa_reauthenticate_webauthn": "",
    "mfa_index": "",
    "mfa_activate_totp": "",
    "mfa_deactivate_totp": "",
    "mfa_add_webauthn": "",
    "mfa_remove_webauthn": "",
    "mfa_view_recovery_codes": "",
    "mfa_generate_recovery_codes": "",
    "people-list": "",
    "person-new": "",
    "person-detail": "person",
    "token-new": "person",
    "token-list": "",
    "token-revoke": "api_token",
    "site-list": "",
    "site-rename": "place",
}
# Steps of the log-in: who is at none of them begins at the first one.
FIRST_STEP = {"mfa_authenticate", "mfa_login_webauthn"}


def people_rows(site, by) -> dict:
    """Somebody at a site, a token of theirs, and the site."""
    person = build_member(f"helper-{site.code}", site, Role.COORDINATOR)
    scope = {"scopes": ["read:rows"], "sites": [site], "life": timedelta(days=1)}
    token, _ = issue_token(user=person, name="reader", by=by, **scope)
    return {"person": person, "api_token": token, "place": site}


def people_address(name: str, rows: dict) -> str:
    if name == "mfa_remove_webauthn":
        return reverse(name, args=[1])
    row = rows.get(PEOPLE_DOORS[name])
    return reverse(name, args=[row.pk] if row else [])


def people_body(door: str, rows: dict) -> dict:
    """A body that the site's admin would be taken with."""
    said = {"reason": "a new desk"}
    bodies = {
        "person-new": said | {"username": f"p-{key()}", "site": rows["place"].code, "role": "coordinator"},
        "person-detail": said | {"do": "give", "site": rows["place"].code, "role": "investigator"},
        "token-new": {"name": "pull", "scopes": ["read:rows"], "sites": [rows["place"].code], "days": "30"},
        "token-revoke": said,
        "site-rename": said | {"name": "Another name"},
    }
    return {"data": bodies.get(door, {})}
