"""Signing in and out: an e-mailed code or a passkey, then the second factor of those who have one."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from allauth.core import ratelimit
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from pazpaz.accounts.allauth.adapters import mail_failed
from pazpaz.accounts.allauth.forms import (
    ConfirmCodeForm,
    PasskeySignInForm,
    RequestCodeForm,
    SecondFactorForm,
    limit,
)
from pazpaz.accounts.allauth.internals import clear_login, login_not_required
from pazpaz.accounts.signin_events import logger, record_event

# Not "cookies": the next page's CSRF cookie could be among those cleared.
CLEAR_SITE_DATA = '"cache", "storage"'
TOO_MANY = "too_many_login_attempts"


class ErrorStatusMixin:
    """An invalid form is answered with 422, one attempt too many with 429; allauth says 200 to both."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        for form in (context.get("form"), context.get("webauthn_form")):
            if form is not None and form.is_bound and form.errors:
                if any(form.has_error(field, TOO_MANY) for field in form.errors):
                    limited: HttpResponse = ratelimit.respond_429(self.request)  # type: ignore[attr-defined]
                    return limited
                kwargs["status"] = HTTPStatus.UNPROCESSABLE_ENTITY
        response: HttpResponse = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        return response


class UniformTimingMixin:
    """Answers after a whole number of time steps, so that a stopwatch cannot tell who has an account."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        began = time.monotonic()
        response: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]
        if hasattr(response, "render"):
            response.render()
        if settings.SIGN_IN_STEP_SECONDS:
            time.sleep(-(time.monotonic() - began) % settings.SIGN_IN_STEP_SECONDS)
        return response


class SignInView(UniformTimingMixin, ErrorStatusMixin, RequestLoginCodeView):  # type: ignore[misc]
    template_name = "account/login.html"
    form_class = RequestCodeForm

    def form_valid(self, form: RequestCodeForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        failed = mail_failed(self.request)
        action = "signin.code_not_sent" if failed else "signin.code_sent"
        if form._user is None:
            logger.info("%s unknown address", action)
        else:
            record_event(self.request, form._user, action, outcome="failed" if failed else "ok")
        if failed:
            # Nobody waits for a code that is not on its way; whose address it is stays unsaid here too.
            clear_login(self.request)
            context = self.get_context_data(form=form, mail_failed=True)
            response = self.render_to_response(context, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return response


class ConfirmCodeView(UniformTimingMixin, ErrorStatusMixin, ConfirmLoginCodeView):  # type: ignore[misc]
    form_class = ConfirmCodeForm
    _process: Any = None

    @method_decorator(login_not_required)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        if self._process is None and not request.user.is_authenticated:
            messages.warning(request, _("That code has expired. Ask for a new one."))
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        state = self._process.state
        limit("confirm_login_code", state["email"])
        # allauth counts attempts in the session, where parallel requests would not see each other.
        if not ratelimit.consume(request, action="login_code_attempt", key=f"{state['email']} {state['at']}"):
            self._process.abort()
            messages.error(request, _("Too many wrong codes. Ask for a new one."))
            return HttpResponseRedirect(reverse("account_login"))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_invalid(self, form: ConfirmCodeForm) -> HttpResponse:
        if self._process.user is None:
            logger.info("signin.failed unknown address")
        response: HttpResponse = super().form_invalid(form)
        return response


class SecondFactorView(ErrorStatusMixin, AuthenticateView):  # type: ignore[misc]
    form_class = SecondFactorForm


class PasskeySignInView(LoginWebAuthnView):  # type: ignore[misc]
    form_class = PasskeySignInForm

    def form_invalid(self, form: Any) -> HttpResponse:
        logger.info("signin.failed webauthn")
        response: HttpResponse = super().form_invalid(form)
        return response


@method_decorator(login_not_required, name="dispatch")
class SignOutView(LogoutView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = CLEAR_SITE_DATA
        return response
