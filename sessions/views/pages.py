"""The pages of one note, which several of its actions end on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.models import Workspace
from pazpaz.database.compiled import compiled
from pazpaz.web.pages import render_page
from pazpaz.web.request import Request
from sessions.drafts import Saved
from sessions.forms import AmendmentForm, NoteForm, SectionsForm
from sessions.models import NoteVersion, SessionNote
from sessions.models.note import RESTORABLE
from sessions.sections import SECTIONS


@compiled
def _note(workspace: Workspace, note_id: UUID) -> QuerySet[SessionNote]:
    return (
        SessionNote.objects.filter(workspace=workspace, pk=note_id)
        .select_related("client", "appointment__location", "author", "signed_by")
        .only(
            *(field.name for field in SessionNote._meta.concrete_fields),
            "client__workspace_id",
            "client__first_name",
            "client__last_name",
            "client__alerts",
            "appointment__workspace_id",
            "appointment__location_type",
            "appointment__location__workspace_id",
            "appointment__location__name",
            "author__name",
            "author__email",
            "signed_by__name",
            "signed_by__email",
        )
    )


@compiled
def _versions(workspace: Workspace, note: SessionNote) -> QuerySet[NoteVersion]:
    return (
        NoteVersion.objects.filter(workspace=workspace, note=note)
        .select_related("author")
        .only("workspace_id", "note_id", "number", "reason", "created_at", "author__name", "author__email")
        .order_by("-number")
    )


UNTOUCHED: frozenset[str] = frozenset()


def note_or_404(
    request: Request, note_id: UUID, *, deleted: bool = False, signed: bool = False
) -> SessionNote:
    """Return a note with everything its pages say around its text; a deleted or a signed one if asked for."""
    note = _note.first(request.workspace, note_id)
    if note is None or (note.deleted_at and not deleted) or (signed and note.is_draft):
        raise Http404
    return note


def versions_of(note: SessionNote) -> list[NoteVersion]:
    """The versions of a signed note, newest first, without their texts."""
    return _versions(note.workspace, note)


def draft_page(request: Request, note: SessionNote, form: NoteForm, status: int = 200) -> HttpResponse:
    """The editor, beside the last signed note of the same client."""
    # Where writing goes on: at what was refused, or at the first section.
    first = next((name for name in SECTIONS if name in form.errors), SECTIONS[0])
    form.fields[first].widget.attrs["autofocus"] = True
    last = request.workspace.session_notes.before(note).first()
    last_sections = [(form[name], getattr(last, name)) for name in reversed(SECTIONS)] if last else []
    context = {
        "note": note,
        "form": form,
        "last": last,
        "last_sections": last_sections,
        "days": RESTORABLE.days,
        "saved_today": bool(note.draft_saved_at)
        and timezone.localdate(note.draft_saved_at) == timezone.localdate(),
    }
    return render_page(request, "sessions/note.html", context, status=status)


def invalid_page(request: Request, note_id: UUID, form: NoteForm) -> HttpResponse:
    """The editor with everything that was typed."""
    note = note_or_404(request, note_id, deleted=True)
    return draft_page(request, note, form, status=422)


def signed_page(request: Request, note: SessionNote) -> HttpResponse:
    context = {"note": note, "sections": titled(note.sections()), "versions": versions_of(note)}
    return render_page(request, "sessions/note_signed.html", context)


def conflict_page(request: Request, note_id: UUID, saved: Saved, form: NoteForm) -> HttpResponse:
    """Both texts beside each other; what did not collide is stored already."""
    note = note_or_404(request, note_id, deleted=True)
    typed = {name: text for name, text in form.texts().items() if name in saved.conflicts}
    action = reverse("sessions:note-save", args=[note_id])
    return compare_page(request, note, NoteForm.of(note, typed), action, saved.conflicts)


def closed_page(request: Request, note_id: UUID, form: NoteForm) -> HttpResponse:
    """Signed or deleted meanwhile: what was typed can become an amendment, or bring the draft back."""
    note = note_or_404(request, note_id, deleted=True)
    typed = form.changes()
    if note.is_draft:
        action = reverse("sessions:note-save", args=[note_id])
        return compare_page(request, note, NoteForm.of(note, typed), action)
    return amendment_conflict_page(request, note, typed)


def amendment_conflict_page(
    request: Request, note: SessionNote, typed: dict[str, str], reason: str = ""
) -> HttpResponse:
    """The text of a signed note has moved on: both texts, and an amendment to be made of them."""
    form = AmendmentForm.of(note, typed)
    form.initial["reason"] = reason
    stored = note.sections()
    differing = frozenset(name for name, text in typed.items() if text != stored[name])
    if not differing:
        # Most likely the second of two clicks on one button: there is nothing to choose between.
        return redirect(note)
    return compare_page(request, note, form, reverse("sessions:note-amend", args=[note.pk]), differing)


def compare_page(
    request: Request,
    note: SessionNote,
    form: NoteForm | AmendmentForm,
    action: str,
    differing: frozenset[str] = UNTOUCHED,
) -> HttpResponse:
    """409: the writer's text, editable, and the stored one; nothing is overwritten before somebody chose."""
    context: dict[str, Any] = {
        "note": note,
        "form": form,
        "action": action,
        # Where there is something to choose comes first.
        "sections": [
            (form[name], getattr(note, name) if name in differing else None)
            for name in sorted(SECTIONS, key=lambda name: name not in differing)
        ],
    }
    return render_page(request, "sessions/note_conflict.html", context, status=409)


def titled(texts: dict[str, str]) -> list[tuple[str, str]]:
    """Return the sections with the names people read."""
    form = SectionsForm()
    return [(str(form[name].label), text) for name, text in texts.items()]
