"""Who may go on: sessions that idled or grew too old end here; pages are for people who signed in, and send
forms only for the person they were made for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.translation import gettext as _

from pazpaz.accounts.backends import at_hand
from pazpaz.accounts.models import User
from pazpaz.accounts.session_clock import limit_reached, note_activity
from pazpaz.accounts.sessions import WANTED_BEFORE
from pazpaz.accounts.signin_events import record_event
from pazpaz.accounts.unsent import (
    HANDED_OVER,
    TAKEN_FROM_SCRIPT,
    TAKEN_OVER,
    answer,
    comes_from_elsewhere,
    forget,
    keep,
    refuse,
)
from pazpaz.web.page_author import read_token, token_of
from pazpaz.web.permissions import is_open_to_staff
from pazpaz.web.request import GetResponse, is_fetch


class SignedInMiddleware(AuthenticationMiddleware):
    """Sets `request.user`: the person who was read with the session, after Django's checks of it."""

    def process_request(self, request: HttpRequest) -> None:
        request.session.get(SESSION_KEY)  # reads it
        with at_hand(getattr(request.session, "loaded_with", None)):
            request.user = get_user(request)


class SessionLimitsMiddleware:
    """Ends sessions on the server: after the workspace's idle minutes, and after twelve hours anyway."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            limit = limit_reached(request.session, user)
            if limit:
                record_event(request, user, "session.expired", limit=limit)
                request.session.flush()
                request.user = AnonymousUser()
            else:
                note_activity(request.session)
        return self.get_response(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends whoever is not signed in to the sign-in page, in the way the caller understands; then back."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        response: HttpResponseBase | None = super().process_view(request, view_func, view_args, view_kwargs)
        user = request.user
        if response is None and isinstance(user, User) and user.workspace is None:
            return _keep_staff_to_their_pages(request, view_func)
        return response

    def handle_no_permission(  # type: ignore[override]  # Django only knows the redirect
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        unsent = keep(request) if request.method == "POST" else None
        return answer(request, unsent, elsewhere=_wanted_page(request))


class WantedPageMiddleware:
    """Shows the first page to those who sign in where somebody else's page was wanted.

    A session ends on a page of one person, and the sign-in that follows, perhaps of a colleague, leads back
    to it. A person who may not open it did not ask for it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or WANTED_BEFORE not in request.session:
            return self.get_response(request)
        wanted = request.session.pop(WANTED_BEFORE)
        response = self.get_response(request)
        if (
            response.status_code in {403, 404}
            and request.method == "GET"
            and request.get_full_path() == wanted
        ):
            with translation.override(user.reads_in or translation.get_language()):
                messages.info(request, _("The page that was open here before is not one of yours."))
            return HttpResponseRedirect("/")
        return response


class PageAuthorMiddleware:
    """Stops what a page sends when it was made for another person than the one who is signed in by now.

    It stands before the scope of the person who is signed in: nothing of the request is done in their name,
    and its text is kept for the author of the page, in the author's own practice.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        sent = token_of(request) if isinstance(user, User) else ""
        if not isinstance(user, User) or not sent:
            return self.get_response(request)
        token = read_token(sent)
        if token is not None and token.is_of(user):
            return self.get_response(request)
        is_form = request.method == "POST" and not comes_from_elsewhere(request)
        unsent = keep(request) if is_form else None
        with translation.override(user.reads_in or translation.get_language()):
            return refuse(request, unsent)


class HandOverMiddleware:
    """Forgets a kept form once it was handed over, in the transaction of what became of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and HANDED_OVER in request.POST:
            taken = TAKEN_FROM_SCRIPT if is_fetch(request) else TAKEN_OVER
            if response.status_code in taken:
                forget(request, request.POST[HANDED_OVER])
        return response


def _wanted_page(request: HttpRequest) -> str:
    """The page to come back to: a path that can be opened with GET."""
    with suppress(ValueError):  # an address that no browser wrote
        if request.htmx:  # type: ignore[attr-defined]
            return request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        if request.method in {"GET", "HEAD"} and not is_fetch(request):
            return request.get_full_path()
        came_from = urlsplit(request.headers.get("Referer", ""))
        if came_from.netloc == request.get_host():
            return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path
    return "/"


def _keep_staff_to_their_pages(request: HttpRequest, view: Callable[..., Any]) -> HttpResponse | None:
    """Platform staff belong to no workspace, so pages of one have nothing to show them."""
    match = request.resolver_match
    if is_open_to_staff(view) or (match is not None and match.namespace in {"", "admin"}):
        return None
    if request.method in {"GET", "HEAD"}:
        return HttpResponseRedirect(resolve_url("admin:index"))
    raise PermissionDenied(_("Platform staff belong to no practice."))
