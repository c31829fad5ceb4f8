"""Proving it again before factors change. Who has no second factor yet proves it by an e-mailed code."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from pazpaz.accounts.allauth.adapters import mail_failed
from pazpaz.accounts.allauth.forms import ConfirmCodeForm, FactorAgainForm, PasskeyAgainForm, limit
from pazpaz.accounts.allauth.internals import AbstractCodeVerificationProcess, record_authentication
from pazpaz.accounts.models import User
from pazpaz.accounts.signin_events import record_event
from pazpaz.accounts.views.signin import ErrorStatusMixin
from pazpaz.web.request import Request

PENDING = "reauthentication_code"


class EmailedCode(AbstractCodeVerificationProcess):  # type: ignore[misc]
    """A code on its way to somebody who is signed in: three attempts, ten minutes, once."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        self.request = request
        super().__init__(
            max_attempts=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
            state=request.session.get(PENDING) or {},
            user=user,
        )

    @property
    def is_pending(self) -> bool:
        return bool(self.state) and self.is_valid()

    def start(self, user: User) -> None:
        limit("request_login_code", user.email)
        self.state = self.initial_state(user, user.email)
        self.state["code"] = get_adapter().generate_login_code()
        self.send()
        if mail_failed(self.request):
            # A code sent earlier stays good.
            messages.error(
                self.request, _("The message was not sent: the mail server does not answer. Try again later.")
            )
        else:
            self.persist()

    def send(self) -> None:
        get_adapter().send_mail("account/email/login_code", self.state["email"], {"code": self.code})

    def persist(self) -> None:
        self.request.session[PENDING] = self.state

    def abort(self) -> None:
        self.request.session.pop(PENDING, None)


class ReauthenticateByCodeView(ErrorStatusMixin, BaseReauthenticateView):  # type: ignore[misc]
    template_name = "account/reauthenticate.html"
    form_class = ConfirmCodeForm

    def dispatch(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        self.emailed = EmailedCode(request, request.user)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "code": self.emailed.code if self.emailed.is_pending else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "code_is_sent": self.emailed.is_pending}

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" in request.POST:
            self.emailed.start(request.user)
        if "send" in request.POST or not self.emailed.is_pending:
            return HttpResponseRedirect(request.get_full_path())
        limit("login_code_attempt", f"{request.user.pk} {self.emailed.state['at']}")
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_invalid(self, form: ConfirmCodeForm) -> HttpResponse:
        record_event(
            self.request, self.request.user, "reauthentication.failed", outcome="failed", factor="code"
        )
        if self.emailed.record_invalid_attempt():
            response: HttpResponse = super().form_invalid(form)
            return response
        messages.error(self.request, _("Too many wrong codes. Ask for a new one."))
        return HttpResponseRedirect(self.request.get_full_path())

    def form_valid(self, form: ConfirmCodeForm) -> HttpResponse:
        self.emailed.abort()
        record_authentication(self.request, self.request.user, method="code", reauthenticated=True)
        response: HttpResponse = super().form_valid(form)
        return response


class ReauthenticateByFactorView(ErrorStatusMixin, ReauthenticateView):  # type: ignore[misc]
    form_class = FactorAgainForm


class ReauthenticateByPasskeyView(ReauthenticateWebAuthnView):  # type: ignore[misc]
    """An invalid answer leads back here; allauth would lead to the sign-in page."""

    form_class = PasskeyAgainForm

    def form_invalid(self, form: Any) -> HttpResponse:
        for error in form.errors.get("credential", []):
            messages.error(self.request, error)
        return HttpResponseRedirect(self.request.get_full_path())
