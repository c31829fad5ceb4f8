from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import found_workspace
from pazpaz.scope import Actor, record, workspace_scope
from scheduling.models import Appointment, Location, LocationType, Service
from sessions.demo.diary import Practice, invent_diary
from sessions.demo.notes import invent_notes
from sessions.demo.people import LOCALES, invent_people
from sessions.models import NoteVersion, SessionNote

ACTOR = Actor.running("seed_demo")
BATCH = 1000


@dataclass(frozen=True)
class Plan:
    """What an invented practice is like. `working_days` says who works when; Monday is 0."""

    name: str
    owner: str
    owner_name: str
    therapists: Mapping[str, str]
    assistants: Mapping[str, str]
    working_days: Sequence[Collection[int]]
    clients: int
    locales: Sequence[str]
    phone: str
    services: Sequence[tuple[str, int, int, str]]
    places: Sequence[tuple[str, LocationType, str | None]]
    time_zone: str
    language: str
    seed: int


DEMO = Plan(
    name="Practice of Dana Levi",
    owner="dana@example.org",
    owner_name="Dana Levi",
    therapists={"noa@example.org": "Noa Peretz"},
    assistants={"avi@example.org": "Avi Stern"},
    working_days=({0, 1, 2, 3, 4}, {1, 3}),
    clients=60,
    locales=LOCALES,
    phone="+49 30 555",
    services=(("Massage 60", 60, 75, "teal"), ("Physio 45", 45, 62, "blue")),
    places=(
        ("Clinic", LocationType.CLINIC, "Lindenstraße 12, 10969 Berlin"),
        ("Home visits", LocationType.HOME, None),
    ),
    time_zone="Europe/Berlin",
    language=Workspace.Language.ENGLISH,
    seed=7,
)
OTHER = Plan(
    name="Katz Physiotherapy",
    owner="omer@example.org",
    owner_name="Omer Katz",
    therapists={},
    assistants={},
    working_days=({6, 1, 3},),
    clients=12,
    locales=("he_IL",),
    phone="+972 3 555",
    services=(("פיזיותרפיה", 45, 280, "violet"), ("עיסוי רפואי", 60, 320, "clay")),
    places=(
        ("המרפאה", LocationType.CLINIC, "דיזנגוף 99, תל אביב"),
        ("ביקורי בית", LocationType.HOME, None),
    ),
    time_zone="Asia/Jerusalem",
    language=Workspace.Language.HEBREW,
    seed=11,
)


class Command(BaseCommand):
    help = (
        "Fill the database with two invented practices: one to look at (60 clients, two years of "
        "appointments up to four weeks ahead, session notes, drafts and amendments), and a second one, in "
        f"Hebrew, that must never show in the first. The owner of the first one signs in as {DEMO.owner}. "
        "Nothing happens when that person exists already."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=DEMO.owner).exists():
            self.stdout.write("The demo practice is there already.")
            return
        with transaction.atomic():
            for plan in (DEMO, OTHER):
                self._build(plan)
        self.stdout.write(f"The demo practice is ready; its owner is {DEMO.owner}.")

    def _build(self, plan: Plan) -> None:
        owner = found_workspace(
            plan.name,
            owner_email=plan.owner,
            owner_name=plan.owner_name,
            time_zone=plan.time_zone,
            language=plan.language,
            actor=ACTOR,
        )
        workspace = owner.workspace
        assert workspace is not None
        with workspace_scope(workspace, ACTOR):
            team = _hire(plan, workspace, owner)
            practice, women = _furnish(plan, workspace)
            self.stdout.write(f"{plan.name}: {len(practice.clients)} clients")
            diary = _fill_diary(plan, practice, team)
            self.stdout.write(f"{plan.name}: {len(diary)} appointments")
            completed = [a for a in diary if a.status == Appointment.Status.COMPLETED]
            notes, versions = invent_notes(completed, women, plan.seed)
            SessionNote.objects.bulk_create(notes, batch_size=BATCH)
            NoteVersion.objects.bulk_create(versions, batch_size=BATCH)
            self.stdout.write(f"{plan.name}: {len(notes)} session notes")
            record("demo.seeded", workspace, clients=plan.clients, appointments=len(diary), notes=len(notes))


def _hire(plan: Plan, workspace: Workspace, owner: User) -> list[User]:
    """Create the team; returns those who treat clients."""
    users = User.objects
    for email, name in plan.assistants.items():
        users.create_user(email, name=name, role=User.Role.ASSISTANT, workspace=workspace)
    return [
        owner,
        *(
            users.create_user(email, name=name, role=User.Role.THERAPIST, workspace=workspace)
            for email, name in plan.therapists.items()
        ),
    ]


def _furnish(plan: Plan, workspace: Workspace) -> tuple[Practice, set[Any]]:
    """Create services, places and clients; returns them, and which clients are women."""
    zone = ZoneInfo(plan.time_zone)
    services = Service.objects.bulk_create(
        Service(workspace=workspace, name=name, default_duration_minutes=minutes, price=price, colour=colour)
        for name, minutes, price, colour in plan.services
    )
    locations = Location.objects.bulk_create(
        Location(workspace=workspace, name=name, type=kind, address=address)
        for name, kind, address in plan.places
    )
    today = timezone.localdate(timezone=zone)
    people = invent_people(workspace, plan.clients, today, plan.seed, locales=plan.locales, phone=plan.phone)
    clients = workspace.clients.bulk_create([person.client for person in people])
    return Practice(clients, services, locations, zone), {p.client.pk for p in people if p.is_woman}


def _fill_diary(plan: Plan, practice: Practice, team: Sequence[User]) -> list[Appointment]:
    now = timezone.now()
    diary = [
        appointment
        for number, (person, days) in enumerate(zip(team, plan.working_days, strict=True))
        for appointment in invent_diary(practice, person, days, now, plan.seed + number)
    ]
    return Appointment.objects.bulk_create(diary, batch_size=BATCH)
