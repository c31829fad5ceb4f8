"""The admin site of platform staff: no sign-in of its own, and closed until they have a second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pazpaz.accounts.models import User
from pazpaz.accounts.views.signin import SignOutView

# Pages of Django's that lead nowhere here: nobody has a password, and no model a page elsewhere.
LEFT_OUT = {"password_change", "password_change_done", "view_on_site"}


class StaffSite(admin.AdminSite):
    site_header = gettext_lazy("PazPaz platform")
    site_title = gettext_lazy("PazPaz platform")
    index_title = gettext_lazy("Practices and people")
    site_url = None
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in LEFT_OUT]

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_staff and user.may_sign_in and has_second_factor(user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django sends here whoever lacks the permission; who is not signed in never comes this far."""
        if not isinstance(request.user, User) or not request.user.is_staff:
            raise PermissionDenied(_("These pages are for the people who run PazPaz."))
        if not has_second_factor(request.user):
            messages.warning(
                request, _("Set up a passkey or an authenticator app; then the admin site opens.")
            )
            return redirect("accounts:security")
        return HttpResponseRedirect(reverse("admin:index"))

    def logout(  # type: ignore[override]  # a redirect, not a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = SignOutView.as_view()(request)
        return response


def has_second_factor(user: User) -> bool:
    """Whether somebody has a passkey or an authenticator app: then every sign-in has asked for it."""
    kinds = [Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP]
    return bool(Authenticator.objects.filter(user=user, type__in=kinds).exists())


site = StaffSite()
