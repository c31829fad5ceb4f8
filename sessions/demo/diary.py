"""The diary of a demo practice: everybody has a place in the week, so nobody is in two places at one time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment, Location, LocationType, Service
from sessions.demo.cases import Case
from sessions.demo.practices import Person, Plan

# A break at noon, and a quarter of an hour after each.
STARTS = (time(8, 30), time(9, 45), time(11, 0), time(13, 30), time(14, 45), time(16, 0), time(17, 15))
SHORTEST_RUN, LONGEST_RUN = 7, 10
# Between two complaints some visits are left out.
PAUSE = 2
SATURDAY, SUNDAY = 5, 6
HOLIDAYS = frozenset({(1, 1), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)})

Status = Appointment.Status


@dataclass(frozen=True)
class Practice:
    """What the diary is filled from. Services and places are by what the plan calls them."""

    plan: Plan
    team: Sequence[User]
    clients: Sequence[tuple[Person, Client]]
    services: Mapping[str, Service]
    places: Mapping[LocationType, Location]
    zone: ZoneInfo


@dataclass(frozen=True)
class Visit:
    """An appointment and what it is about: the complaint, and the run of visits it belongs to."""

    appointment: Appointment
    case: Case
    run: int
    length: int


@dataclass(frozen=True)
class _Place:
    """A client's place in the week: every week, or every other one (`parity` 0 is the current week)."""

    weekday: int
    start: time
    parity: int


def invent_diary(practice: Practice, now: datetime, chance: random.Random) -> list[Visit]:
    """Return unsaved appointments from the first client until four weeks ahead, in order of time."""
    today = now.astimezone(practice.zone).date()
    visits: list[Visit] = []
    for number in range(len(practice.team)):
        members = [(person, client) for person, client in practice.clients if person.therapist == number]
        places = _places(practice, number, [person for person, _client in members], today, chance)
        for (person, client), place in zip(members, places, strict=True):
            visits += _visits(practice, person, client, place, today, now, chance)
    visits.sort(key=lambda visit: visit.appointment.scheduled_start)
    _some_do_not_come(visits, today, practice.zone, now)
    _remember_things(visits, practice.plan.booking_notes, now)
    return visits


def working_days(plan: Plan, number: int, today: date) -> list[int]:
    """Return who works when. A demo that is opened on a day off finds a practice that works on that day."""
    days = list(plan.working_days[number])
    if number == 0 and today.weekday() not in days:
        days[days.index(min(days, key=lambda day: (day - today.weekday()) % 7))] = today.weekday()
    return days


def _places(
    practice: Practice, number: int, people: Sequence[Person], today: date, chance: random.Random
) -> list[_Place]:
    """Give everybody a place; today fills first, so that a look at the demo always finds people."""
    days = working_days(practice.plan, number, today)
    slots = [(day, start) for day in days for start in STARTS]
    chance.shuffle(slots)
    busy = [slot for slot in slots if slot[0] == today.weekday()][:6]
    rest = [slot for slot in slots if slot[0] != today.weekday()]
    weekly = iter([*busy[:3], *rest, *busy[3:]])
    taken: set[tuple[int, time]] = set()
    places: list[_Place] = []
    halves: list[_Place] = []
    for person in people:
        if person.until > 0:
            # Their place is somebody else's by now: they came on other days at the end of the day.
            places.append(_Place(days[len(places) % len(days)], time(18, 30), 0))
        elif person.every == 1:
            slot = next(slot for slot in weekly if slot not in taken)
            taken.add(slot)
            places.append(_Place(*slot, 0))
        else:
            if not halves:
                free = [slot for slot in (*busy, *rest) if slot not in taken]
                taken.add(free[0])
                halves = [_Place(*free[0], 1), _Place(*free[0], 0)]
            places.append(halves.pop())
    return places


def _visits(
    practice: Practice,
    person: Person,
    client: Client,
    place: _Place,
    today: date,
    now: datetime,
    chance: random.Random,
) -> Iterator[Visit]:
    """Yield a client's visits: one complaint after the other, each for a while, with a pause between them."""
    monday = today - timedelta(days=today.weekday())
    weeks = [
        week for week in range(-person.since, -person.until + 1) if (week - place.parity) % person.every == 0
    ]
    run, length, count, pause = 0, chance.randint(SHORTEST_RUN, LONGEST_RUN), 0, 0
    for week in weeks:
        day = monday + timedelta(weeks=week, days=place.weekday)
        if (day.month, day.day) in HOLIDAYS:
            continue
        if pause:
            pause -= 1
            continue
        case = practice.plan.cases[person.cases[run % len(person.cases)]]
        start = datetime.combine(day, place.start, practice.zone)
        appointment = _appointment(
            practice, person, client, practice.services[case.service], start, now, chance
        )
        yield Visit(appointment, case, run, length)
        if appointment.status in Appointment.BLOCKING:
            count += 1
        if count == length:
            # Whoever was here this week is not sent away from the demo.
            run, count, pause = run + 1, 0, PAUSE if week < -2 * PAUSE * person.every else 0
            length = chance.randint(SHORTEST_RUN, LONGEST_RUN)


def _appointment(
    practice: Practice,
    person: Person,
    client: Client,
    service: Service,
    start: datetime,
    now: datetime,
    chance: random.Random,
) -> Appointment:
    therapist = practice.team[person.therapist]
    location = practice.places[LocationType.HOME if person.at_home else LocationType.CLINIC]
    end = start + timedelta(minutes=service.default_duration_minutes)
    return Appointment(
        workspace=client.workspace,
        client=client,
        therapist=therapist,
        service=service,
        location=location,
        scheduled_start=start,
        scheduled_end=end,
        location_type=location.type,
        status=_status(start, end, now, chance),
        created_by=therapist,
    )


def _status(start: datetime, end: datetime, now: datetime, chance: random.Random) -> Status:
    if start.date() == now.astimezone(start.tzinfo).date():
        return Status.COMPLETED if end <= now else Status.SCHEDULED
    if end < now:
        return chance.choices([Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW], [93, 5, 2])[0]
    return chance.choices([Status.SCHEDULED, Status.CANCELLED], [97, 3])[0]


def _some_do_not_come(visits: Sequence[Visit], today: date, zone: ZoneInfo, now: datetime) -> None:
    """See to it that one of the last days has somebody who did not come, and one who called it off."""
    recent = [
        visit.appointment
        for visit in visits
        if today - timedelta(days=7) <= visit.appointment.scheduled_start.astimezone(zone).date() < today
    ]
    for appointment, status in zip(recent[1:4:2], (Status.NO_SHOW, Status.CANCELLED), strict=False):
        appointment.status = status


def _remember_things(visits: Sequence[Visit], notes: Sequence[str], now: datetime) -> None:
    """Give some of the appointments around now a note of whoever booked them, each another one."""
    near = [v.appointment for v in visits if abs(v.appointment.scheduled_start - now) < timedelta(days=10)]
    for appointment, note in zip(near[:: max(1, len(near) // len(notes))], notes, strict=False):
        appointment.notes = note
