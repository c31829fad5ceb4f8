"""Saving drafts, every second and from several tabs: nothing is lost, and nothing unseen is overwritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from pazpaz.scope import current_scope, record
from sessions.models import SessionNote, SessionNoteQuerySet
from sessions.sections import SECTIONS, checksum_of, mark_of

# Within this time the saves of one person's session leave one line in the trail, not one a second.
EDITING_SESSION = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a save: the last state its writer knows whole, and the sections that were not stored."""

    version: int
    at: datetime
    conflicts: frozenset[str] = frozenset()


def save_draft(
    note: SessionNote,
    texts: Mapping[str, str],
    *,
    version: int,
    bases: Mapping[str, Collection[str]],
) -> Saved:
    """Store sections of a draft, but none over a text its writer has not seen.

    `version` is the state the writer started from. When others have saved since, a section is stored only
    where the text there now has one of the section's `bases` (marks or checksums of texts the writer knows);
    the others are conflicts. Raises SessionNote.NotADraft.
    """
    if not texts:
        return Saved(version, timezone.now())
    drafts = SessionNote.objects.drafts().filter(pk=note.pk)
    # The filter is the lock: of two tabs that started from one version, one gets through here.
    if _store(note, drafts.filter(version=version), texts):
        return Saved(version + 1, timezone.now())
    locked = drafts.select_for_update()[:1]
    row = next(locked.open_values(*SECTIONS, unrecorded="compared with the texts the writer has seen"), None)
    if row is None:
        raise SessionNote.NotADraft
    stored = dict(zip(SECTIONS, row[1:], strict=True))
    changes = {name: text for name, text in texts.items() if text != stored[name]}
    conflicts = frozenset(name for name in changes if not _is_known(stored[name], bases.get(name, ())))
    if free := {name: text for name, text in changes.items() if name not in conflicts}:
        _store(note, drafts, free)
    # What others wrote elsewhere in the note is not known to this writer, so its version stays the old one.
    return Saved(version, timezone.now(), conflicts)


def _is_known(text: str, bases: Collection[str]) -> bool:
    return mark_of(text) in bases or checksum_of(text) in bases


def _store(note: SessionNote, drafts: SessionNoteQuerySet, texts: Mapping[str, str]) -> bool:
    now = timezone.now()
    if not drafts.update_sealed(note, texts, version=F("version") + 1, draft_saved_at=now, updated_at=now):
        return False
    _record_saved(note, texts, now)
    return True


def _record_saved(note: SessionNote, names: Iterable[str], now: datetime) -> None:
    fields = sorted(names)
    scope = current_scope()
    known = scope.workspace.audit_events.filter(
        object_type="session_note",
        object_id=note.pk,
        at__gt=now - EDITING_SESSION,
        action="session_note.saved",
        actor_id=scope.actor.id,
        session_ref=scope.origin.session_ref,
        fields__contains=fields,
    )
    if not known.exists():
        record("session_note.saved", note, fields=fields)
