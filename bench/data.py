"""The data of the bench, built once and kept under var/bench: a busy practice, a large one, small ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import connections, transaction
from django.utils import timezone

from bench.say import say
from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import create_workspace
from pazpaz.events import Actor
from pazpaz.scope import workspace_scope
from scheduling.models import Appointment, Location, Service
from sessions.demo.notes import clinical_notes
from sessions.demo.people import invent_people
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTIONS

ACTOR = Actor.running("bench")
APPOINTMENTS, YEARS = 20_000, 3
SMALL_PRACTICES, SMALL_CLIENTS, SMALL_APPOINTMENTS = 20, 100, 1_000
SECTION_CHARACTERS = 600
BATCH = 1_000


@dataclass(frozen=True)
class Practice:
    """How large a practice is. The diary is the same in both: what differs is how many clients there are."""

    name: str
    email: str
    clients: int
    notes: int


BUSY = Practice("Bench", "bench@example.org", 500, 15_000)
LARGE = Practice("Large", "large@example.org", 5_000, 5_000)


def ensure_practice(practice: Practice) -> User:
    """Return the owner of a practice; builds it, and its neighbours, on the first run."""
    if not User.objects.filter(email=BUSY.email).exists():
        with transaction.atomic():
            for number in range(SMALL_PRACTICES):
                say(f"small practices {number + 1}/{SMALL_PRACTICES}")
                small = _found(f"Small {number}", f"small{number}@example.org")
                _fill(small, [small], SMALL_CLIENTS, SMALL_APPOINTMENTS, years=1)
            _build(BUSY)
        _gather_statistics()
    if not User.objects.filter(email=practice.email).exists():
        with transaction.atomic():
            _build(practice)
        _gather_statistics()
    return User.objects.select_related("workspace").get(email=practice.email)


def _gather_statistics() -> None:
    say("statistics for the planner")
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say("")


def _build(practice: Practice) -> None:
    owner = _found(practice.name, practice.email)
    therapists = [owner]
    for number in (1, 2):
        email = f"{practice.name.lower()}{number}@example.org"
        therapists.append(
            User.objects.create_user(email, name=f"Therapist {number}", workspace=owner.workspace)
        )
    say(f"{practice.clients} clients, {APPOINTMENTS} appointments")
    appointments = _fill(owner, therapists, practice.clients, APPOINTMENTS, years=YEARS)
    completed = [a for a in appointments if a.status == Appointment.Status.COMPLETED]
    _write_notes(owner, completed[-practice.notes :])


def _found(name: str, email: str) -> User:
    return create_workspace(name, owner_email=email, owner_name=name, time_zone="Europe/Berlin", actor=ACTOR)


def _fill(
    owner: User, therapists: Sequence[User], clients: int, appointments: int, *, years: int
) -> list[Appointment]:
    workspace = owner.workspace
    assert workspace is not None
    with workspace_scope(workspace, ACTOR):
        people = invent_people(workspace, clients, timezone.localdate(), seed=1)
        workspace.clients.bulk_create([person.client for person in people])
        services = Service.objects.bulk_create(
            Service(workspace=workspace, name=f"Service {n}", colour=colour)
            for n, colour in enumerate(("teal", "blue", "clay"))
        )
        clinic = Location.objects.create(workspace=workspace, name="Clinic")
        chance = random.Random(appointments)
        now = timezone.now()
        diary = []
        for start, therapist in islice(_slots(now, therapists, years, appointments), appointments):
            end = start + timedelta(minutes=45)
            outcome = chance.choices(["completed", "cancelled", "no_show"], [92, 5, 3])[0]
            diary.append(
                Appointment(
                    workspace=workspace,
                    client=chance.choice(people).client,
                    therapist=therapist,
                    service=chance.choice(services),
                    location=clinic,
                    scheduled_start=start,
                    scheduled_end=end,
                    status=outcome if end < now else "scheduled",
                    created_by=therapist,
                )
            )
        return Appointment.objects.bulk_create(diary, batch_size=BATCH)


def _slots(
    now: datetime, therapists: Sequence[User], years: int, count: int
) -> Iterator[tuple[datetime, User]]:
    """Yield free starts spread evenly over the years, seven eighths of them past."""
    days = years * 365
    first = (now - timedelta(days=days * 7 // 8)).replace(hour=7, minute=0, second=0, microsecond=0)
    a_day = -(-count // (days * len(therapists)))
    slots = [
        (first + timedelta(days=day, hours=slot, minutes=15 * (number % 2)), therapist)
        for day in range(days)
        for number, therapist in enumerate(therapists)
        for slot in range(a_day)
    ]
    chosen = random.Random(years).sample(slots, min(count, len(slots)))
    yield from sorted(chosen, key=lambda slot: slot[0])


def _write_notes(owner: User, appointments: Sequence[Appointment]) -> None:
    texts = [" ".join(filter(None, (note[section] for section in SECTIONS))) for note in clinical_notes()]
    chance = random.Random(3)
    assert isinstance(owner.workspace, Workspace)
    with workspace_scope(owner.workspace, ACTOR):
        for at in range(0, len(appointments), BATCH):
            say(f"notes {at + BATCH}/{len(appointments)}")
            notes = [_note(appointment, texts, chance) for appointment in appointments[at : at + BATCH]]
            SessionNote.objects.bulk_create(notes)
            NoteVersion.objects.bulk_create([NoteVersion.of(note, 1, note.author) for note in notes])


def _note(appointment: Appointment, texts: Sequence[str], chance: random.Random) -> SessionNote:
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
