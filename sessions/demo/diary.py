"""An invented diary: two years of appointments up to four weeks ahead, none overlapping."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, takewhile
from zoneinfo import ZoneInfo

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment, Location, LocationType, Service

PAST, AHEAD = timedelta(days=730), timedelta(days=28)
STARTS = (time(8, 30), time(9, 45), time(11, 0), time(13, 30), time(14, 45), time(16, 0), time(17, 15))
BOOKING_NOTES = ("Bring the long strap.", "Wants to pay by card.", "Arrives by train, maybe late.")
WAY_IN = "Third floor, the bell is broken: call from the street."

Status = Appointment.Status


@dataclass(frozen=True)
class Practice:
    """What the diary is filled from."""

    clients: Sequence[Client]
    services: Sequence[Service]
    locations: Sequence[Location]
    zone: ZoneInfo


def invent_diary(
    practice: Practice, therapist: User, weekdays: Collection[int], now: datetime, seed: int
) -> list[Appointment]:
    """Return unsaved appointments of one therapist: on those weekdays (Monday is 0), and always today."""
    chance = random.Random(seed)
    today = now.astimezone(practice.zone).date()
    # Some come every week, some once a season.
    weights = [min(chance.paretovariate(1.2), 6.0) for _client in practice.clients]
    return [
        _appointment(practice, therapist, client, datetime.combine(day, start, practice.zone), now, chance)
        for day in _days(today - PAST, today + AHEAD)
        if day.weekday() in weekdays or day == today
        for start in STARTS
        if chance.random() < _fill(day, today)
        for client in chance.choices(practice.clients, weights)
    ]


def _days(first: date, last: date) -> list[date]:
    return list(takewhile(last.__ge__, (first + timedelta(days=offset) for offset in count())))


def _fill(day: date, today: date) -> float:
    """How much of a day is booked: today is busy, the weeks ahead fill up only as they come near."""
    if day == today:
        return 0.85
    return 0.55 if day < today + timedelta(days=7) else 0.3


def _appointment(
    practice: Practice, therapist: User, client: Client, start: datetime, now: datetime, chance: random.Random
) -> Appointment:
    service = chance.choice(practice.services)
    location: Location | None = chance.choices([*practice.locations, None], [8, 3, 1])[0]
    end = start + timedelta(minutes=service.default_duration_minutes)
    appointment = Appointment(
        workspace=client.workspace,
        client=client,
        therapist=therapist,
        service=service,
        location=location,
        scheduled_start=start,
        scheduled_end=end,
        location_type=location.type if location else LocationType.ONLINE,
        status=_status(start, end, now, chance),
        created_by=therapist,
    )
    if location and location.type == LocationType.HOME:
        appointment.location_details = WAY_IN
    if chance.random() < 0.06:
        appointment.notes = chance.choice(BOOKING_NOTES)
    return appointment


def _status(start: datetime, end: datetime, now: datetime, chance: random.Random) -> Status:
    if end < now:
        return chance.choices([Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW], [88, 7, 5])[0]
    if start > now:
        return chance.choices([Status.SCHEDULED, Status.CANCELLED], [96, 4])[0]
    return Status.SCHEDULED
