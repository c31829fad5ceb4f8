"""The data of the bench: one busy practice and twenty small ones, built once and kept under var/bench."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import found_workspace
from pazpaz.scope import Actor, workspace_scope
from scheduling.models import Appointment, Location, Service
from sessions.demo.notes import real_notes
from sessions.demo.people import invent_clients
from sessions.models import SECTIONS, NoteVersion, SessionNote

ACTOR = Actor.running("bench")
OWNER = "bench@example.org"
CLIENTS, APPOINTMENTS, NOTES = 500, 20_000, 15_000
SMALL_PRACTICES, SMALL_CLIENTS, SMALL_APPOINTMENTS = 20, 100, 1_000
SECTION_CHARACTERS = 600
CHUNK = 1_000


def ensure_data() -> User:
    """Return the owner of the busy practice; builds everything on the first run."""
    owner = User.objects.select_related("workspace").filter(email=OWNER).first()
    if owner is not None:
        return owner
    for number in range(SMALL_PRACTICES):
        print(f"\rBuilding the data: small practices {number + 1}/{SMALL_PRACTICES}", end="", flush=True)
        _small_practice(number)
    print(f"\nBuilding the data: {CLIENTS} clients, {APPOINTMENTS} appointments, {NOTES} notes", flush=True)
    owner = _found("Bench", OWNER)
    assert owner.workspace is not None
    with workspace_scope(owner.workspace, ACTOR):
        therapists = [owner, _therapist(owner.workspace, 1), _therapist(owner.workspace, 2)]
        appointments = _appointments(owner.workspace, therapists, CLIENTS, APPOINTMENTS, years=3)
    with workspace_scope(owner.workspace, ACTOR):
        _notes([a for a in appointments if a.status == Appointment.Status.COMPLETED][:NOTES])
    return owner


def _small_practice(number: int) -> None:
    owner = _found(f"Small {number}", f"small{number}@example.org")
    assert owner.workspace is not None
    with workspace_scope(owner.workspace, ACTOR):
        _appointments(owner.workspace, [owner], SMALL_CLIENTS, SMALL_APPOINTMENTS, years=1)


def _found(name: str, email: str) -> User:
    return found_workspace(name, owner_email=email, owner_name=name, time_zone="Europe/Berlin", actor=ACTOR)


def _therapist(workspace: Workspace, number: int) -> User:
    return User.objects.create_user(f"bench{number}@example.org", name=f"Therapist {number}", workspace=workspace)


def _appointments(
    workspace: Workspace, therapists: list[User], clients: int, count: int, years: int
) -> list[Appointment]:
    people = invent_clients(workspace, clients, timezone.localdate(), seed=1)
    workspace.clients.bulk_create(people)
    services = Service.objects.bulk_create(
        [Service(workspace=workspace, name=f"Service {n}", colour=c) for n, c in enumerate(("teal", "blue", "clay"))]
    )
    locations = Location.objects.bulk_create([Location(workspace=workspace, name="Clinic")])
    chance = random.Random(count)
    now = timezone.now()
    rows = []
    for start, therapist in islice(_slots(now, therapists, years, count), count):
        end = start + timedelta(minutes=45)
        past = end < now
        rows.append(
            Appointment(
                workspace=workspace,
                client=chance.choice(people),
                therapist=therapist,
                service=chance.choice(services),
                location=locations[0],
                scheduled_start=start,
                scheduled_end=end,
                status=chance.choices(["completed", "cancelled", "no_show"], [92, 5, 3])[0] if past else "scheduled",
                created_by=therapist,
            )
        )
    return Appointment.objects.bulk_create(rows, batch_size=CHUNK)


def _slots(now: datetime, therapists: list[User], years: int, count: int) -> Iterator[tuple[datetime, User]]:
    """Yield free starts spread evenly over the years, five sixths of them past."""
    days = years * 365
    first = (now - timedelta(days=days * 5 // 6)).replace(hour=7, minute=0, second=0, microsecond=0)
    a_day = -(-count // (days * len(therapists)))
    chance = random.Random(years)
    slots = [
        (first + timedelta(days=day, minutes=slot * 60 + 15 * (number % 2)), therapist)
        for day in range(days)
        for number, therapist in enumerate(therapists)
        for slot in range(a_day)
    ]
    yield from sorted(chance.sample(slots, min(count, len(slots))), key=lambda slot: slot[0])


def _notes(appointments: list[Appointment]) -> None:
    texts = [" ".join(filter(None, (note[section] for section in SECTIONS))) for note in real_notes()]
    chance = random.Random(3)
    for at in range(0, len(appointments), CHUNK):
        print(f"\rBuilding the data: notes {at + CHUNK}/{len(appointments)}", end="", flush=True)
        notes = [_note(appointment, texts, chance) for appointment in appointments[at : at + CHUNK]]
        SessionNote.objects.bulk_create(notes)
        NoteVersion.objects.bulk_create([NoteVersion.of(note, 1, note.author) for note in notes])
    print()


def _note(appointment: Appointment, texts: list[str], chance: random.Random) -> SessionNote:
    words = {}
    for section in SECTIONS:
        text = chance.choice(texts)
        at = chance.randrange(max(1, len(text) - SECTION_CHARACTERS))
        words[section] = text[at : at + SECTION_CHARACTERS].ljust(SECTION_CHARACTERS, ".")
    return SessionNote(
        workspace=appointment.workspace,
        client=appointment.client,
        appointment=appointment,
        author=appointment.therapist,
        session_date=appointment.scheduled_start,
        duration_minutes=45,
        is_draft=False,
        signed_at=appointment.scheduled_end,
        signed_by=appointment.therapist,
        **words,
    )
