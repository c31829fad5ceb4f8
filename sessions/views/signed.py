"""A note from its signature on: sign it, amend it, read its versions."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pazpaz.web.announcements import announce
from pazpaz.web.pages import render_page
from pazpaz.web.permissions import clinicians_only
from pazpaz.web.request import Request
from sessions.drafts import save_draft
from sessions.forms import AmendmentForm, NoteForm
from sessions.models import SessionNote
from sessions.views.pages import (
    amendment_conflict_page,
    closed_page,
    conflict_page,
    draft_page,
    invalid_page,
    note_or_404,
    titled,
    versions_of,
)


@require_http_methods(["GET", "HEAD", "POST"])
@clinicians_only
def note_sign(request: Request, note_id: UUID) -> HttpResponse:
    """Sign what was just typed, once it is confirmed: in the dialog, or on the page that GET shows."""
    if request.method != "POST":
        note = note_or_404(request, note_id)
        return _confirmation_page(request, note) if note.is_draft else redirect(note)
    # A deleted draft too: what was typed into it must not end in a 404.
    note = note_or_404(request, note_id, deleted=True)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return invalid_page(request, note_id, form)
    try:
        saved = save_draft(note, form.changes(), version=form.cleaned_data["version"], bases=form.bases())
        if saved.conflicts:
            return conflict_page(request, note_id, saved, form)
        on_behalf = request.POST.get("on_behalf_of") == str(note.author_id)
        if "confirmed" not in request.POST and not on_behalf:
            return redirect("sessions:note-sign", note_id)
        note.sign(request.user, version=saved.version, on_behalf=on_behalf)
    except SessionNote.NotADraft:
        return closed_page(request, note_id, form)
    except SessionNote.Stale:
        messages.warning(request, _("The note was changed in another window. Read it once more, then sign."))
        return redirect("sessions:note-sign", note_id)
    except SessionNote.OfAnother:
        return redirect("sessions:note-sign", note_id)
    except SessionNote.Empty:
        form.add_error(None, _("There is nothing to sign yet: write in at least one section."))
        return draft_page(request, note, form, status=422)
    announce(request, "note.signed", note)
    return redirect(note)


@require_http_methods(["GET", "HEAD", "POST"])
@clinicians_only
def note_amend(request: Request, note_id: UUID) -> HttpResponse:
    note = note_or_404(request, note_id, signed=True)
    if request.method != "POST":
        return _amendment_page(request, note, AmendmentForm.of(note))
    form = AmendmentForm(request.POST)
    if not form.is_valid():
        return _amendment_page(request, note, form)
    typed, reason = form.texts(), form.cleaned_data["reason"]
    try:
        note.amend(request.user, {**note.sections(), **typed}, reason, seen=form.cleaned_data["seen"])
    except SessionNote.Stale:
        # What was fetched above may be older than the amendment that came first.
        note = note_or_404(request, note_id, signed=True)
        return amendment_conflict_page(request, note, typed, reason)
    except SessionNote.Unchanged:
        form.add_error(None, _("Nothing is different from the signed text, so there is nothing to amend."))
        return _amendment_page(request, note, form)
    except SessionNote.Empty:
        form.add_error(None, _("A signed note cannot become empty. Say what should be read instead."))
        return _amendment_page(request, note, form)
    announce(request, "note.amended", note)
    return redirect(note)


@require_safe
@clinicians_only
def note_versions(request: Request, note_id: UUID) -> HttpResponse:
    note = note_or_404(request, note_id, signed=True)
    context = {"note": note, "versions": versions_of(note)}
    return render_page(request, "sessions/note_versions.html", context)


@require_safe
@clinicians_only
def note_version(request: Request, note_id: UUID, number: int) -> HttpResponse:
    note = note_or_404(request, note_id, signed=True)
    version = get_object_or_404(note.versions.select_related("author"), number=number)
    context = {
        "note": note,
        "version": version,
        "versions": versions_of(note),
        "sections": titled(version.sections()),
    }
    return render_page(request, "sessions/note_version.html", context)


def _confirmation_page(request: Request, note: SessionNote) -> HttpResponse:
    context = {"note": note, "sections": titled(note.sections()), "is_empty": note.is_empty}
    return render_page(request, "sessions/note_sign.html", context)


def _amendment_page(request: Request, note: SessionNote, form: AmendmentForm) -> HttpResponse:
    first = next((name for name in form.fields if name in form.errors), "reason")
    form.fields[first].widget.attrs["autofocus"] = True
    context = {"note": note, "form": form}
    return render_page(request, "sessions/note_amend.html", context, status=422 if form.is_bound else 200)
