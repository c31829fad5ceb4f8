"""How PazPaz bends allauth: nobody signs up, secrets are sealed, a fresh proof is asked of everybody."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import qrcode
from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as allauth_context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.sites.shortcuts import get_current_site
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathFillImage

from pazpaz.accounts.allauth.internals import clear_login, unstash_login
from pazpaz.accounts.emails import deliver
from pazpaz.accounts.models import User
from pazpaz.accounts.sessions import WANTED_BEFORE
from pazpaz.accounts.signin_events import record_event
from pazpaz.encryption.providers import master_keys
from pazpaz.web.request import client_ip

NO_ADDRESS = "0.0.0.0"
FACTOR_LABEL = "factor"
MESSAGES = {
    "incorrect_code": _("That is not the right code."),
    "too_many_login_attempts": _("Too many wrong codes. Ask for a new one."),
    "rate_limited": _("Too many attempts. Wait a few minutes."),
}


def mail_failed(request: HttpRequest) -> bool:
    """Return whether an e-mail of this request was not taken by the mail server."""
    return getattr(request, "mail_failed", False)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {**DefaultAccountAdapter.error_messages, **MESSAGES}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address; callers without one (a Unix socket) share one rate limit."""
        return client_ip(request) or NO_ADDRESS

    def is_safe_url(self, url: str | None) -> bool:
        """Whether sign-in may lead there: to a path of this site, never to a host."""
        return bool(url_has_allowed_host_and_scheme(url, allowed_hosts=None))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("admin:index" if getattr(request.user, "is_staff", False) else "/")

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse people who may not sign in, once they have proven who they are. Nobody else learns of it."""
        if user.may_sign_in:
            return None
        clear_login(request)
        reason = "suspended" if user.is_active else "deactivated"
        record_event(request, user, "signin.refused", outcome="refused", reason=reason)
        return TemplateResponse(
            request, "account/account_inactive.html", {"reason": reason}, status=403
        ).render()

    def post_login(
        self, request: HttpRequest, user: User, *, redirect_url: str | None, **kwargs: Any
    ) -> HttpResponse:
        """Go on to the page that was wanted before, perhaps another person's: see `WantedPageMiddleware`."""
        if redirect_url:
            request.session[WANTED_BEFORE] = redirect_url
        response: HttpResponse = super().post_login(request, user, redirect_url=redirect_url, **kwargs)
        return response

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Require a proof of the last five minutes from everybody; the sign-in itself counts as one.

        allauth would not ask people without a second factor, so this says "required" by itself: it raises.
        """
        records = get_authentication_records(self.request, self.request.user)
        if records and time.time() - records[-1]["at"] < account_settings.REAUTHENTICATION_TIMEOUT:
            return False
        raise ReauthenticationRequired

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """Return the ways to prove it again: the second factor, or an e-mailed code where there is none."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if methods or not user.is_authenticated:
            return methods
        url = reverse("account_reauthenticate")
        return [{"id": "code", "description": _("Use a code sent by e-mail"), "url": url}]

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """Write to people who have an account in their language, to others in that of the request."""
        person = User.objects.select_related("workspace").filter(email=User.clean_email(email)).first()
        with translation.override(person.reads_in if person and person.reads_in else get_language()):
            message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an e-mail of allauth's. If it is not taken, the request says so: `mail_failed()`."""
        request = allauth_context.request
        given = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        if not deliver(self.render_mail(template_prefix, email, given)):
            request.mail_failed = True

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages = {**DefaultMFAAdapter.error_messages, **MESSAGES}

    def encrypt(self, text: str) -> str:
        """Seal a seed under the master key, bound to its person: in another account it does not open."""
        return master_keys().seal_secret(FACTOR_LABEL, self._person(), text)

    def decrypt(self, encrypted_text: str) -> str:
        """Undo encrypt(). Raises BadKey, NotEncrypted or CannotOpen."""
        return master_keys().open_secret(FACTOR_LABEL, self._person(), encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """Draw the QR code on white, so that dark mode does not swallow it."""
        return str(qrcode.make(url, image_factory=SvgPathFillImage).to_string(encoding="unicode"))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "PazPaz"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.display_name}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey %(number)d") % {"number": number}

    @staticmethod
    def _person() -> UUID:
        """The person a request is about, signed in or about to be; allauth hands over only the text."""
        request = allauth_context.request
        if request.user.is_authenticated:
            person: UUID = request.user.pk
            return person
        login = unstash_login(request, peek=True)
        if login is None or login.user is None:
            raise RuntimeError(
                "A factor's secret is opened for somebody who is signing in, or has signed in."
            )
        pending: UUID = login.user.pk
        return pending
