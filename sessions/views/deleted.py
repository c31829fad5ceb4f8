"""Drafts that are deleted, and how they come back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.models import Client
from pazpaz.database.compiled import compiled
from pazpaz.web.announcements import announce
from pazpaz.web.pages import render_page
from pazpaz.web.permissions import clinicians_only
from pazpaz.web.request import Request
from sessions.models import SessionNote
from sessions.models.note import RESTORABLE
from sessions.sections import SECTIONS
from sessions.views.pages import note_or_404

PAGE = 50


@compiled
def _of_client(workspace: UUID, client: Client, now: datetime) -> QuerySet[SessionNote]:
    return (
        SessionNote.objects.filter(workspace=workspace, client=client)
        .recently_deleted(now)
        .select_related("author", "deleted_by")
        .defer(*SECTIONS, "deleted_reason")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@clinicians_only
def note_delete(request: Request, note_id: UUID) -> HttpResponse:
    """Put a draft away; a colleague's only once it is confirmed, in the dialog or on the page of GET."""
    note = get_object_or_404(request.workspace.session_notes.defer(*SECTIONS), pk=note_id)
    is_own = note.author_id == request.user.pk
    if request.method != "POST":
        return _confirmation_page(request, note_id)
    if not is_own and "confirmed" not in request.POST:
        return redirect("sessions:note-delete", note_id)
    # The second of two clicks finds it deleted, and leads where the first one leads.
    if not note.delete_draft(request.user) and not note.is_deleted():
        messages.error(request, _("A signed note cannot be deleted. It can be amended."))
        return redirect(note)
    announce(request, "note.deleted", note, undo=reverse("sessions:note-restore", args=[note.pk]))
    return redirect("sessions:client", note.client_id)


@require_POST
@clinicians_only
def note_restore(request: Request, note_id: UUID) -> HttpResponse:
    note = get_object_or_404(request.workspace.session_notes.defer(*SECTIONS), pk=note_id)
    if note.restore():
        announce(request, "note.restored", note)
    return redirect(note)


@require_safe
@clinicians_only
def recently_deleted(request: Request) -> HttpResponse:
    """Every draft of the practice that can still be brought back."""
    notes = request.workspace.session_notes.recently_deleted(timezone.now())
    notes = notes.select_related("client", "author", "deleted_by").defer(*SECTIONS, "deleted_reason")
    context = {"page": Paginator(notes, PAGE).get_page(request.GET.get("page")), "days": RESTORABLE.days}
    return render_page(request, "sessions/recently_deleted.html", context)


def deleted_drafts_of(client: Client) -> list[SessionNote]:
    """Return the drafts of a client that can still be brought back, without their texts."""
    return _of_client(client.workspace_id, client, timezone.now())


def _confirmation_page(request: Request, note_id: UUID) -> HttpResponse:
    note = note_or_404(request, note_id)
    if note.is_signed:
        return redirect(note)
    return render_page(request, "sessions/note_delete.html", {"note": note, "days": RESTORABLE.days})
