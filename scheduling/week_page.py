"""The week for `scheduling/_week.jinja`: words, times and addresses, ready to be printed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.directory import NAMES
from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import any_of, compiled
from pazpaz.encryption.models import open_rows
from pazpaz.web.pages import url_around_id
from scheduling.calendar import DAY, SLOT, Block, DayColumn, Grid, PlacedBlock, Week
from scheduling.models import Appointment, LocationType
from scheduling.spans import ELSEWHERE, Span

MOST_LANES = 6  # as many as static/css/calendar-times.css knows
CLOCK = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(DAY + 1))
_ICONS = {"completed": "check", "no_show": "warning", "cancelled": "cross"}


class Mark(NamedTuple):
    """An icon, and its words for those who hear the page."""

    icon: str
    words: str


class _Row(NamedTuple):
    """What a week shows of an appointment."""

    id: UUID
    client_id: UUID
    therapist_id: UUID
    scheduled_start: datetime
    scheduled_end: datetime
    status: str
    location_type: str
    service_name: str | None
    colour: str | None
    note_is_draft: bool | None = None


class Entry(NamedTuple):
    """An appointment in the column of a day: its place in the grid, and its words."""

    url: str
    start: str
    end: str
    clock_start: str  # the true time, where the place in the grid says another
    clock_end: str
    colour: str
    status: str
    status_mark: Mark | None
    lanes: int
    lane: int
    name: str
    note_mark: Mark | None
    time: str
    other_day: str  # what a screen reader says about the end that is on another day
    therapist: str
    service: str
    place: str


@dataclass(frozen=True, slots=True)
class DayOfWeek:
    iso: str
    weekday: str
    number: int
    add_url: str
    add_label: str
    is_today: bool
    is_past: bool
    now: str
    slots: list[tuple[str, str]]
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class WeekPage:
    title: str
    start: str
    end: str
    hours: list[str]
    earlier: bool
    book_url: str
    book_query: str
    days: list[DayOfWeek]
    count: int


def week_page(
    workspace: Workspace,
    week: Week,
    *,
    now: datetime,
    clinical: bool,
    therapist: User | None = None,
    initials: Mapping[UUID, str],
    day: date | None = None,
) -> WeekPage:
    """Everything booked in a week; with the state of the notes for those who may know it.

    `initials` are those of the therapists, where there are several to tell apart. Where a list is shown
    instead of the grid, the days before today are folded, unless one of them, `day`, was asked for.
    """
    zone = ZoneInfo(workspace.time_zone)
    rows = _appointments(workspace, week, zone, clinical=clinical, therapist=therapist)
    names = client_names(workspace, {row.client_id for row in rows})
    blocks = [Block(row.scheduled_start, row.scheduled_end, row) for row in rows]
    grid = Grid.of(week.days, blocks, zone, now=now)
    today = now.astimezone(zone).date()
    folds = week.first < today <= (day or today) and today in week
    builder = _Builder(names, initials, therapist, folded_before=today if folds else date.min)
    return WeekPage(
        title=title_of(week, today),
        start=f"{grid.first_hour:02}:00",
        end=f"{grid.last_hour:02}:00",
        hours=[f"{hour:02}:00" for hour in grid.hours if hour > grid.first_hour],
        earlier=folds,
        book_url=builder.book_url,
        book_query=builder.book_query,
        days=[builder.day(column, grid.first_hour * 60) for column in grid.columns],
        count=len(rows),
    )


def _appointments(
    workspace: Workspace, week: Week, zone: ZoneInfo, *, clinical: bool, therapist: User | None
) -> list[_Row]:
    start, end = week.bounds(zone)
    rows = _of_week(workspace, start, end, therapist, clinical=clinical, of_one=therapist is not None)
    return [_Row(*row) for row in rows]


@compiled
def _of_week(
    workspace: Workspace,
    start: datetime,
    end: datetime,
    therapist: User | None,
    *,
    clinical: bool,
    of_one: bool,
) -> QuerySet[Appointment, Any]:
    """The rows of a week: with the state of the notes, of one therapist only."""
    appointments = (
        Appointment.objects.filter(workspace=workspace)
        .between(start, end)
        .in_order()
        .annotate(service_name=F("service__name"), colour=F("service__colour"))
    )
    if of_one:
        appointments = appointments.filter(therapist=therapist)
    columns = list(_Row._fields)
    if clinical:
        appointments = appointments.with_note_state()
    else:
        columns.remove("note_is_draft")
    # Rows instead of instances: three times as fast, and nothing here needs their methods.
    rows: QuerySet[Appointment, Any] = appointments.values_list(*columns)
    return rows


@compiled
def _names_of(workspace: Workspace, ids: list[UUID]) -> QuerySet[Client, Any]:
    return Client.objects.filter(any_of("pk", ids), workspace=workspace).sealed_values(*NAMES)


def client_names(workspace: Workspace, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these clients, recorded as one look at all of them."""
    if not ids:
        return {}
    names = open_rows(Client, NAMES, _names_of(workspace, list(ids)), event="client.viewed")
    return {pk: f"{first} {last}".strip() for pk, first, last in names}


