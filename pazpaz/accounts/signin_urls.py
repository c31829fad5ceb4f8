"""The pages of allauth that we offer, under allauth's names; others (passwords, addresses) do not exist."""

from allauth.mfa.recovery_codes.views import download_recovery_codes, view_recovery_codes
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from pazpaz.accounts.views import factors, links, reauthentication, signin

to_sign_in = login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True))
to_security = RedirectView.as_view(pattern_name="accounts:security")

urlpatterns = [
    path("login/", signin.SignInView.as_view(), name="account_login"),
    # allauth writes this address into mails to unknown addresses; our mail has no place for it.
    path("signup/", to_sign_in, name="account_signup"),
    path("login/code/", to_sign_in, name="account_request_login_code"),
    path("login/code/confirm/", signin.ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("link/<str:token>/", links.signin_link, name="account_signin_link"),
    path("invitation/<str:token>/", links.invitation, name="account_invitation"),
    path("logout/", signin.SignOutView.as_view(), name="account_logout"),
    path(
        "reauthenticate/", reauthentication.ReauthenticateByCodeView.as_view(), name="account_reauthenticate"
    ),
    path("2fa/", to_security, name="mfa_index"),
    path("2fa/authenticate/", signin.SecondFactorView.as_view(), name="mfa_authenticate"),
    path(
        "2fa/reauthenticate/",
        reauthentication.ReauthenticateByFactorView.as_view(),
        name="mfa_reauthenticate",
    ),
    path("2fa/totp/activate/", factors.ActivateAppView.as_view(), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", factors.DeactivateAppView.as_view(), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        factors.MakeRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("2fa/recovery-codes/download/", download_recovery_codes, name="mfa_download_recovery_codes"),
    path("2fa/passkeys/", to_security, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", factors.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", signin.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/",
        reauthentication.ReauthenticateByPasskeyView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/passkeys/<int:pk>/rename/", factors.RenamePasskeyView.as_view(), name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", factors.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
]
