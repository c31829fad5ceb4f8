"""A client's history, newest first, a page at a time: a session is one entry, with its note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.database.compiled import any_of, compiled
from pazpaz.web.dates import format_cached
from scheduling.forms import EARLIEST, LATEST
from scheduling.models import Appointment
from scheduling.spans import Span
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTIONS

PAGE = 20
KINDS = ("all", "notes", "appointments")
EXCERPT_LENGTH = 160
# Which section says the most about a session, in one line.
EXCERPT_FROM = ("assessment", "subjective", "objective", "plan")

# What comes first of one time: a note without an appointment stands above an appointment.
APPOINTMENT, NOTE_ALONE = 0, 1


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
    """A session: a card where there is a note to read, else a thin line about an appointment."""

    at: datetime
    url: str
    about: str
    status: str
    is_card: bool = False
    text: str = ""
    draft_by: str = ""  # the colleague whose draft it is
    amended: str = ""  # when and why

    @property
    def iso(self) -> str:
        return self.at.isoformat()

    @property
    def is_to_come(self) -> bool:
        return self.at > timezone.now()

    @property
    def beside_day(self) -> str:
        """The weekday; of what is to come, which has no heading of its month, the month."""
        return format_cached(self.at.date(), "M" if self.is_to_come else "D")


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of a month, or those that are still to come."""

    heading: str
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class History:
    """One page: its entries in groups, and the query value of the page that follows it ("" at the end)."""

    groups: list[Group]
    older: str


type Row = Appointment | SessionNote


def history_of(client: Client, *, kind: str, before: Position | None, viewer: User) -> History:
    """Return a page of a history; only what is shown is opened, and notes only for clinicians."""
    clinical = viewer.sees_clinical_data
    rows: list[tuple[Position, Row]] = _appointments(client, before, clinical=clinical, kind=kind)
    if clinical and kind != "appointments":
        rows += _notes_alone(client, before)
    rows.sort(key=lambda position_and_row: position_and_row[0], reverse=True)
    shown = rows[:PAGE]
    build = _Builder(viewer, [row for _position, row in shown])
    entries = [build.entry(timezone.localtime(position.at), row) for position, row in shown]
    return History(list(_groups(entries)), str(shown[-1][0]) if len(rows) > PAGE else "")


def heading_of(at: datetime) -> str:
    """Return the heading under which an entry of a local time stands."""
    return (
        _("To come") if at > timezone.now() else format_cached(at.date().replace(day=1), "YEAR_MONTH_FORMAT")
    )


def _groups(entries: Iterable[Entry]) -> Iterable[Group]:
    for heading, group in groupby(entries, key=lambda entry: heading_of(entry.at)):
        yield Group(heading, list(group))


# -- Reading -----------------------------------------------------------------------------------------------


def _appointments(
    client: Client, before: Position | None, *, clinical: bool, kind: str
) -> list[tuple[Position, Row]]:
    rows = _page_of_appointments(
        client.workspace_id,
        client,
        *_place(before),
        clinical=clinical,
        only_with_notes=clinical and kind == "notes",
        comparison=_comparison(APPOINTMENT, before),
    )
    return [(Position(row.scheduled_start, APPOINTMENT, row.pk), row) for row in rows]


def _notes_alone(client: Client, before: Position | None) -> list[tuple[Position, Row]]:
    comparison = _comparison(NOTE_ALONE, before)
    rows = _page_of_notes_alone(client.workspace_id, client, *_place(before), comparison=comparison)
    return [(Position(row.session_date, NOTE_ALONE, row.pk), row) for row in rows]


def _place(before: Position | None) -> tuple[datetime | None, UUID | None]:
    return (before.at, before.id) if before else (None, None)


def _comparison(rank: int, before: Position | None) -> str:
    """How a rank compares to that of the entry a page follows; "" on the first page."""
    return "" if before is None else "<=>"[1 + (rank > before.rank) - (rank < before.rank)]


def _page_of[Rows: QuerySet[Any]](
    rows: Rows, column: str, comparison: str, at: datetime | None, pk: UUID | None
) -> Rows:
    """Bound a queryset to the page that follows an entry of lower, equal or higher rank."""
    same_time = Q((column, at))
    if comparison:
        rows = rows.filter(Q((f"{column}__lte", at)))
    if comparison == ">":
        rows = rows.exclude(same_time)
    elif comparison == "=":
        rows = rows.exclude(same_time, pk__gte=pk)
    # One more than is shown: it says whether there is another page.
    page: Rows = rows.order_by(f"-{column}", "-pk")[: PAGE + 1]
    return page


