"""The calendar, booking, and what happens to an appointment afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.directory import Choice
from clients.directory import choices as matching_clients
from pazpaz.accounts.models import User
from pazpaz.http import Request
from pazpaz.pages import render_page
from scheduling.calendar import Week
from scheduling.conflicts import conflicts_of
from scheduling.forms import EARLIEST, LATEST, AppointmentForm, ConflictForm, therapists_of
from scheduling.models import Appointment, Transition
from scheduling.refusals import done, refusal
from scheduling.week_page import week_page


@require_safe
def calendar(request: Request) -> HttpResponse:
    today = timezone.localdate()
    day = _date(request.GET.get("week"), today)
    week = Week.containing(day, first_weekday())
    therapists = list(therapists_of(request.workspace))
    therapist = _therapist(request, therapists)
    several = len(therapists) > 1 and therapist is None
    context = {
        "page": week_page(
            request.workspace,
            week,
            now=timezone.now(),
            clinical=request.user.sees_clinical_data,
            therapist=therapist,
            initials={person.pk: person.initials for person in therapists} if several else {},
        ),
        "week": week,
        "day": day,
        "today": today,
        "therapists": therapists if len(therapists) > 1 else [],
        "therapist": therapist,
        "oob": request.htmx.target == "week",
    }
    return render_page(request, "scheduling/calendar.html", context, partials={"week"})


def first_weekday() -> int:
    """The day the week begins with where the practice is read, counted from Monday = 0."""
    return (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7


@require_http_methods(["GET", "POST"])
def book(request: Request) -> HttpResponse:
    appointment = Appointment(workspace=request.workspace, created_by=request.user)
    if request.method == "POST" and "find" not in request.POST:
        form = AppointmentForm(request.POST, appointment=appointment, user=request.user)
        if form.is_valid() and form.save(despite=_despite(request)):
            messages.success(request, _("Booked."))
            _warn_of_client_elsewhere(request, form)
            return redirect(_next(request) or _week_of(appointment))
    else:
        typed = request.POST.dict() or _prefilled(request)
        form = AppointmentForm(initial=typed, appointment=appointment, user=request.user)
    context = _client_context(request, request.POST or typed) | {"form": form, "next": _next(request)}
    return render_page(request, "scheduling/book.html", context, status=422 if form.is_bound else 200)


@require_POST
def client_choices(request: Request) -> HttpResponse:
    return render_page(request, "scheduling/_client_choices.html", _client_context(request, request.POST))


@require_POST
def conflicts(request: Request) -> HttpResponse:
    form = ConflictForm(request.POST, workspace=request.workspace)
    found = form.conflicts() if form.is_valid() else []
    return render_page(request, "scheduling/_conflicts.html", {"slot": form, "conflicts": found})


@require_http_methods(["GET", "POST"])
def appointment(request: Request, appointment_id: UUID) -> HttpResponse:
    if request.method != "POST":
        row = _fetch(request, appointment_id)
        return _appointment_page(request, row, AppointmentForm(appointment=row, user=request.user))
    row = _fetch(request, appointment_id, to_change=True)
    form = AppointmentForm(request.POST, appointment=row, user=request.user)
    if request.POST.get("version") != row.updated_at.isoformat():
        return _appointment_page(request, row, form, status=409)
    if form.is_valid() and form.save(despite=_despite(request)):
        messages.success(request, _("Appointment saved."))
        _warn_of_client_elsewhere(request, form)
        return redirect(_next(request) or row.get_absolute_url())
    return _appointment_page(request, _fetch(request, appointment_id), form, status=422)


@require_POST
def complete(request: Request, appointment_id: UUID) -> HttpResponse:
    row = _fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.COMPLETE, lambda: row.complete(despite=_despite(request)))


@require_POST
def no_show(request: Request, appointment_id: UUID) -> HttpResponse:
    row = _fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.NO_SHOW, row.mark_no_show)


@require_POST
def cancel(request: Request, appointment_id: UUID) -> HttpResponse:
    row = _fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.CANCEL, row.cancel)


@require_POST
def reopen(request: Request, appointment_id: UUID) -> HttpResponse:
    row = _fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.REOPEN, lambda: row.reopen(despite=_despite(request)))


def _change(
    request: Request, row: Appointment, transition: Transition, change: Callable[[], None]
) -> HttpResponse:
    """Change a status and go back to where the button was; what is refused says what to do instead."""
    context: dict[str, Any] = {}
    try:
        change()
    except Appointment.Refused:
        context["refusal"] = refusal(transition, row.status)
    except Appointment.SlotTaken:
        context |= {"transition": transition, "conflicts": conflicts_of(row)}
    else:
        undo = reverse("scheduling:reopen", args=[row.pk]) if transition is Transition.CANCEL else ""
        messages.success(request, done(transition), extra_tags=undo)
        return redirect(_next(request) or row.get_absolute_url())
    form = AppointmentForm(appointment=row, user=request.user)
    return _appointment_page(request, row, form, status=409, **context)


def _fetch(request: Request, appointment_id: UUID, *, to_change: bool = False) -> Appointment:
    rows = request.workspace.appointments.select_related("client", "service", "location", "therapist")
    if request.user.sees_clinical_data:
        rows = rows.with_note_state()
    if to_change:
        rows = rows.select_for_update(of=("self",))
    row: Appointment = get_object_or_404(rows, pk=appointment_id)
    row.workspace = request.workspace
    return row


def _appointment_page(
    request: Request, row: Appointment, form: AppointmentForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "appointment": row,
        "form": form,
        "version": row.updated_at.isoformat(),
        "is_stale": form.is_bound and status == 409,
        "next": _next(request),
        "clinical": request.user.sees_clinical_data,
    }
    response = render_page(request, "scheduling/appointment.html", context, status=status)
    if status == 409:
        # A button that swaps its own row gets this page instead, in the place of the whole one.
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML show:window:top"
    return response


def _client_context(request: Request, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Who is chosen, and who else is meant by what was typed."""
    query = str(typed.get("client_query", "")).strip()
    rows = request.workspace.clients.filter(pk=_uuid(typed.get("client")), is_active=True)
    chosen = next((Choice(row.pk, row.full_name, row.phone or "") for row in rows), None)
    found = matching_clients(request.workspace, query) if query else []
    others = [choice for choice in found if chosen is None or choice.id != chosen.id]
    return {"client_query": query, "chosen": chosen, "choices": others}


