"""Addresses of log-in and second factors; the names are allauth's, which it looks for."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes.views import generate_recovery_codes
from allauth.mfa.totp.views import deactivate_totp
from allauth.mfa.webauthn.views import login_webauthn, reauthenticate_webauthn
from django.contrib.auth.views import LogoutView
from django.urls import path

from registry.signin.views import ActivateTotp, AddPasskey, RecoveryCodes, RemovePasskey

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("login/", account.login, name="login"),
    path("login/factor/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", login_webauthn, name="mfa_login_webauthn"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/confirm/passkey/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/factors/", mfa.index, name="mfa_index"),
    path("account/factors/app/", ActivateTotp.as_view(), name="mfa_activate_totp"),
    path("account/factors/app/remove/", deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factors/passkey/", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("account/factors/passkey/<int:pk>/remove/", RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("account/factors/codes/", RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("account/factors/codes/new/", generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
