"""Undo: gives an appointment its earlier status back, or takes a booking back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clients.models import Client
from pazpaz.web.announcements import announce
from pazpaz.web.request import Request
from scheduling.conflicts import conflicts_of
from scheduling.forms import AppointmentForm
from scheduling.models import Appointment, Transition
from scheduling.undo import FIELD, Change, change_of
from scheduling.views.appointment import ANNOUNCED, appointment_page, fetch
from scheduling.views.booking import week_of
from scheduling.views.parameters import next_url


@require_POST
def undo(request: Request, appointment_id: UUID) -> HttpResponse:
    change = change_of(request.GET.get(FIELD, ""), appointment_id, request.workspace.pk)
    try:
        row = fetch(request, appointment_id, to_change=True)
    except Http404:
        if change is None or not change.is_booking:
            raise
        return redirect(next_url(request) or "scheduling:calendar")  # the second of two clicks
    if change is None:
        return _refused(request, row)
    return _take_booking_back(request, row, change) if change.is_booking else _give_back(request, row, change)


def _take_booking_back(request: Request, row: Appointment, change: Change) -> HttpResponse:
    back = next_url(request) or week_of(row)
    try:
        row.unbook(seen=change.made_at)
    except Appointment.Refused:
        return _refused(request, row)
    announce(request, "booking.undone", Client(pk=row.client_id))
    return redirect(back)


def _give_back(request: Request, row: Appointment, change: Change) -> HttpResponse:
    back = next_url(request) or row.get_absolute_url()
    if row.status == change.status:
        return redirect(back)  # the second of two clicks
    try:
        row.take_back(change.status, overlap_allowed=change.overlap_allowed, seen=change.made_at)
    except Appointment.Refused:
        return _refused(request, row)
    except Appointment.SlotTaken:
        if change.status == Appointment.Status.SCHEDULED:
            return _refused(
                request, row, transition=Transition.REOPEN, conflicts=conflicts_of(row), refusal=""
            )
        return _refused(request, row)
    announce(request, ANNOUNCED[row.status], row)
    return redirect(back)


def _refused(request: Request, row: Appointment, **context: Any) -> HttpResponse:
    words = _(
        "This can no longer be taken back: the appointment was changed since, its time was given away, "
        "or a note was written. It is shown as it is now."
    )
    form = AppointmentForm(appointment=row, user=request.user)
    return appointment_page(request, row, form, status=409, **({"refusal": words} | context))
