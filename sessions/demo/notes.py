"""Session notes of the demo: signed ones, two of them amended, and some drafts."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment
from sessions.demo.cases import Episode, Writer
from sessions.demo.diary import Visit
from sessions.demo.practices import Plan
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTION_LENGTH, SECTIONS

SOURCE = Path(__file__).with_name("clinical_notes.jsonl")
SAMPLES = 6
# Of the last completed appointments, counted from the end.
TO_WRITE = (0, 3, 7)
DRAFTS = (2, 5)

type Note = Mapping[str, str]


@cache
def clinical_notes() -> tuple[Note, ...]:
    """Return the published notes that have at least two of the four sections."""
    with SOURCE.open(encoding="utf-8") as lines:
        notes = [json.loads(line) for line in lines]
    return tuple(note for note in notes if sum(bool(note[section]) for section in SECTIONS) >= 2)


def invent_notes(
    plan: Plan, visits: Sequence[Visit], chance: random.Random
) -> tuple[list[SessionNote], list[NoteVersion]]:
    """Return unsaved notes of the completed visits, and their versions."""
    writer = Writer(plan.language_of_notes, chance)
    episodes: dict[tuple[UUID, int], tuple[Episode, datetime]] = {}
    completed = [visit for visit in visits if visit.appointment.status == Appointment.Status.COMPLETED]
    notes, versions = [], []
    for from_the_end, visit in reversed(list(enumerate(reversed(completed)))):
        if from_the_end in TO_WRITE:
            continue
        appointment = visit.appointment
        start = appointment.scheduled_start
        key = appointment.client_id, visit.run
        if key not in episodes:
            episodes[key] = writer.begin(visit.case, visit.length), start
        episode, since = episodes[key]
        note = _note(appointment, writer.note(episode, (start - since).days // 7))
        notes.append(note)
        if from_the_end in DRAFTS:
            note.plan = ""
            note.draft_saved_at = appointment.scheduled_end - timedelta(minutes=5)
        else:
            versions.append(
                _sign(note, appointment.scheduled_end + timedelta(minutes=chance.randrange(2, 13)))
            )
    signed = [note for note in notes if not note.is_draft]
    for number, (reason, correction) in enumerate(plan.corrections, start=1):
        versions.append(_amend(signed[-9 * number], reason, correction))
    return notes, versions


def sample_notes(client: Client, author: User, now: datetime) -> tuple[list[SessionNote], list[NoteVersion]]:
    """Return unsaved notes of the one client that stands for published texts of general medicine."""
    noon = now.replace(hour=12, minute=15, second=0, microsecond=0)
    notes = [
        SessionNote(
            workspace=client.workspace,
            client=client,
            author=author,
            session_date=noon - timedelta(weeks=3 * number + 3),
            **{section: published[section][:SECTION_LENGTH] for section in SECTIONS},
        )
        for number, published in enumerate(clinical_notes()[:SAMPLES])
    ]
    return notes, [_sign(note, note.session_date + timedelta(minutes=50)) for note in notes]


def _note(appointment: Appointment, words: dict[str, str]) -> SessionNote:
    return SessionNote(
        workspace=appointment.workspace,
        client=appointment.client,
        appointment=appointment,
        author=appointment.therapist,
        session_date=appointment.scheduled_start,
        duration_minutes=(appointment.scheduled_end - appointment.scheduled_start).seconds // 60,
        **words,
    )


def _sign(note: SessionNote, at: datetime) -> NoteVersion:
    note.is_draft = False
    note.signed_at = note.draft_saved_at = at
    note.signed_by = note.author
    return NoteVersion.of(note, 1, note.author, at=at)


def _amend(note: SessionNote, reason: str, correction: str) -> NoteVersion:
    assert note.signed_at is not None
    note.plan = f"{note.plan}\n{correction}"
    note.amendment_count, note.amended_at = 1, note.signed_at + timedelta(hours=20)
    return NoteVersion.of(note, 2, note.author, reason, at=note.amended_at)
