"""The rows of Today, ready for `sessions/_diary.jinja`.

A row has one action, and its time decides which: now writes, past shows what became of it, later keeps a
quiet menu.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from pazpaz.accounts.models import User
from pazpaz.web.dates import format_cached
from pazpaz.web.pages import url_around_id
from scheduling.models import Appointment, LocationType, Transition
from scheduling.spans import ELSEWHERE, Span
from sessions.models import SessionNote

Status = Appointment.Status


class Button(NamedTuple):
    """A button of a form of the page: where it goes, and what it says."""

    url: str
    label: str


class NoteLink(NamedTuple):
    url: str
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An appointment of the day: when, who, what, and the one thing to do."""

    id: str
    status: str
    is_now: bool
    iso: str
    start: str
    end: str
    other_day: str  # what a screen reader says about the end that is on another day
    client_url: str
    name: str
    alerts: Sequence[str]
    url: str
    service: str
    colour: str
    place: str
    colleague: str
    phone: str  # of a client who is still expected: therapists call late clients
    state: str  # the status as a pill
    is_completed: bool  # said beside "Write note"
    complete: Button | None
    note: NoteLink | None
    write_url: str
    is_primary: bool
    menu: list[Button]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one part of the day."""

    name: str
    title: str
    rows: list[Row]


@dataclass(slots=True)
class Diary:
    """The day in three parts, the nearest first; `writes`: one of its rows has the primary button."""

    groups: list[Group] = field(default_factory=list)
    writes: bool = False


def diary_of(appointments: Iterable[Appointment], now: datetime, user: User) -> Diary:
    """Return the day: now, later in order, and earlier backwards."""
    current: list[Appointment] = []
    later: list[Appointment] = []
    earlier: list[Appointment] = []
    for row in appointments:
        part = later if row.scheduled_start > now else earlier if row.scheduled_end <= now else current
        part.append(row)
    builder = _Builder(now, user)
    diary = Diary()
    for name, title, rows in (
        ("now", _("Now"), current),
        ("later", _("Later"), later),
        ("earlier", _("Earlier"), earlier[::-1]),
    ):
        if rows:
            diary.groups.append(Group(name, title, [builder.row(row) for row in rows]))
    diary.writes = builder.has_primary
    return diary


class _Builder:
    """Builds rows of appointments that come with what sessions.today adds to them."""

    def __init__(self, now: datetime, user: User) -> None:
        self.now = now
        self.day = timezone.localdate(now)
        self.user = user
        self.clinical = user.sees_clinical_data
        self.has_primary = False
        self.places = {kind.value: str(kind.label) for kind in LocationType}
        self.client_url = url_around_id("sessions:client")
        self.appointment_url = url_around_id("scheduling:appointment")
        self.note_url = url_around_id("sessions:note")
        self.write_url = url_around_id("sessions:note-for-appointment")
        self.transitions = {
            transition: (url_around_id(f"scheduling:{transition.value}"), str(transition.label))
            for transition in Transition
        }

    def row(self, row: Any) -> Row:
        span = Span.of(row.scheduled_start, row.scheduled_end)
        has_begun = row.scheduled_start <= self.now
        is_now = has_begun and self.now < row.scheduled_end
        is_scheduled = row.status == Status.SCHEDULED
        completes = is_scheduled and has_begun and not self.clinical
        writes = self.clinical and not row.note_id and row.blocks_time and (has_begun or not is_scheduled)
        primary = writes and is_now and row.therapist_id == self.user.pk and not self.has_primary
        self.has_primary = self.has_primary or primary
        return Row(
            id=str(row.pk),
            status=row.status,
            is_now=is_now,
            iso=span.start.isoformat(),
            start=span.start_clock if span.start.date() >= self.day else ELSEWHERE,
            end=span.end_clock,
            other_day=span.other_day(self.day),
            client_url=_url(self.client_url, row.client_id),
            name=row.client.full_name,
            alerts=row.client.alerts if self.user.sees_alerts else (),
            url=_url(self.appointment_url, row.pk),
            service=row.service_name or "",
            colour=row.colour or "",
            place=row.location_name or self.places[row.location_type],
            colleague=_colleague(row, self.user),
            phone=row.client.phone if is_scheduled else "",
            state=self._state(row),
            is_completed=writes and row.status == Status.COMPLETED,
            complete=self._button(row, Transition.COMPLETE) if completes else None,
            note=self._note(row) if self.clinical else None,
            write_url=_url(self.write_url, row.pk) if writes else "",
            is_primary=primary,
            menu=[
                self._button(row, transition)
                for transition in row.allowed_transitions
                if not (completes and transition is Transition.COMPLETE)
            ],
        )

    def _state(self, row: Any) -> str:
        """Return the status where it says more than the action does."""
        if self.clinical:
            return "" if row.blocks_time else str(row.status)
        return "" if row.status == Status.SCHEDULED else str(row.status)

    def _note(self, row: Any) -> NoteLink | None:
        return NoteLink(_url(self.note_url, row.note_id), row.note_is_draft) if row.note_id else None

    def _button(self, row: Any, transition: Transition) -> Button:
        around, label = self.transitions[transition]
        return Button(_url(around, row.pk), label)


class Line(NamedTuple):
    """A session that waits for its note, or a draft that waits to be finished."""

    kind: Literal["write", "finish"]
    url: str  # of the name
    action_url: str
    name: str
    iso: str
    when: str
    about: list[str]


def lines_to_write(appointments: Iterable[Any], user: User) -> list[Line]:
    """Return the lines of appointments that wait for their note: one click writes it."""
    client_url, write_url = url_around_id("sessions:client"), url_around_id("sessions:note-for-appointment")
    return [
        _line(
            "write",
            (_url(client_url, row.client_id), _url(write_url, row.pk)),
            row.client.full_name,
            row.scheduled_start,
            _colleague(row, user),
        )
        for row in appointments
    ]


def lines_of_drafts(drafts: Iterable[tuple[SessionNote, str]], user: User) -> list[Line]:
    """Return the lines of drafts, each with its age: one click goes on writing."""
    note_url = url_around_id("sessions:note")
    lines = []
    for note, age in drafts:
        url = _url(note_url, note.pk)
        colleague = "" if note.author_id == user.pk else note.author.display_name
        lines.append(_line("finish", (url, url), note.client.full_name, note.session_date, colleague, age))
    return lines


def _line(
    kind: Literal["write", "finish"], urls: tuple[str, str], name: str, at: datetime, *about: str
) -> Line:
    at = timezone.localtime(at)
    when = format_cached(at, "BRIEF_WEEKDAY_TIME_FORMAT")
    return Line(kind, *urls, name, at.isoformat(), when, [part for part in about if part])


def _colleague(row: Any, user: User) -> str:
    """Return the therapist where it is a colleague."""
    return "" if row.therapist_id == user.pk else row.therapist_name or row.therapist_email


def _url(around: tuple[str, str], pk: object) -> str:
    return f"{around[0]}{pk}{around[1]}"
