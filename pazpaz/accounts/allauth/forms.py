"""The forms of signing in. Limits are counted in the shared cache, so they hold across processes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context, ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from pazpaz.accounts.addresses import NormalAddressField
from pazpaz.accounts.allauth.internals import SECRET_SESSION_KEY, generate_totp_secret, normalize_user_code
from pazpaz.accounts.models import User
from pazpaz.accounts.used_codes import use_up
from pazpaz.text import VisibleTextField


def limit(action: str, key: str) -> None:
    """Count one attempt. Beyond the limit the answer is the 429 page, at once."""
    if not ratelimit.consume(context.request, action=action, key=key):
        raise ImmediateHttpResponse(ratelimit.respond_429(context.request))


def code_field(label: StrOrPromise = "", **attributes: Any) -> forms.CharField:
    """A field for a code out of an e-mail or an app."""
    attributes = {
        "class": "code-input",
        "inputmode": "numeric",
        "autocomplete": "one-time-code",
        "autofocus": True,
        "spellcheck": "false",
        **attributes,
    }
    return forms.CharField(label=label or _("Code"), max_length=32, widget=forms.TextInput(attrs=attributes))


class RequestCodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    """Whose address it is stays unsaid, and whether they may sign in is told after the code is proven."""

    email = NormalAddressField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        limit("request_login_code", email)
        self._user = User.objects.select_related("workspace").filter(email=email).first()
        return email


class ConfirmCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    code = code_field()


class OneTimeCodeMixin(forms.Form):
    """allauth remembers a used code for thirty seconds; with our tolerance it is good for ninety."""

    code = code_field(_("Code from your app, or a recovery code"))

    def clean_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if not use_up(self.user, normalize_user_code(code)):  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(OneTimeCodeMixin, AuthenticateForm):  # type: ignore[misc]
    pass


class FactorAgainForm(OneTimeCodeMixin, ReauthenticateForm):  # type: ignore[misc]
    pass


class PasskeyAnswerField(forms.JSONField):
    """What a browser says for a passkey. allauth and fido2 take it for complete and well-formed."""

    widget = forms.HiddenInput

    def __init__(self, read: Callable[[Any], object]) -> None:
        super().__init__()
        self.read = read

    def to_python(self, value: Any) -> Any:
        try:
            answer = super().to_python(value)
            if answer not in self.empty_values:
                self.read(answer)
        except ValidationError:
            raise
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error):
            raise get_adapter().validation_error("incorrect_code") from None
        return answer


class PasskeySignInForm(LoginWebAuthnForm):  # type: ignore[misc]
    credential = PasskeyAnswerField(AuthenticationResponse.from_dict)


class PasskeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = PasskeyAnswerField(AuthenticationResponse.from_dict)


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    name = VisibleTextField(required=False)
    credential = PasskeyAnswerField(RegistrationResponse.from_dict)


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    name = VisibleTextField()


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """allauth keeps the seed that is being set up in the session, in clear; here it waits there sealed."""

    code = code_field(_("Code from your app"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)
        self.user = user
        session = context.request.session
        if not self.is_bound or SECRET_SESSION_KEY not in session:
            session[SECRET_SESSION_KEY] = encrypt(generate_totp_secret())
        self.secret = decrypt(session[SECRET_SESSION_KEY])
