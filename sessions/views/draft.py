"""A note while it is written: begin, show, save."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from pazpaz.accounts import unsent
from pazpaz.web.announcements import announce
from pazpaz.web.permissions import clinicians_only
from pazpaz.web.request import Request
from scheduling.models import Appointment
from sessions.drafts import Saved, save_draft
from sessions.forms import NoteForm
from sessions.models import SessionNote
from sessions.sections import SECTIONS, mark_of
from sessions.views.pages import (
    closed_page,
    conflict_page,
    draft_page,
    invalid_page,
    note_or_404,
    signed_page,
)


@require_POST
@clinicians_only
def note_start(request: Request, client_id: UUID) -> HttpResponse:
    client = get_object_or_404(request.workspace.clients, pk=client_id)
    return redirect(SessionNote.start(client, request.user))


@require_POST
@clinicians_only
def note_for_appointment(request: Request, appointment_id: UUID) -> HttpResponse:
    """Complete and document in one click."""
    # Locked: a cancellation at the same moment must see the note, or come first.
    appointments = request.workspace.appointments.select_related("client").select_for_update(of=("self",))
    appointment = get_object_or_404(appointments, pk=appointment_id)
    if appointment.status == Appointment.Status.SCHEDULED:
        with suppress(Appointment.Refused):
            appointment.complete()
    return redirect(SessionNote.of_appointment(appointment, request.user))


@require_safe
@clinicians_only
def note(request: Request, note_id: UUID) -> HttpResponse:
    note = note_or_404(request, note_id)
    return draft_page(request, note, NoteForm.of(note)) if note.is_draft else signed_page(request, note)


@require_safe
@clinicians_only
def note_state(request: Request, note_id: UUID) -> HttpResponse:
    """What an open editor asks after a while away: is its text the last one, does its form still count?"""
    notes = request.workspace.session_notes.defer(*SECTIONS)
    note = get_object_or_404(notes, pk=note_id)
    is_open = note.is_draft and note.deleted_at is None
    return JsonResponse({"version": note.version, "open": is_open, "token": get_token(request)})


@require_POST
@clinicians_only
def note_save(request: Request, note_id: UUID) -> HttpResponse:
    """Save from the form, or from the editor every second (it asks for JSON)."""
    note = get_object_or_404(request.workspace.session_notes.defer(*SECTIONS), pk=note_id)
    editor = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    form = NoteForm(request.POST)
    if not form.is_valid():
        if not editor:
            return invalid_page(request, note_id, form)
        return JsonResponse({"errors": form.errors, **_kept_when_left(request)}, status=422)
    if "restore" in request.POST:
        note.restore()
    try:
        saved = save_draft(note, form.changes(), version=form.cleaned_data["version"], bases=form.bases())
    except SessionNote.NotADraft:
        if not editor:
            return closed_page(request, note_id, form)
        return JsonResponse({"closed": True, **_kept_when_left(request)}, status=409)
    if editor:
        return _editor_answer(request, note_id, saved, form)
    if saved.conflicts:
        return conflict_page(request, note_id, saved, form)
    announce(request, "note.saved", note)
    return redirect(note)


def _kept_when_left(request: Request) -> dict[str, str]:
    """Put a text that cannot be stored aside for its writer, if they leave the page and see no answer."""
    kept = unsent.keep(request) if unsent.LEAVING in request.POST else None
    return {"kept": str(kept.pk)} if kept else {}


def _editor_answer(request: Request, note_id: UUID, saved: Saved, form: NoteForm) -> JsonResponse:
    texts = form.texts()
    answer: dict[str, Any] = {
        "version": saved.version,
        "saved_at": date_format(timezone.localtime(saved.at), "TIME_FORMAT"),
        "marks": {name: mark_of(text) for name, text in texts.items() if name not in saved.conflicts},
    }
    if removed := sorted(texts.keys() & request.without_nul):
        answer["removed"] = removed
    if saved.conflicts:
        note = request.workspace.session_notes.get(pk=note_id)
        stored = {name: getattr(note, name) for name in saved.conflicts}
        answer["conflicts"] = {name: {"text": text, "mark": mark_of(text)} for name, text in stored.items()}
        answer |= _kept_when_left(request)
    return JsonResponse(answer, status=409 if saved.conflicts else 200)
