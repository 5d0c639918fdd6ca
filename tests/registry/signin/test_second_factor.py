"""Nobody reads anything without a second factor; its secrets are worth nothing to who copies the database."""

import json

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver, reverse

from config import settings as ours
from registry.signin.ciphers import Unreadable, decrypted, encrypted
from registry.signin.gate import OPEN, SETTING_UP
from tests.campaigns.guesses import NOON
from tests.doors import DOORS, address, rows_of
from tests.every_door import doors_of
from tests.registry.signin.steps import code_of, give_code, logged_in, secret_of, set_up_app

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_for(settings):
    settings.MFA_REQUIRED = settings.CONFIRM_AGAIN = True


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def reached(client: Client, rows: dict) -> set[str]:
    """The addresses where somebody is answered with something of the registry's, not led away or refused."""
    found = set()
    for name in set(doors_of(get_resolver().url_patterns)) - {"logout", "account_logout"}:
        answer = client.get(address(name, rows))
        if answer.status_code not in (302, 403, 401, 405):
            found.add(name)
    return found


def test_who_has_no_second_factor_reaches_no_page_but_those_that_set_one_up(north, admin, settings):
    settings.MFA_REQUIRED = False
    rows = rows_of(north, "hips", admin)
    settings.MFA_REQUIRED = True
    without = reached(logged_in(admin), rows) - OPEN - SETTING_UP
    settings.MFA_REQUIRED = False
    open_to_all = reached(logged_in(admin), rows)
    print(f"{len(without)} of {len(DOORS)} addresses are reached without a second factor")  # noqa: T201
    assert without == set()
    assert len(open_to_all) > 50, "the search would find pages: without the setting they are reached"


def test_an_app_is_set_up_once_and_asked_for_at_each_log_in(nurse, clock):
    client = logged_in(nurse)
    assert client.get(reverse("home")).url == reverse("mfa_index")
    set_up_app(client)
    assert client.get(reverse("home")).status_code == 200
    clock.shift(60)
    again = logged_in(nurse)
    assert again.get(reverse("home")).url == f"{reverse('login')}?next=/", "the password alone logs nobody in"
    assert give_code(again, "000000").status_code == 200
    assert give_code(again, code_of(secret_of(nurse))).status_code == 302
    assert again.get(reverse("home")).status_code == 200


def test_a_code_is_good_for_one_log_in(nurse, clock):
    set_up_app(logged_in(nurse))
    clock.shift(60)
    code = code_of(secret_of(nurse))
    assert give_code(logged_in(nurse), code).status_code == 302
    assert give_code(logged_in(nurse), code).status_code == 200


def test_of_many_guesses_at_the_code_ten_are_evaluated(nurse, clock):
    set_up_app(logged_in(nurse))
    clock.shift(60)
    client = logged_in(nurse)
    for number in range(10):
        assert give_code(client, f"00000{number}").status_code == 200
    assert give_code(client, code_of(secret_of(nurse))).status_code == 200, "the right one comes too late"
    clock.shift(15 * 60)
    assert give_code(logged_in(nurse), code_of(secret_of(nurse))).status_code == 302


def test_a_session_from_before_the_factor_was_set_up_is_asked_for_it(nurse):
    before, client = logged_in(nurse), logged_in(nurse)
    set_up_app(client)
    assert before.get(reverse("home")).url.startswith(reverse("mfa_reauthenticate"))


def test_the_api_says_no_where_a_page_leads_on(nurse):
    answer = logged_in(nurse).get(reverse("api-patient-list"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")


def test_the_last_factor_is_not_taken_away(nurse):
    client = logged_in(nurse)
    set_up_app(client)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 200
    assert Authenticator.objects.filter(user=nurse, type="totp").exists()


def test_recovery_codes_are_shown_once_and_log_in_once(nurse, clock):
    client = logged_in(nurse)
    set_up_app(client)
    shown = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
    assert set(client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]) == {"****"}
    assert give_code(logged_in(nurse), shown[0]).status_code == 302
    assert give_code(logged_in(nurse), shown[0]).status_code == 200


def test_what_is_stored_of_a_factor_tells_nobody_its_secret(nurse):
    secret = set_up_app(logged_in(nurse))
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert "secret" in stored and "seed" in stored
    assert secret not in stored


@pytest.mark.parametrize("spoil", [lambda text: text[:-2] + "AA", lambda text: "plain", lambda text: ""])
def test_a_field_that_was_changed_or_is_of_another_key_raises_and_is_never_shown(spoil, settings):
    written = encrypted("a seed")
    assert decrypted(written) == "a seed"
    with pytest.raises(Unreadable):
        decrypted(spoil(written))
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(Unreadable):
        decrypted(written)


def test_keys_are_changed_without_a_second_factor_being_lost(nurse, settings, capsys):
    secret = set_up_app(logged_in(nurse))
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, old]
    assert secret_of(nurse) == secret
    call_command("rotate_field_keys")
    assert capsys.readouterr().out == "2 secrets are encrypted with the first key.\n"
    settings.FIELD_KEYS = [new]
    assert secret_of(nurse) == secret
    settings.FIELD_KEYS = [old]
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rotate_field_keys")


def test_passwords_are_kept_by_argon2id():
    assert ours.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert configured.SESSION_COOKIE_HTTPONLY