@compiled
def _page_of_appointments(
    workspace: UUID,
    client: Client,
    at: datetime | None,
    pk: UUID | None,
    *,
    clinical: bool,
    only_with_notes: bool,
    comparison: str,
) -> QuerySet[Appointment]:
    rows: Any = Appointment.objects.filter(workspace=workspace, client=client)
    if clinical:
        rows = rows.with_note_state().annotate(note_id=F("live_note__pk"))
    if only_with_notes:
        rows = rows.filter(live_note__isnull=False)
    rows = rows.select_related("service", "location", "therapist").only(
        "workspace_id",
        "scheduled_start",
        "scheduled_end",
        "status",
        "location_type",
        "service__name",
        "location__workspace_id",
        "location__name",
        "therapist__name",
        "therapist__email",
    )
    page: QuerySet[Appointment] = _page_of(rows, "scheduled_start", comparison, at, pk)
    return page


@compiled
def _page_of_notes_alone(
    workspace: UUID, client: Client, at: datetime | None, pk: UUID | None, *, comparison: str
) -> QuerySet[SessionNote]:
    rows = SessionNote.objects.live().filter(workspace=workspace, client=client, appointment=None)
    return _page_of(_readable(rows), "session_date", comparison, at, pk)


def _readable(notes: Any) -> QuerySet[SessionNote]:
    rows: QuerySet[SessionNote] = notes.with_people().only(
        "workspace_id",
        "client_id",
        "appointment_id",
        "author_id",
        "session_date",
        "duration_minutes",
        "is_draft",
        "amendment_count",
        *SECTIONS,
        "author__name",
        "author__email",
        "signed_by__name",
        "signed_by__email",
    )
    return rows


@compiled
def _notes_of_appointments(workspace: UUID | None, ids: list[UUID]) -> QuerySet[SessionNote]:
    return _readable(SessionNote.objects.filter(any_of("pk", ids), workspace=workspace))


@compiled
def _last_amendments(workspace: UUID | None, ids: list[UUID]) -> QuerySet[NoteVersion]:
    return (
        NoteVersion.objects.filter(any_of("note", ids), workspace=workspace, number__gt=1)
        .only("workspace_id", "note_id", "number", "created_at", "reason")
        .order_by("note", "-number")
        .distinct("note")
    )


# -- In words ----------------------------------------------------------------------------------------------


class _Builder:
    """Turns rows into entries, with the notes and amendments that belong to them, read at once."""

    def __init__(self, viewer: User, rows: Sequence[Row]) -> None:
        self.viewer = viewer
        ids = [note_id for row in rows if (note_id := getattr(row, "note_id", None))]
        workspace = viewer.workspace_id
        notes = _notes_of_appointments(workspace, ids) if ids else []
        self.notes: Mapping[UUID, SessionNote] = {note.pk: note for note in notes}
        every_note = [*notes, *(row for row in rows if isinstance(row, SessionNote))]
        amended = [note.pk for note in every_note if note.is_amended]
        versions = _last_amendments(workspace, amended) if amended else []
        self.amendments = {version.note_id: version for version in versions}

    def entry(self, at: datetime, row: Row) -> Entry:
        if isinstance(row, SessionNote):
            return self._card(at, row, _about_note_alone(at, row))
        about = self._about(row, with_weekday=at > timezone.now())
        if (note_id := getattr(row, "note_id", None)) is not None:
            return self._card(at, self.notes[note_id], about)
        return Entry(at, row.get_absolute_url(), about, str(row.status))

    def _card(self, at: datetime, note: SessionNote, about: str) -> Entry:
        mine = note.author_id == self.viewer.pk
        who = "" if mine or note.author.display_name in about else f" · {note.author.display_name}"
        return Entry(
            at,
            note.get_absolute_url(),
            about + ("" if note.is_draft else who),
            note.status,
            is_card=True,
            text=excerpt(note),
            draft_by=note.author.given_name if note.is_draft and not mine else "",
            amended=_amended(self.amendments[note.pk]) if note.pk in self.amendments else "",
        )

    def _about(self, appointment: Appointment, *, with_weekday: bool) -> str:
        span = Span.of(appointment.scheduled_start, appointment.scheduled_end)
        weekday = [format_cached(span.start.date(), "D")] if with_weekday else []
        parts = [" ".join([*weekday, f"{span.start_clock} – {span.last}"])]
        if appointment.service:
            parts.append(appointment.service.name)
        parts.append(appointment.place)
        if appointment.therapist_id != self.viewer.pk:
            parts.append(appointment.therapist.display_name)
        return " · ".join(parts)


def _about_note_alone(at: datetime, note: SessionNote) -> str:
    parts = [f"{at:%H:%M}"]
    if note.duration_minutes:
        parts.append(_("%(minutes)s min") % {"minutes": note.duration_minutes})
    parts.append(_("Session note"))
    return " · ".join(parts)


def _amended(version: NoteVersion) -> str:
    day = format_cached(timezone.localtime(version.created_at).date(), "BRIEF_DATE_FORMAT")
    return _("Amended %(day)s: %(reason)s") % {"day": day, "reason": version.reason or ""}


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
