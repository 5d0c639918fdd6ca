"""allauth's pages, where ours differ: setting up a second factor in a session counts as showing it."""

from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from registry.signin.records import note_factor


@method_decorator(never_cache, name="dispatch")
class ActivateTotp(ActivateTOTPView):
    """The code that confirms the app is the second factor of this session."""

    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        note_factor(self.request)
        return answer


class AddPasskey(AddWebAuthnView):
    """The key that was just touched is the second factor of this session."""

    def form_valid(self, form) -> HttpResponse:
        answer = super().form_valid(form)
        note_factor(self.request)
        return answer


class RemovePasskey(RemoveWebAuthnView):
    """Back to the page of all factors."""

    success_url = reverse_lazy("mfa_index")


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """Shown once, and kept by no cache."""
