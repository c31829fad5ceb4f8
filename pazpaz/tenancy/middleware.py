"""Opens the scope around every request of someone who belongs to a workspace."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from pazpaz.accounts.models import User
from pazpaz.http import GetResponse, origin_of
from pazpaz.scope import Actor, Event, Scope, workspace_scope

REFUSALS = frozenset({403, 404})
# No view answers 400; it is what Django makes of an exception (a suspicious redirect, a form too large).
BAD_REQUEST = 400


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
