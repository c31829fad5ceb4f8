"""The clients of a demo practice, as their plan describes them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from clients.models import Client
from pazpaz.accounts.models import Workspace
from sessions.demo.people import ascii_of
from sessions.demo.practices import Person, Plan

SAMPLE_NOTE = (
    "Not a person. These notes are published texts of general medicine (ACI-BENCH, CC BY 4.0), here to show "
    "what long ones look like."
)


def invent_clients(
    plan: Plan, workspace: Workspace, now: datetime, chance: random.Random
) -> list[tuple[Person, Client]]:
    """Return the people of a plan, each with an unsaved client."""
    numbers = chance.sample(range(1000, 1999), len(plan.people))
    return [
        (person, _client(plan, workspace, person, number, now, chance))
        for person, number in zip(plan.people, numbers, strict=True)
    ]


def sample_client(workspace: Workspace) -> Client:
    """Return the client that stands for published texts, unsaved."""
    return Client(
        workspace=workspace, first_name="Sample", last_name="Texts", tags=["not a person"], notes=SAMPLE_NOTE
    )


def _client(
    plan: Plan, workspace: Workspace, person: Person, number: int, now: datetime, chance: random.Random
) -> Client:
    started = now - timedelta(weeks=person.since)
    name = ".".join(filter(None, (ascii_of(person.first), ascii_of(person.last)))) or f"client{number}"
    client = Client(
        workspace=workspace,
        first_name=person.first,
        last_name=person.last,
        phone=f"{plan.phone}0 {number}",
        email=f"{name}@example.org",
        address=chance.choice(plan.streets).format(n=chance.randrange(2, 140)),
        date_of_birth=date(person.born, chance.randrange(1, 13), chance.randrange(1, 29)),
        tags=list(person.tags) or None,
        alerts=[person.alert] if person.alert else None,
        medical_history=person.history or None,
        notes=person.note or None,
        consent_status=True,
        consent_at=started,
    )
    if person.near:
        client.emergency_contact_name = person.near
        client.emergency_contact_phone = f"{plan.phone}1 {number}"
    if person.is_archived:
        client.is_active, client.archived_at = False, now - timedelta(weeks=person.until - 2)
    return client
