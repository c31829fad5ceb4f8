"""The month for `scheduling/_month.jinja`: how full each day is, and its first appointments by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Func, IntegerField, QuerySet
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format

from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import compiled
from pazpaz.web.pages import url_around_id
from scheduling.calendar import Month
from scheduling.models import Appointment
from scheduling.spans import ELSEWHERE, Span
from scheduling.week_page import client_names

SHOWN_A_DAY = 4
ALMOST_A_DAY = 21 * 60 * 60


class _Row(NamedTuple):
    """What a month shows of an appointment."""

    id: UUID
    client_id: UUID
    scheduled_start: datetime
    status: str
    colour: str | None
    seconds: int

    def span(self, zone: ZoneInfo) -> Span:
        end = self.scheduled_start + timedelta(seconds=self.seconds)
        return Span(self.scheduled_start.astimezone(zone), end.astimezone(zone))

    def may_cross_midnight(self, local_start: datetime) -> bool:
        """Rule out most rows without asking the zone, whose clocks go forward by two hours at most."""
        seconds_of_day = (local_start.hour * 60 + local_start.minute) * 60
        return seconds_of_day + self.seconds > ALMOST_A_DAY


class Entry(NamedTuple):
    """An appointment in the cell of a day."""

    url: str
    colour: str
    status: str
    time: str
    other_day: str  # what a screen reader says about the end that is on another day
    name: str


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    iso: str
    number: int
    title: str
    is_outside: bool
    is_today: bool
    count: int
    more: int
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class MonthPage:
    title: str
    weekdays: list[str]
    days: list[DayOfMonth]
    count: int


def month_page(
    workspace: Workspace, month: Month, *, today: date, therapist: User | None = None
) -> MonthPage:
    """What is booked in the weeks of a month, without what is cancelled; across midnight on both days."""
    zone = ZoneInfo(workspace.time_zone)
    by_day = _appointments_by_day(workspace, month, zone, therapist)
    shown = {
        day: rows if len(rows) <= SHOWN_A_DAY else rows[: SHOWN_A_DAY - 1] for day, rows in by_day.items()
    }
    # Only names that somebody gets to see are opened.
    names = client_names(workspace, {row.client_id for rows in shown.values() for row in rows})
    return MonthPage(
        title=date_format(month.first, "YEAR_MONTH_FORMAT"),
        weekdays=[str(WEEKDAYS_ABBR[day.weekday()]) for day in month.weeks[0].days],
        days=[
            DayOfMonth(
                iso=day.isoformat(),
                number=day.day,
                title=date_format(day, "WEEKDAY_MONTH_DAY_FORMAT"),
                is_outside=day not in month,
                is_today=day == today,
                count=len(by_day[day]),
                more=len(by_day[day]) - len(shown.get(day, ())),
                entries=list(_entries(shown.get(day, ()), names, zone, day)),
            )
            for week in month.weeks
            for day in week.days
        ],
        count=len({row.id for day, rows in by_day.items() if day in month for row in rows}),
    )


def _appointments_by_day(
    workspace: Workspace, month: Month, zone: ZoneInfo, therapist: User | None
) -> defaultdict[date, list[_Row]]:
    start, end = month.bounds(zone)
    rows = _of_month(workspace, start, end, therapist, of_one=therapist is not None)
    by_day: defaultdict[date, list[_Row]] = defaultdict(list)
    for row in map(_Row._make, rows):
        local_start = row.scheduled_start.astimezone(zone)
        by_day[local_start.date()].append(row)
        if row.may_cross_midnight(local_start) and (span := row.span(zone)).crosses_midnight:
            by_day[span.last_day].append(row)
    return by_day


@compiled
def _of_month(
    workspace: Workspace, start: datetime, end: datetime, therapist: User | None, *, of_one: bool
) -> QuerySet[Appointment, Any]:
    appointments = (
        Appointment.objects.filter(workspace=workspace)
        .between(start, end)
        .exclude(status=Appointment.Status.CANCELLED)
        .in_order()
    )
    if of_one:
        appointments = appointments.filter(therapist=therapist)
    # A number is read in a fraction of the time that a moment takes, and a month has hundreds of rows.
    seconds = Func(
        F("scheduled_end") - F("scheduled_start"),
        template="EXTRACT(EPOCH FROM %(expressions)s)::int",
        output_field=IntegerField(),
    )
    rows: QuerySet[Appointment, Any] = appointments.annotate(
        colour=F("service__colour"), seconds=seconds
    ).values_list(*_Row._fields)
    return rows


def _entries(rows: Sequence[_Row], names: Mapping[UUID, str], zone: ZoneInfo, day: date) -> Iterator[Entry]:
    before_id, after_id = url_around_id("scheduling:appointment")
    for row in rows:
        time, other_day = _time(row, zone, day)
        url = f"{before_id}{row.id}{after_id}"
        yield Entry(url, row.colour or "", row.status, time, other_day, names[row.client_id])


def _time(row: _Row, zone: ZoneInfo, day: date) -> tuple[str, str]:
    """Return the time that a day shows of an appointment, and what it says about another day."""
    local_start = row.scheduled_start.astimezone(zone)
    if not row.may_cross_midnight(local_start):
        return f"{local_start:%H:%M}", ""
    span = row.span(zone)
    time = f"{span.start:%H:%M}" if span.start.date() == day else f"{ELSEWHERE} – {span.end:%H:%M}"
    return time, span.other_day(day)
