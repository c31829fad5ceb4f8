"""Session notes of the demo: now and then a full clinical note under the client's name, else follow-ups."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from clients.models import Client
from scheduling.models import Appointment
from sessions.demo.follow_ups import invent_follow_up
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTION_LENGTH, SECTIONS

SOURCE = Path(__file__).with_name("clinical_notes.jsonl")
WHO = re.compile(r"\b(?P<first>[A-Z][a-z]+) (?P<last>[A-Z][a-z]+) is an? ")
TITLE = re.compile(r"\b(Mr|Mrs|Ms)\. ")
AGE = re.compile(r"\b\d{1,3}([- ]year[- ]old)")
SHE = re.compile(r"\b(?:she|her)\b", re.IGNORECASE)
HE = re.compile(r"\b(?:he|his|him)\b", re.IGNORECASE)
# A client's first session, and every so many later ones, has a full note.
FULL_NOTE_EVERY = 9
DRAFTS = 3

type Note = Mapping[str, str]


@cache
def clinical_notes() -> tuple[Note, ...]:
    """Return the real notes that have at least two of the four sections, and whose names can be told."""
    with SOURCE.open(encoding="utf-8") as lines:
        notes = [json.loads(line) for line in lines]
    return tuple(
        note
        for note in notes
        if sum(bool(note[section]) for section in SECTIONS) >= 2
        and (WHO.search(note["note"]) or not TITLE.search(note["note"]))
    )


def invent_notes(
    appointments: Iterable[Appointment], women: Collection[UUID], seed: int
) -> tuple[list[SessionNote], list[NoteVersion]]:
    """Return unsaved notes for completed appointments: signed ones, some amended, and the newest as drafts.

    `women` are the ids of the clients that notes call her.
    """
    chance = random.Random(seed)
    visits: defaultdict[UUID, int] = defaultdict(int)
    notes = []
    for appointment in sorted(appointments, key=lambda a: a.scheduled_start):
        client = appointment.client
        visit = visits[client.pk]
        visits[client.pk] += 1
        if visit % FULL_NOTE_EVERY == 0:
            words = _under_the_name_of(client, chance.choice(_notes_about(client.pk in women)))
        else:
            words = invent_follow_up(chance, visit)
        notes.append(_note(appointment, words))
    versions = [version for note in notes[:-DRAFTS] for version in _sign(note, chance)]
    for note in notes[-DRAFTS:]:
        note.plan = ""
        note.draft_saved_at = note.session_date + timedelta(minutes=50)
    return notes, versions


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


def _sign(note: SessionNote, chance: random.Random) -> list[NoteVersion]:
    assert note.appointment is not None
    signed_at = note.appointment.scheduled_end + timedelta(minutes=chance.randrange(3, 12))
    note.is_draft = False
    note.signed_at = note.draft_saved_at = signed_at
    note.signed_by = note.author
    versions = [NoteVersion.of(note, 1, note.author, at=signed_at)]
    if chance.random() < 0.03:
        note.plan = f"{note.plan}\nSide corrected: left, not right.".strip()
        note.amendment_count, note.amended_at = 1, signed_at + timedelta(hours=20)
        versions.append(
            NoteVersion.of(
                note,
                2,
                note.author,
                "Wrong side: noticed while preparing the referral.",
                at=note.amended_at,
            )
        )
    return versions


@cache
def _notes_about(a_woman: bool) -> tuple[Note, ...]:
    return tuple(
        note
        for note in clinical_notes()
        if (len(SHE.findall(note["note"])) > len(HE.findall(note["note"]))) is a_woman
    )


def _under_the_name_of(client: Client, note: Note) -> dict[str, str]:
    who = WHO.search(note["note"])
    words = {section: AGE.sub(rf"{client.age}\1", note[section][:SECTION_LENGTH]) for section in SECTIONS}
    if who is None:
        return words
    names = {
        f"{who['first']} {who['last']}": client.full_name,
        who["last"]: client.last_name,
        who["first"]: client.first_name,
    }
    name = re.compile(r"\b(?:" + "|".join(names) + r")\b")
    return {
        section: name.sub(lambda found: names[found[0]], TITLE.sub("", text))
        for section, text in words.items()
    }
