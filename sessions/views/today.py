"""Today: who comes, and what is still to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from pazpaz.accounts import unsent
from pazpaz.http import Request
from pazpaz.pages import render_page
from scheduling.calendar import day_bounds
from scheduling.models import Appointment
from sessions.models import SessionNote
from sessions.sections import SECTIONS

DRAFTS_SHOWN = 10
LOOKED_AHEAD = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft that waits, and since when."""

    note: SessionNote
    age: str


@dataclass(frozen=True, slots=True)
class NextDay:
    """The next day on which somebody comes."""

    first: datetime
    count: int


@require_safe
def today(request: Request) -> HttpResponse:
    zone = ZoneInfo(request.workspace.time_zone)
    now = timezone.now()
    day = now.astimezone(zone).date()
    start, end = day_bounds(day, zone)
    appointments = list(
        request.workspace.appointments.between(start, end)
        .in_order()
        .with_note_state()
        .annotate(note_id=F("live_note__pk"))
        .select_related("client", "service", "location", "therapist")
    )
    context = {
        "now": now,
        "unsent_forms": unsent.waiting(request.user),
        "day": day,
        "appointments": appointments,
        "expected": sum(appointment.status == Appointment.Status.SCHEDULED for appointment in appointments),
        "next_day": _next_day(request, end, zone),
        "clinical": request.user.sees_clinical_data,
        "drafts": _drafts(request, day) if request.user.sees_clinical_data else [],
        "drafts_shown": DRAFTS_SHOWN,
    }
    return render_page(request, "sessions/today.html", context)


def _next_day(request: Request, after: datetime, zone: ZoneInfo) -> NextDay | None:
    upcoming = request.workspace.appointments.filter(
        status=Appointment.Status.SCHEDULED, scheduled_start__gte=after
    ).in_order()
    starts = [
        start.astimezone(zone) for start in upcoming.values_list("scheduled_start", flat=True)[:LOOKED_AHEAD]
    ]
    if not starts:
        return None
    return NextDay(starts[0], sum(start.date() == starts[0].date() for start in starts))


def _drafts(request: Request, day: date) -> list[Draft]:
    """The oldest drafts of the practice: its therapists share their charts."""
    notes = request.workspace.session_notes.drafts().defer(*SECTIONS).select_related("client", "author")
    return [
        Draft(note, _age((day - timezone.localdate(note.session_date)).days))
        for note in notes.order_by("session_date", "pk")[: DRAFTS_SHOWN + 1]
    ]


def _age(days: int) -> str:
    if days <= 0:
        return _("from today")
    if days == 1:
        return _("since yesterday")
    return ngettext("%(days)d day old", "%(days)d days old", days) % {"days": days}
