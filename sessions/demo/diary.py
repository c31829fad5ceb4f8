"""An invented diary: two years of appointments up to four weeks ahead, none overlapping."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment, Location, LocationType, Service

Status = Appointment.Status
STARTS = (time(8, 30), time(9, 45), time(11, 0), time(13, 30), time(14, 45), time(16, 0), time(17, 15))


@dataclass(frozen=True)
class Practice:
    """What the diary is filled from."""

    clients: Sequence[Client]
    services: Sequence[Service]
    locations: Sequence[Location]
    zone: ZoneInfo


def invent_diary(practice: Practice, therapist: User, weekdays: set[int], now: datetime, seed: int) -> list[Appointment]:
    """Return unsaved appointments of one therapist on those weekdays (Monday is 0)."""
    chance = random.Random(seed)
    today = now.astimezone(practice.zone).date()
    # Some come every week, some once a season.
    weights = [chance.paretovariate(1.2) for _client in practice.clients]
    diary = []
    for day in _days(today - timedelta(days=730), today + timedelta(days=28)):
        if day.weekday() not in weekdays:
            continue
        ahead = (day - today).days
        fill = 0.55 if ahead <= 7 else 0.3
        for start in STARTS:
            if chance.random() < fill or (day == today and start < time(15)):
                client = chance.choices(practice.clients, weights)[0]
                diary.append(_appointment(practice, therapist, client, datetime.combine(day, start, practice.zone), now, chance))
    return diary


def _appointment(
    practice: Practice, therapist: User, client: Client, start: datetime, now: datetime, chance: random.Random
) -> Appointment:
    service = chance.choice(practice.services)
    location: Location | None = chance.choices([*practice.locations, None], [8, 3, 1])[0]
    end = start + timedelta(minutes=service.default_duration_minutes)
    if end < now:
        status = chance.choices([Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW], [88, 7, 5])[0]
    else:
        status = chance.choices([Status.SCHEDULED, Status.CANCELLED], [96, 4])[0] if start > now else Status.SCHEDULED
    appointment = Appointment(
        workspace=client.workspace,
        client=client,
        therapist=therapist,
        service=service,
        location=location,
        scheduled_start=start,
        scheduled_end=end,
        location_type=location.type if location else LocationType.ONLINE,
        status=status,
        created_by=therapist,
    )
    if location and location.type == LocationType.HOME:
        appointment.location_details = "Third floor, the bell is broken: call from the street."
    if chance.random() < 0.06:
        appointment.notes = chance.choice(["Bring the long strap.", "Wants to pay by card.", "Arrives by train, maybe late."])
    return appointment


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
