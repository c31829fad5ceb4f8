from __future__ import annotations

import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.workspaces import create_workspace
from pazpaz.events import Actor
from pazpaz.scope import record, workspace_scope
from scheduling.models import Appointment, Location, Service
from sessions.demo.clients import invent_clients, sample_client
from sessions.demo.diary import Practice, invent_diary
from sessions.demo.english_practice import DEMO
from sessions.demo.hebrew_practice import OTHER
from sessions.demo.notes import invent_notes, sample_notes
from sessions.demo.practices import Plan
from sessions.models import NoteVersion, SessionNote

ACTOR = Actor.running("seed_demo")
BATCH = 1000


class Command(BaseCommand):
    help = (
        "Fill the database with two invented practices: one to look at, with the histories of some forty "
        "clients, four weeks ahead, drafts, amendments, sessions still to be written; and a second one, in "
        "Hebrew, that must never show in the first. The owner of the first one signs in as "
        f"{DEMO.owner}. Nothing happens when that person exists already."
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
        owner = create_workspace(
            plan.name,
            owner_email=plan.owner,
            owner_name=plan.owner_name,
            time_zone=plan.time_zone,
            language=plan.language,
            actor=ACTOR,
        )
        workspace = owner.workspace
        assert workspace is not None
        now, chance = timezone.now(), random.Random(plan.seed)
        with workspace_scope(workspace, ACTOR):
            practice = _furnish(plan, workspace, _hire(plan, workspace, owner), now, chance)
            visits = invent_diary(practice, now, chance)
            Appointment.objects.bulk_create([v.appointment for v in visits], batch_size=BATCH)
            notes, versions = invent_notes(plan, visits, chance)
            if plan.has_sample:
                sample = sample_client(workspace)
                sample.save()
                texts, originals = sample_notes(sample, owner, now.astimezone(practice.zone))
                notes, versions = notes + texts, versions + originals
            SessionNote.objects.bulk_create(notes, batch_size=BATCH)
            NoteVersion.objects.bulk_create(versions, batch_size=BATCH)
            clients = len(practice.clients) + plan.has_sample
            record("demo.seeded", workspace, clients=clients, appointments=len(visits), notes=len(notes))
        for count, words in (
            (clients, "clients"),
            (len(visits), "appointments"),
            (len(notes), "session notes"),
        ):
            self.stdout.write(f"{plan.name}: {count} {words}")


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


def _furnish(
    plan: Plan, workspace: Workspace, team: list[User], now: datetime, chance: random.Random
) -> Practice:
    """Create services, places and clients."""
    services = {
        key: Service.objects.create(
            workspace=workspace, name=name, default_duration_minutes=minutes, price=price, colour=colour
        )
        for key, (name, minutes, price, colour) in plan.services.items()
    }
    places = {
        kind: Location.objects.create(workspace=workspace, name=name, type=kind, address=address)
        for name, kind, address in plan.places
    }
    people = invent_clients(plan, workspace, now, chance)
    workspace.clients.bulk_create([client for _person, client in people])
    return Practice(plan, team, people, services, places, ZoneInfo(plan.time_zone))
