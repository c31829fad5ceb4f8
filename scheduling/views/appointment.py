"""One appointment: to look at it, move and change it, and set its status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from pazpaz.web.announcements import announce
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request
from pazpaz.web.resubmission import has_done
from scheduling.conflicts import Conflict
from scheduling.forms import AppointmentForm
from scheduling.models import Appointment, Transition
from scheduling.slot import SlotTaken
from scheduling.spans import Span
from scheduling.transition_messages import refusal
from scheduling.undo import undo_url
from scheduling.views.booking import warn_if_client_is_double_booked
from scheduling.views.parameters import allowed_overlaps, next_url

# The message about an appointment that got this status.
ANNOUNCEMENT: dict[str, str] = {
    Appointment.Status.COMPLETED: "appointment.completed",
    Appointment.Status.NO_SHOW: "appointment.no_show",
    Appointment.Status.CANCELLED: "appointment.cancelled",
    Appointment.Status.SCHEDULED: "appointment.reopened",
}


@require_http_methods(["GET", "POST"])
def appointment(request: Request, appointment_id: UUID) -> HttpResponse:
    if request.method != "POST":
        row = fetch(request, appointment_id)
        return appointment_page(request, row, AppointmentForm(appointment=row, user=request.user))
    row = fetch(request, appointment_id, to_change=True)
    form = AppointmentForm(request.POST, appointment=row, user=request.user)
    seen = request.POST.get("version")
    if seen != row.updated_at.isoformat():
        if seen and form.is_valid() and form.says_what_is_stored():
            return redirect(next_url(request) or row.get_absolute_url())
        return appointment_page(request, row, form, status=409)
    conflicts: list[Conflict] = []
    if form.is_valid():
        try:
            claim = form.save(allow_overlap=allowed_overlaps(request))
        except SlotTaken as taken:
            conflicts = taken.slot.conflicts()
        else:
            announce(request, "appointment.moved" if form.is_moved else "appointment.saved", row)
            warn_if_client_is_double_booked(request, claim)
            return redirect(next_url(request) or row.get_absolute_url())
    row = fetch(request, appointment_id)
    return appointment_page(request, row, form, status=422, conflicts=conflicts)


@require_POST
def complete(request: Request, appointment_id: UUID) -> HttpResponse:
    row = fetch(request, appointment_id, to_change=True)
    return _change(
        request, row, Transition.COMPLETE, lambda: row.complete(allow_overlap=allowed_overlaps(request))
    )


@require_POST
def no_show(request: Request, appointment_id: UUID) -> HttpResponse:
    row = fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.NO_SHOW, row.mark_no_show)


@require_POST
def cancel(request: Request, appointment_id: UUID) -> HttpResponse:
    row = fetch(request, appointment_id, to_change=True)
    return _change(request, row, Transition.CANCEL, row.cancel)


@require_POST
def reopen(request: Request, appointment_id: UUID) -> HttpResponse:
    row = fetch(request, appointment_id, to_change=True)
    return _change(
        request, row, Transition.REOPEN, lambda: row.reopen(allow_overlap=allowed_overlaps(request))
    )


def _change(
    request: Request, row: Appointment, transition: Transition, change: Callable[[], None]
) -> HttpResponse:
    """Change a status and go back to where the button was; a refusal says what to do instead."""
    context: dict[str, Any] = {}
    status, overlap_allowed = row.status, row.overlap_allowed
    _origins, target, action = Appointment.TRANSITIONS[transition]
    if status == target and has_done(request, action, row.pk):
        return redirect(next_url(request) or row.get_absolute_url())  # the second of two clicks
    try:
        change()
    except Appointment.Refused:
        context["refusal"] = refusal(transition, row.status)
    except SlotTaken as taken:
        context |= {"transition": transition, "transition_conflicts": taken.slot.conflicts()}
    else:
        back = next_url(request) or row.get_absolute_url()
        undo = undo_url(row, status=status, overlap_allowed=overlap_allowed, back=back)
        announce(request, ANNOUNCEMENT[row.status], row, undo=undo)
        return redirect(back)
    form = AppointmentForm(appointment=row, user=request.user)
    return appointment_page(request, row, form, status=409, **context)


def fetch(request: Request, appointment_id: UUID, *, to_change: bool = False) -> Appointment:
    rows = request.workspace.appointments.select_related("client", "service", "location", "therapist")
    rows = rows.with_note_state()  # also for assistants: it decides which transitions are allowed
    if to_change:
        rows = rows.select_for_update(of=("self",))
    row: Appointment = get_object_or_404(rows, pk=appointment_id)
    row.workspace = request.workspace
    return row


def appointment_page(
    request: Request, row: Appointment, form: AppointmentForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    focus_first_error(form)
    context |= {
        "appointment": row,
        "form": form,
        "span": Span.of(row.scheduled_start, row.scheduled_end),
        "version": row.updated_at.isoformat(),
        "is_stale": form.is_bound and status == 409,
        "next": next_url(request),
        "clinical": request.user.sees_clinical_data,
    }
    response = render_page(request, "scheduling/appointment.html", context, status=status)
    if status == 409:
        # A button that swaps its own row gets this page instead, in the place of the whole one.
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML show:window:top"
    return response
