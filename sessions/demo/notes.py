"""Session notes of the demo: real clinical notes, each under the name of the client it is put to."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from scheduling.models import Appointment
from sessions.models import SECTION_LENGTH, SECTIONS, NoteVersion, SessionNote

SOURCE = Path(__file__).with_name("clinical_notes.jsonl")
WHO = re.compile(r"\b((?:Mr|Mrs|Ms)\. )?(?P<first>[A-Z][a-z]+) (?P<last>[A-Z][a-z]+) is an? ")
DRAFTS = 3


def real_notes() -> list[dict[str, str]]:
    """Return the sections of every note that has at least two of them."""
    with SOURCE.open(encoding="utf-8") as lines:
        notes = [json.loads(line) for line in lines]
    return [note for note in notes if sum(bool(note[section]) for section in SECTIONS) >= 2]


def invent_notes(appointments: Iterable[Appointment], seed: int) -> tuple[list[SessionNote], list[NoteVersion]]:
    """Return unsaved notes for completed appointments, newest first: drafts, signed ones, some amended."""
    chance = random.Random(seed)
    texts = _texts(chance)
    notes: list[SessionNote] = []
    versions: list[NoteVersion] = []
    for number, appointment in enumerate(sorted(appointments, key=lambda a: a.scheduled_start, reverse=True)):
        note = _note(appointment, next(texts))
        notes.append(note)
        if number < DRAFTS:
            note.plan = ""
            note.draft_saved_at = appointment.scheduled_end + timedelta(minutes=4)
            continue
        note.is_draft = False
        note.signed_at = note.draft_saved_at = appointment.scheduled_end + timedelta(minutes=7)
        note.signed_by = note.author
        versions.append(NoteVersion.of(note, 1, note.author))
        if chance.random() < 0.04:
            note.plan += "\nSide corrected: left, not right."
            note.amendment_count, note.amended_at = 1, note.signed_at + timedelta(hours=20)
            versions.append(NoteVersion.of(note, 2, note.author, reason="Side corrected after reading the referral again."))
    return notes, versions


def _note(appointment: Appointment, text: dict[str, str]) -> SessionNote:
    note = SessionNote(
        workspace=appointment.workspace,
        client=appointment.client,
        appointment=appointment,
        author=appointment.therapist,
        session_date=appointment.scheduled_start,
        duration_minutes=(appointment.scheduled_end - appointment.scheduled_start).seconds // 60,
    )
    client = appointment.client
    who = WHO.search(text["note"])
    for section in SECTIONS:
        words = text[section][:SECTION_LENGTH]
        if who:
            words = words.replace(f"{who['first']} {who['last']}", client.full_name)
            words = re.sub(rf"\b{who['last']}\b", client.last_name.replace("\\", ""), words)
        setattr(note, section, words)
    return note


def _texts(chance: random.Random) -> Iterator[dict[str, str]]:
    notes = real_notes()
    while True:
        chance.shuffle(notes)
        yield from notes
