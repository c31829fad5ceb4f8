"""The calendar: a week or a month of the practice, or of one therapist."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from pazpaz.accounts.models import User
from pazpaz.web.pages import render_page
from pazpaz.web.request import Request
from scheduling.calendar import Month, Week
from scheduling.forms import therapists_in_calendar
from scheduling.month_page import month_page
from scheduling.views.parameters import date_or
from scheduling.week_page import week_page


@require_safe
def calendar(request: Request) -> HttpResponse:
    therapists = therapists_in_calendar(request.workspace)
    therapist = _therapist(request, therapists)
    if request.GET.get("view") == "month":
        return _month(request, therapists, therapist)
    return _week(request, therapists, therapist)


def _week(request: Request, therapists: list[User], therapist: User | None) -> HttpResponse:
    today = timezone.localdate()
    day = date_or(request.GET.get("week"), today)
    week = Week.containing(day, first_weekday())
    several = len(therapists) > 1 and therapist is None
    page = week_page(
        request.workspace,
        week,
        now=timezone.now(),
        clinical=request.user.sees_clinical_data,
        therapist=therapist,
        initials={person.pk: person.initials for person in therapists} if several else {},
        day=day,
    )
    context = _bar(request, "week", week.previous.first, week.next.first, therapists, therapist) | {
        "page": page,
        "day": day,
        "today_url": _url("week", today, therapist),
        "is_now": today in week,
        "other_view": _url("month", today if today in week else week.first, therapist),
    }
    return render_page(request, "scheduling/week.html", context, partials={"week"})


def _month(request: Request, therapists: list[User], therapist: User | None) -> HttpResponse:
    today = timezone.localdate()
    month = Month.containing(date_or(request.GET.get("month"), today), first_weekday())
    context = _bar(request, "month", month.previous.first, month.next.first, therapists, therapist) | {
        "page": month_page(request.workspace, month, today=today, therapist=therapist),
        "day": month.first,
        "today_url": _url("month", today, therapist),
        "is_now": today in month,
        "other_view": _url("week", today if today in month else month.first, therapist),
        "week_url": _url("week", None, therapist),
    }
    return render_page(request, "scheduling/month.html", context, partials={"month"})


def _bar(
    request: Request,
    view: str,
    previous: date,
    following: date,
    therapists: list[User],
    therapist: User | None,
) -> dict[str, Any]:
    """What the bar over a week or a month needs."""
    return {
        "view": view,
        "previous_url": _url(view, previous, therapist),
        "next_url": _url(view, following, therapist),
        "therapists": therapists if len(therapists) > 1 else [],
        "therapist": therapist,
        "oob": request.htmx.target == view,
    }


def _url(view: str, day: date | None, therapist: User | None) -> str:
    """The address of a week or a month; without a day it ends where the day belongs."""
    parameters: dict[str, Any] = {"view": "month"} if view == "month" else {}
    if therapist:
        parameters["therapist"] = therapist.pk
    parameters[view] = day or ""
    return f"{reverse('scheduling:calendar')}?{urlencode(parameters)}"


def first_weekday() -> int:
    """The day the week begins with where the practice is read, counted from Monday = 0."""
    return (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7


def _therapist(request: Request, therapists: list[User]) -> User | None:
    wanted = request.GET.get("therapist")
    if not wanted:
        return None
    for therapist in therapists:
        if str(therapist.pk) == wanted:
            return therapist
    raise Http404
