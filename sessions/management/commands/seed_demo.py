from __future__ import annotations

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
from sessions.demo.people import invent_clients
from sessions.models import NoteVersion, SessionNote

DEMO_OWNER = "dana@example.org"
ACTOR = Actor.running("seed_demo")


class Command(BaseCommand):
    help = (
        "Fill the database with two invented practices: one to look at (60 clients, two years of appointments up to "
        "four weeks ahead, session notes, drafts and amendments), and a second one that must never show in the first. "
        f"The owner of the first one signs in as {DEMO_OWNER}. Nothing happens when that person exists already."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=DEMO_OWNER).exists():
            self.stdout.write("The demo practice is there already.")
            return
        with transaction.atomic():
            dana = self._found("Practice of Dana Levi", DEMO_OWNER, "Dana Levi", seed=7, clients=60)
            self._found("Katz Physiotherapy", "omer@example.org", "Omer Katz", seed=11, clients=12)
        self.stdout.write(f"The demo practice is ready; its owner is {dana.email}.")

    def _found(self, name: str, email: str, owner_name: str, *, seed: int, clients: int) -> User:
        owner = found_workspace(
            name, owner_email=email, owner_name=owner_name, time_zone="Europe/Berlin", actor=ACTOR
        )
        workspace = owner.workspace
        assert workspace is not None
        with workspace_scope(workspace, ACTOR):
            team = self._team(workspace, owner, email.partition("@")[0])
            practice = self._practice(workspace, clients, seed)
            self.stdout.write(f"{name}: {clients} clients")
            diary = self._diary(practice, team, seed)
            self.stdout.write(f"{name}: {len(diary)} appointments")
            completed = [a for a in diary if a.status == Appointment.Status.COMPLETED]
            notes, versions = invent_notes(completed, seed)
            SessionNote.objects.bulk_create(notes, batch_size=500)
            NoteVersion.objects.bulk_create(versions, batch_size=500)
            self.stdout.write(f"{name}: {len(notes)} session notes")
            record(
                "demo.seeded", workspace, clients=clients, appointments=len(diary), notes=len(notes)
            )
        return owner

    def _team(self, workspace: Workspace, owner: User, prefix: str) -> list[User]:
        therapist = User.objects.create_user(
            f"noa.{prefix}@example.org", name="Noa Peretz", role=User.Role.THERAPIST, workspace=workspace
        )
        User.objects.create_user(
            f"avi.{prefix}@example.org", name="Avi Stern", role=User.Role.ASSISTANT, workspace=workspace
        )
        return [owner, therapist]

    def _practice(self, workspace: Workspace, count: int, seed: int) -> Practice:
        zone = ZoneInfo(workspace.time_zone)
        services = [
            Service(workspace=workspace, name="Massage 60", default_duration_minutes=60, price=75, colour="teal"),
            Service(workspace=workspace, name="Physio 45", default_duration_minutes=45, price=62, colour="blue"),
        ]
        Service.objects.bulk_create(services)
        locations = [
            Location(workspace=workspace, name="Clinic", type=LocationType.CLINIC, address="Lindenstraße 12, 10969 Berlin"),
            Location(workspace=workspace, name="Home visits", type=LocationType.HOME),
        ]
        Location.objects.bulk_create(locations)
        clients = invent_clients(workspace, count, timezone.localdate(timezone=zone), seed)
        workspace.clients.bulk_create(clients)
        return Practice(clients, services, locations, zone)

    def _diary(self, practice: Practice, team: list[User], seed: int) -> list[Appointment]:
        weekdays = [{0, 1, 2, 3, 4}, {1, 3}]
        now = timezone.now()
        diary = [
            appointment
            for number, (person, days) in enumerate(zip(team, weekdays, strict=True))
            for appointment in invent_diary(practice, person, days, now, seed + number)
        ]
        return Appointment.objects.bulk_create(diary, batch_size=1000)