class _Builder:
    """Builds the days of a week."""

    def __init__(
        self,
        names: Mapping[UUID, str],
        initials: Mapping[UUID, str],
        therapist: User | None,
        *,
        folded_before: date,
    ) -> None:
        self.names = names
        self.initials = initials
        self.folded_before = folded_before
        self.book_url = reverse("scheduling:book")
        self.book_query = f"&therapist={therapist.pk}" if therapist else ""
        self.before_id, self.after_id = url_around_id("scheduling:appointment")
        self.kinds = {kind.value: str(kind.label) for kind in LocationType}
        self.status_marks = {
            status.value: Mark(_ICONS[status.value], str(status.label))
            for status in Appointment.Status
            if status.value in _ICONS
        }
        self.note_marks: dict[bool | None, Mark] = {
            True: Mark("pencil", _("Note is a draft")),
            False: Mark("signed", _("Note signed")),
        }

    def day(self, column: DayColumn[_Row], first_minute: int) -> DayOfWeek:
        day = column.date
        words = date_format(day, "WEEKDAY_MONTH_DAY_FORMAT")
        tops = [first_minute + slot.top for slot in column.slots]
        return DayOfWeek(
            iso=day.isoformat(),
            weekday=str(WEEKDAYS_ABBR[day.weekday()]),
            number=day.day,
            add_url=f"{self.book_url}?day={day}{self.book_query}",
            add_label=_("New appointment on %(day)s") % {"day": words},
            is_today=column.is_today,
            is_past=day < self.folded_before,
            now="" if column.now_top is None else CLOCK[first_minute + column.now_top],
            slots=[(CLOCK[top], CLOCK[top + SLOT]) for top in tops],
            entries=[self.entry(block, first_minute) for block in column.blocks],
        )

    def entry(self, block: PlacedBlock[_Row], first_minute: int) -> Entry:
        row = block.payload
        top = first_minute + block.top
        bottom = top + block.height
        time, other_day, clock_start, clock_end = self.times(block, top)
        return Entry(
            f"{self.before_id}{row.id}{self.after_id}",
            CLOCK[top],
            CLOCK[bottom],
            clock_start,
            clock_end,
            row.colour or "",
            row.status,
            self.status_marks.get(row.status),
            min(block.lanes, MOST_LANES),
            min(block.lane, MOST_LANES - 1),
            self.names[row.client_id],
            self.note_marks.get(row.note_is_draft),
            time,
            other_day,
            self.initials.get(row.therapist_id, ""),
            row.service_name or "",
            self.kinds[row.location_type],
        )

    def times(self, block: PlacedBlock[_Row], top: int) -> tuple[str, str, str, str]:
        """Return the time of a block, what is said of another day, and its clock times where its place lies.

        Those are of a block that crosses midnight, is too short for its height, or is in a repeated hour.
        """
        start, end = block.start, block.end
        bottom = top + block.height
        if not block.continued and not block.continues and bottom % DAY == end.hour * 60 + end.minute:
            return CLOCK[start.hour * 60 + start.minute], "", "", ""
        span = Span(start, end)
        since = ELSEWHERE if block.continued else span.start_clock
        until = ELSEWHERE if block.continues else span.end_clock
        return (
            f"{since} – {until}" if ELSEWHERE in (since, until) else since,
            span.other_day(span.last_day if block.continued else start.date()),
            since if since != CLOCK[top] else "",
            until if until != CLOCK[bottom] else "",
        )


def title_of(week: Week, today: date) -> str:
    """16 – 22 November; both months in short where they differ, and the year where it is not this one."""
    first, last = week.first, week.last
    is_this_year = first.year == last.year == today.year
    if first.month == last.month:
        return f"{first.day} – {date_format(last, 'MONTH_DAY_FORMAT' if is_this_year else 'DATE_FORMAT')}"
    since = date_format(first, "BRIEF_MONTH_DAY_FORMAT" if first.year == last.year else "BRIEF_DATE_FORMAT")
    until = date_format(last, "BRIEF_MONTH_DAY_FORMAT" if is_this_year else "BRIEF_DATE_FORMAT")
    return f"{since} – {until}"
