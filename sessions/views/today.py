"""Today: who comes, and what is still to be written."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pazpaz.accounts import unsent
from pazpaz.web.pages import render_page
from pazpaz.web.permissions import clinicians_only
from pazpaz.web.request import Request
from scheduling.calendar import day_bounds
from sessions import to_write
from sessions.today import DRAFTS_SHOWN, appointments_of_day, next_day, oldest_drafts
from sessions.today_rows import diary_of, lines_of_drafts, lines_to_write

TO_WRITE_A_PAGE = 50


@require_safe
def today(request: Request) -> HttpResponse:
    user, workspace = request.user, request.workspace
    zone = ZoneInfo(workspace.time_zone)
    now = timezone.now()
    day = now.astimezone(zone).date()
    start, end = day_bounds(day, zone)
    clinical = user.sees_clinical_data
    appointments = appointments_of_day(workspace, start, end, clinical=clinical)
    context = {
        "unsent_forms": unsent.waiting(user),
        "day": day,
        "appointments": appointments,
        "diary": diary_of(appointments, now, user),
        "next_day": next_day(workspace, end, zone),
        "clinical": clinical,
        "drafts": [],
    }
    if clinical:
        drafts, waiting = oldest_drafts(workspace, day), to_write.oldest(workspace)
        context |= {
            "waiting": lines_to_write(waiting[: to_write.SHOWN], user),
            "more_waiting": len(waiting) > to_write.SHOWN,
            "drafts": lines_of_drafts([(draft.note, draft.age) for draft in drafts[:DRAFTS_SHOWN]], user),
            "more_drafts": len(drafts) > DRAFTS_SHOWN,
        }
        if len(waiting) <= to_write.SHOWN:
            # Counted already; the layout would ask again.
            context["to_write"] = to_write.words_for(len(waiting))
    return render_page(request, "sessions/today.html", context)


@require_safe
@clinicians_only
def everything_to_write(request: Request) -> HttpResponse:
    ids = to_write.ids_to_write(request.workspace)
    page = Paginator(ids, TO_WRITE_A_PAGE).get_page(request.GET.get("page"))
    lines = lines_to_write(to_write.with_clients(request.workspace, list(page)), request.user)
    return render_page(request, "sessions/to_write.html", {"page": page, "lines": lines})