def _prefilled(request: Request) -> dict[str, Any]:
    """What a link to the form says already: a moment or a day, a client, a therapist."""
    given = {name: request.GET[name] for name in ("day", "client", "therapist") if name in request.GET}
    with suppress(ValueError):
        start = datetime.fromisoformat(request.GET.get("start", ""))
        given |= {"day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}"}
    return given


def _warn_of_client_elsewhere(request: Request, form: AppointmentForm) -> None:
    if form.client_elsewhere:
        messages.warning(request, _("Mind that the client is with somebody else at that time."))


def _week_of(row: Appointment) -> str:
    return f"{reverse('scheduling:calendar')}?week={timezone.localdate(row.scheduled_start)}"


def _therapist(request: Request, therapists: list[User]) -> User | None:
    wanted = request.GET.get("therapist")
    if not wanted:
        return None
    for therapist in therapists:
        if str(therapist.pk) == wanted:
            return therapist
    raise Http404


def _date(text: str | None, default: date) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(text or "")
        if EARLIEST <= day <= LATEST:
            return day
    return default


def _uuid(text: object) -> UUID | None:
    with suppress(ValueError):
        return UUID(str(text))
    return None


def _despite(request: Request) -> frozenset[UUID]:
    """The appointments that whoever books has been shown and wants to overlap."""
    ids = map(_uuid, request.POST.get("despite", "").split(","))
    return frozenset(pk for pk in ids if pk)


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: a place of ours, or nowhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""
