"""The page of one client: facts beside the history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Client
from pazpaz.accounts.models import Workspace
from pazpaz.database.compiled import compiled
from pazpaz.web.pages import render_page
from pazpaz.web.request import Request
from sessions.timeline import KINDS, Position, heading_of, history_of
from sessions.views.deleted import deleted_drafts_of


@compiled
def _client(workspace: Workspace, client_id: UUID, now: datetime) -> QuerySet[Client]:
    return Client.objects.filter(workspace=workspace, pk=client_id).with_appointments(now)


@require_safe
def client(request: Request, client_id: UUID) -> HttpResponse:
    client = _client.first(request.workspace, client_id, timezone.now())
    if client is None:
        raise Http404
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else "all"
    before = Position.parse(request.GET.get("before", ""))
    context = {
        "client": client,
        "kind": kind,
        "history": history_of(client, kind=kind, before=before, viewer=request.user),
        # What is appended stands below a heading that may go on.
        "heading_above": heading_of(timezone.localtime(before.at)) if before and request.htmx else "",
        "before": before,
        "deleted_drafts": deleted_drafts_of(client) if request.user.sees_clinical_data else [],
    }
    return render_page(request, "sessions/client.html", context, partials={"older-history"})
