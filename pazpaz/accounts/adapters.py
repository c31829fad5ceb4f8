"""How PazPaz bends allauth: nobody signs up by themselves, factors are sealed."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from pazpaz.accounts.models import User
from pazpaz.http import client_ip

NO_ADDRESS = "0.0.0.0"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
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
        """Refuse, once they have proven who they are, people who may not sign in. Nobody else learns of it."""
        if user.may_sign_in:
            return None
        clear_login(request)
        return TemplateResponse(request, "account/account_inactive.html", {"user": user}, status=403).render()


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    pass
