"""Signing in and out: an e-mailed code or a passkey, then the second factor of those who have one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.account.views import ConfirmLoginCodeView, LogoutView, RequestLoginCodeView
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator

from pazpaz.accounts.forms import RequestCodeForm

# Not "cookies": the next page's CSRF cookie could be among those cleared.
CLEAR_SITE_DATA = '"cache", "storage"'


class HonestStatusMixin:
    """An invalid form is answered with 422, not with 200."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        form = context.get("form")
        if form is not None and form.is_bound and form.errors:
            kwargs["status"] = HTTPStatus.UNPROCESSABLE_ENTITY
        response: HttpResponse = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        return response


class SignInView(HonestStatusMixin, RequestLoginCodeView):  # type: ignore[misc]
    template_name = "account/login.html"
    form_class = RequestCodeForm


class ConfirmCodeView(HonestStatusMixin, ConfirmLoginCodeView):  # type: ignore[misc]
    pass


@method_decorator(login_not_required, name="dispatch")
class SignOutView(LogoutView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = CLEAR_SITE_DATA
        return response
