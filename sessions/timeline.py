"""A client's history: appointments, notes and amendments, newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from clients.models import Client
from pazpaz.compiled import CompiledQuery, Param
from pazpaz.dates import in_words
from scheduling.forms import EARLIEST, LATEST
from scheduling.models import Appointment
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTIONS

PAGE = 20
KINDS = ("all", "notes", "appointments")
EXCERPT_LENGTH = 160
# Which section says the most about a session, in one line.
EXCERPT_FROM = ("assessment", "subjective", "objective", "plan")


class Position(NamedTuple):
    """A place in the history: positions compare as their entries are ordered."""

    at: datetime
    rank: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position | None:
        """Undo str(); None for anything else, and for a time that not every clock or database knows."""
        try:
            at, rank, row_id = text.split("~")
            position = cls(datetime.fromisoformat(at), int(rank), UUID(row_id))
        except ValueError:
            return None
        if timezone.is_naive(position.at) or not EARLIEST <= position.at.date() <= LATEST:
            return None
        return position._replace(at=position.at.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    title: str
    text: str
    status: str
    url: str

    @property
    def iso(self) -> str:
        return self.at.isoformat()

    @property
    def weekday(self) -> str:
        return in_words(self.at.date(), "D")


@dataclass(frozen=True, slots=True)
class Month:
    first: datetime
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class History:
    """One page: its entries by month, and where the next page begins."""

    months: list[Month]
    older: Position | None


def history_of(client: Client, *, kind: str, before: Position | None, clinical: bool) -> History:
    """Return a page of a history; only what is shown is opened, and clinical things only if asked for."""
    found: list[tuple[Position, Appointment | SessionNote | NoteVersion]] = []
    if kind != "notes" or not clinical:
        found += _newest(Appointment, client, before)
    if kind != "appointments" and clinical:
        found += _newest(SessionNote, client, before)
        found += _newest(NoteVersion, client, before)
    found.sort(key=lambda place_and_row: place_and_row[0], reverse=True)
    entries = [_entry(timezone.localtime(place.at), row) for place, row in found[:PAGE]]
    months = [Month(group[0].at, group) for group in _by_month(entries)]
    return History(months, found[PAGE - 1][0] if len(found) > PAGE else None)


# Which time says when it was, and what comes first of one time.
_PLACES: dict[type[models.Model], tuple[str, int]] = {
    Appointment: ("scheduled_start", 0),
    SessionNote: ("session_date", 1),
    NoteVersion: ("created_at", 2),
}


def _newest(
    model: type[models.Model], client: Client, before: Position | None
) -> list[tuple[Position, Appointment | SessionNote | NoteVersion]]:
    """Return one more row than a page shows, each with its position, from before a position on."""
    column, rank = _PLACES[model]
    follows = "" if before is None else "<=>"[1 + (rank > before.rank) - (rank < before.rank)]
    rows = _newest_query(model, follows).rows(
        workspace=client.workspace_id, client=client, at=before and before.at, id=before and before.id
    )
    return [(Position(getattr(row, column), rank, row.pk), row) for row in rows]


@cache
def _newest_query(model: type[models.Model], rank: str) -> CompiledQuery[Any]:
    """The query of the first page (""), or of one that follows an entry of lower, equal or higher rank."""
    column, _rank = _PLACES[model]

    def build() -> Any:
        rows = _rows_of(model).filter(workspace=Param("workspace"))
        same_time = Q((column, Param("at")))
        if rank:
            rows = rows.filter(Q((f"{column}__lte", Param("at"))))
        if rank == ">":
            rows = rows.exclude(same_time)
        elif rank == "=":
            rows = rows.exclude(same_time, pk__gte=Param("id"))
        return rows.order_by(f"-{column}", "-pk")[: PAGE + 1]

    return CompiledQuery(build)


def _rows_of(model: type[models.Model]) -> Any:
    if model is Appointment:
        return (
            Appointment.objects.filter(client=Param("client"))
            .select_related("service", "location")
            .only(
                "workspace_id",
                "scheduled_start",
                "scheduled_end",
                "status",
                "location_type",
                "service__name",
                "location__workspace_id",
                "location__name",
            )
        )
    if model is SessionNote:
        notes = SessionNote.objects.live().filter(client=Param("client"))
        return notes.only(
            "workspace_id", "client_id", "session_date", "is_draft", "amendment_count", *SECTIONS
        )
    return NoteVersion.objects.filter(note__client=Param("client"), note__deleted_at=None, number__gt=1).only(
        "workspace_id", "note_id", "number", "created_at", "reason"
    )


def _by_month(entries: list[Entry]) -> list[list[Entry]]:
    return [
        list(group) for _month, group in groupby(entries, key=lambda entry: (entry.at.year, entry.at.month))
    ]


def _entry(at: datetime, row: Appointment | SessionNote | NoteVersion) -> Entry:
    if isinstance(row, Appointment):
        return Entry(at, _("Appointment"), _about(row), row.status, row.get_absolute_url())
    if isinstance(row, SessionNote):
        return Entry(at, _("Session note"), excerpt(row), row.status, row.get_absolute_url())
    url = reverse("sessions:note-version", args=[row.note_id, row.number])
    return Entry(at, _("Amendment"), row.reason or "", "amended", url)


def _about(appointment: Appointment) -> str:
    start, end = (
        timezone.localtime(appointment.scheduled_start),
        timezone.localtime(appointment.scheduled_end),
    )
    service = [appointment.service.name] if appointment.service else []
    return " · ".join([f"{start:%H:%M} – {end:%H:%M}", *service, appointment.place])


def excerpt(note: SessionNote) -> str:
    """Return the line that says most about a session; opens no more sections than it needs."""
    heading = ""
    for name in EXCERPT_FROM:
        for line in filter(None, map(str.strip, getattr(note, name).splitlines())):
            # Texts from elsewhere begin with the name of their section, or with a heading in capitals.
            if line.isupper():
                heading = heading or line
            elif line.strip(" :").lower() != name:
                return Truncator(line).chars(EXCERPT_LENGTH)
    return Truncator(heading).chars(EXCERPT_LENGTH)
