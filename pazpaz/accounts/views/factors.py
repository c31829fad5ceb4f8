"""Adding and removing second factors. allauth does the work; here it gets our forms, statuses and pages."""

from __future__ import annotations

from typing import Any

from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from pazpaz.accounts.allauth.forms import ActivateAppForm, AddPasskeyForm, RenamePasskeyForm
from pazpaz.accounts.allauth.internals import webauthn
from pazpaz.accounts.views.signin import ErrorStatusMixin

SECURITY = reverse_lazy("accounts:security")


@method_decorator(never_cache, name="dispatch")
class ActivateAppView(ErrorStatusMixin, ActivateTOTPView):  # type: ignore[misc]
    form_class = ActivateAppForm


class DeactivateAppView(ErrorStatusMixin, DeactivateTOTPView):  # type: ignore[misc]
    success_url = SECURITY


class MakeRecoveryCodesView(ErrorStatusMixin, GenerateRecoveryCodesView):  # type: ignore[misc]
    pass


class AddPasskeyView(ErrorStatusMixin, AddWebAuthnView):  # type: ignore[misc]
    """Our passkeys sign in by themselves: they stay on the device and ask for a finger, a face or a PIN."""

    form_class = AddPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["js_data"] = {
            "creation_options": webauthn.begin_registration(self.request.user, passwordless=True)
        }
        return context


class RenamePasskeyView(ErrorStatusMixin, EditWebAuthnView):  # type: ignore[misc]
    form_class = RenamePasskeyForm
    success_url = SECURITY


class RemovePasskeyView(RemoveWebAuthnView):  # type: ignore[misc]
    success_url = SECURITY
