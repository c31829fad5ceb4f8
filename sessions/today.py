"""What Today shows, read with compiled queries: who comes, when the next ones come, which drafts wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pazpaz.accounts.models import Workspace
from pazpaz.database.compiled import compiled
from scheduling.models import Appointment, AppointmentQuerySet
from sessions.models import SessionNote

DRAFTS_SHOWN = 10
LOOKED_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that waits, and since when."""

    note: SessionNote
    age: str


@dataclass(frozen=True, slots=True)
class NextDay:
    """The next day with an appointment."""

    first: datetime
    count: int


def appointments_of_day(
    workspace: Workspace, start: datetime, end: datetime, *, clinical: bool
) -> list[Appointment]:
    """Return the appointments of a day in order, with its notes for those who may know of them."""
    return _day(workspace, start, end, clinical=clinical)


def next_day(workspace: Workspace, after: datetime, zone: ZoneInfo) -> NextDay | None:
    starts = [start.astimezone(zone) for (start,) in _coming(workspace, after)]
    if not starts:
        return None
    return NextDay(starts[0], sum(start.date() == starts[0].date() for start in starts))


def oldest_drafts(workspace: Workspace, day: date) -> list[Draft]:
    """Return the oldest drafts of the practice, one more than is shown: its therapists share their charts."""
    return [
        Draft(note, _age((day - timezone.localdate(note.session_date)).days)) for note in _drafts(workspace)
    ]


@compiled
def _day(workspace: Workspace, start: datetime, end: datetime, *, clinical: bool) -> QuerySet[Appointment]:
    """The appointments of a day, with its notes for those who may know of them."""
    appointments: AppointmentQuerySet = (
        Appointment.objects.filter(workspace=workspace)
        .between(start, end)
        .in_order()
        .annotate(
            service_name=F("service__name"),
            colour=F("service__colour"),
            location_name=F("location__name"),
            therapist_name=F("therapist__name"),
            therapist_email=F("therapist__email"),
        )
        .select_related("client")
        .only(
            "workspace_id",
            "client_id",
            "therapist_id",
            "scheduled_start",
            "scheduled_end",
            "status",
            "location_type",
            "client__workspace_id",
            "client__first_name",
            "client__last_name",
            "client__phone",
            "client__alerts",
        )
    )
    # For assistants too: a note decides what may become of its appointment.
    appointments = appointments.with_note_state()
    return appointments.annotate(note_id=F("live_note__pk")) if clinical else appointments


@compiled
def _coming(workspace: Workspace, after: datetime) -> QuerySet[Appointment, Any]:
    starting = Appointment.objects.filter(
        workspace=workspace, status=Appointment.Status.SCHEDULED, scheduled_start__gte=after
    )
    rows: QuerySet[Appointment, Any] = starting.in_order().values_list("scheduled_start")[:LOOKED_AHEAD]
    return rows


@compiled
def _drafts(workspace: Workspace) -> QuerySet[SessionNote]:
    return (
        SessionNote.objects.drafts()
        .filter(workspace=workspace)
        .select_related("client", "author")
        .only(
            "workspace_id",
            "client_id",
            "author_id",
            "session_date",
            "client__workspace_id",
            "client__first_name",
            "client__last_name",
            "author__name",
            "author__email",
        )
        .order_by("session_date", "pk")[: DRAFTS_SHOWN + 1]
    )


def _age(days: int) -> str:
    if days <= 0:
        return _("from today")
    if days == 1:
        return _("since yesterday")
    return ngettext("%(days)d day old", "%(days)d days old", days) % {"days": days}
