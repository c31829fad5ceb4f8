"""Headers of every response, NUL characters in requests, and the scope around each request of a member."""

from __future__ import annotations

from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pazpaz.accounts.models import User
from pazpaz.events import Actor, Event
from pazpaz.scope import Scope, workspace_scope
from pazpaz.web.request import GetResponse, is_fetch, origin_of

REFUSALS = frozenset({403, 404})
# No view answers 400; it is what Django makes of an exception (a suspicious redirect, a form too large).
BAD_REQUEST = 400


PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
    "payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class SecurityHeadersMiddleware:
    """Headers Django has no setting for. No page stays in a cache: any could show client data."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-ID"] = str(request.request_id)  # type: ignore[attr-defined]
        return response


class NoNulMiddleware:
    """Refuses addresses with a NUL character: PostgreSQL stores none, and no page of ours is called so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            raise BadRequest("A NUL character in the address.")
        return self.get_response(request)


class NulInFormsMiddleware:
    """Removes NUL characters from forms, and says so: neither PostgreSQL nor Django takes one.

    A form with one would be refused as a whole, for a character its writer cannot see. `request.without_nul`
    are the fields it was in. A script is told by its view.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = frozenset(
            name for name, texts in request.POST.lists() if any("\x00" in text for text in texts)
        )
        request.without_nul = found  # type: ignore[attr-defined]
        if found:
            post = request.POST.copy()
            for name in found:
                post.setlist(name, [text.replace("\x00", "") for text in post.getlist(name)])
            post._mutable = False
            request.POST = post  # type: ignore[assignment]
            if not is_fetch(request) and not request.htmx:  # type: ignore[attr-defined]
                messages.info(
                    request,
                    _("An invisible character that cannot be stored was removed from what was typed."),
                )
        return self.get_response(request)


class WorkspaceMiddleware:
    """One request, one transaction. A server error or a refusal rolls back; what was seen stays recorded."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        if user.workspace is None:
            with translation.override(user.reads_in or translation.get_language()):
                return self.get_response(request)
        request.workspace = user.workspace  # type: ignore[attr-defined]
        request.actor = Actor.of(user)  # type: ignore[attr-defined]
        zone = ZoneInfo(user.workspace.time_zone)
        with translation.override(user.reads_in), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language()
            scope = None
            try:
                with workspace_scope(user.workspace, user, origin_of(request)) as scope:
                    response = self.get_response(request)
                    status = response.status_code
                    undone = status in REFUSALS or status == BAD_REQUEST or status >= 500
                    if undone:
                        transaction.set_rollback(True)
            except Exception:
                # Views' errors are responses by now: this is the commit, or the trail itself.
                if scope is not None:
                    self._record_undone(request, 500, scope)
                raise
            if undone:
                self._record_undone(request, status, scope)
        return response

    def _record_undone(self, request: HttpRequest, status: int, scope: Scope) -> None:
        """Write, in a scope of its own, that a request was refused or failed, and what it had read."""
        match = request.resolver_match
        ids = tuple(value for value in match.kwargs.values() if isinstance(value, UUID)) if match else ()
        refused = status in REFUSALS
        with workspace_scope(scope.workspace, scope.actor, scope.origin) as after:
            after.events += [event for event in scope.events if event.outcome != "ok"]
            after.reads = scope.reads
            after.events.append(
                Event(
                    "access.refused" if refused else "request.failed",
                    object_ids=ids,
                    outcome="refused" if refused else "failed",
                    metadata={
                        "status": status,
                        "view": match.view_name if match else "",
                        "method": request.method or "",
                    },
                )
            )
