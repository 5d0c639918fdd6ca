"""The doors of log-in and second factors, and those of a site's admin: people, tokens, sites."""

from datetime import timedelta

from django.urls import reverse

from registry.access import Role
from registry.actions.people import issue_token
from tests.builders import build_member, key

# The answers that the cast gets, in turn; the cast has no second factor.
ALL = "200 200 200 200 200 200 "
NONE = "404 404 404 404 404 404 302"
AWAY = "302 302 302 302 302 302 302"
NOT_SO = "405 405 405 405 405 405 302"
OPEN = {"get": ALL + "200", "post": ALL + "200"}
FOR_EACH = {"get": ALL + "302", "post": ALL + "302"}
LEADS_ON = {"get": AWAY, "post": AWAY}
LIST = {"get": "403 403 200 403 403 403 302"}
ONE = {"get": "404 404 200 404 404 404 302", "elsewhere": NONE, "post": "404 404 302 404 404 404 302"}
SHOWN_ONCE = {"post": "404 404 200 404 404 404 302"}
LOGOUT = {"get": NOT_SO, "post": AWAY}
# name: (what it answers, the row it is about)
PEOPLE_DOORS = {
    "login": (OPEN, ""),
    "account_login": (OPEN, ""),
    "logout": (LOGOUT, ""),
    "account_logout": (LOGOUT, ""),
    "session": (OPEN, ""),
    "account_reauthenticate": (FOR_EACH, ""),
    "account_change_password": (FOR_EACH, ""),
    "mfa_authenticate": (LEADS_ON, ""),
    "mfa_login_webauthn": (LEADS_ON, ""),
    "mfa_reauthenticate": (LEADS_ON, ""),
    "mfa_reauthenticate_webauthn": (LEADS_ON, ""),
    "mfa_index": ({"get": ALL + "302", "post": NOT_SO}, ""),
    "mfa_activate_totp": (FOR_EACH, ""),
    "mfa_deactivate_totp": ({"get": NONE, "post": NONE}, ""),
    "mfa_add_webauthn": (FOR_EACH, ""),
    "mfa_remove_webauthn": ({"get": NONE, "post": NONE}, ""),
    "mfa_view_recovery_codes": ({"get": NONE, "post": NOT_SO}, ""),
    "mfa_generate_recovery_codes": (FOR_EACH, ""),
    "people-list": (LIST | {"post": NOT_SO}, ""),
    "person-new": (LIST | {"post": LIST["get"]}, ""),
    "person-detail": (ONE, "person"),
    "token-new": (ONE | SHOWN_ONCE, "person"),
    "token-list": (LIST | {"post": NOT_SO}, ""),
    "token-revoke": (ONE, "api_token"),
    "site-list": (LIST | {"post": NOT_SO}, ""),
    "site-rename": (ONE, "place"),
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
    row = rows.get(PEOPLE_DOORS[name][1])
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
