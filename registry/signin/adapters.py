"""Where allauth asks us: nobody signs up, guesses are counted by username and address, secrets are encrypted."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect

from registry.actions.staff import choose_password
from registry.signin.ciphers import decrypted, encrypted
from registry.signin.guesses import counted
from registry.signin.records import proved_lately

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user) -> bool:
    """Whether the person has set up a second factor; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


class SignIn(DefaultAccountAdapter):
    """Accounts are made by site admins alone."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Username and password do not belong together.",
        "too_many_login_attempts": "Too many wrong attempts for this username from here. Try again in 15 minutes.",
        "too_many_login_attempts_anywhere": "Too many wrong attempts for this username within a day. Log in with a"
        " passkey, or try again tomorrow.",
    }

    def is_open_for_signup(self, request) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request, **credentials) -> str:
        return f"{credentials.get('username', '').lower()} {get_ip(request)}"

    def pre_authenticate(self, request, **credentials) -> None:
        """Guesses from many addresses are counted together too; a right password nowhere."""
        super().pre_authenticate(request, **credentials)
        anywhere = counted(request, credentials.get("username", ""))
        if not anywhere:
            raise self.validation_error("too_many_login_attempts_anywhere")
        self._login_failed_rl_usage.usage += anywhere.usage

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        return settings.CONFIRM_AGAIN and not proved_lately(self.request)

    def set_password(self, user, password: str) -> None:
        choose_password(user=user, password=password)

    def respond_user_inactive(self, request, user):
        messages.error(request, self.error_messages["username_password_mismatch"])
        return redirect("account_login")

    def add_message(self, request, level, message_template=None, message_context=None, *args, **kwargs) -> None:
        """Without a greeting after each log-in."""
        if message_template not in ("account/messages/logged_in.txt", "account/messages/logged_out.txt"):
            super().add_message(request, level, message_template, message_context, *args, **kwargs)


class SecondFactors(DefaultMFAAdapter):
    """Seeds are kept encrypted; where a second factor is asked for, the last one is not taken away."""

    def encrypt(self, text: str) -> str:
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(encrypted_text)

    def generate_authenticator_name(self, user, type) -> str:
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"

    def can_delete_authenticator(self, authenticator) -> bool:
        others = Authenticator.objects.filter(user=authenticator.user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return not settings.MFA_REQUIRED or others.exists()
