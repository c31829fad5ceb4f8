"""Undo the last change of an appointment's status, or its booking."""

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
from scheduling.forms import AppointmentForm
from scheduling.models import Appointment, Transition
from scheduling.slot import SlotTaken
from scheduling.undo import FIELD, Change, change_from
from scheduling.views.appointment import ANNOUNCEMENT, appointment_page, fetch
from scheduling.views.booking import week_of
from scheduling.views.parameters import next_url


@require_POST
def undo(request: Request, appointment_id: UUID) -> HttpResponse:
    change = change_from(request.GET.get(FIELD, ""), appointment_id, request.workspace.pk)
    try:
        row = fetch(request, appointment_id, to_change=True)
    except Http404:
        if change is None or not change.is_booking:
            raise
        return redirect(next_url(request) or "scheduling:calendar")  # the second of two clicks
    if change is None:
        return _refused(request, row)
    return _undo_booking(request, row, change) if change.is_booking else _undo_status(request, row, change)


def _undo_booking(request: Request, row: Appointment, change: Change) -> HttpResponse:
    back = next_url(request) or week_of(row)
    try:
        row.unbook(booked_at=change.made_at)
    except Appointment.Refused:
        return _refused(request, row)
    announce(request, "booking.undone", Client(pk=row.client_id))
    return redirect(back)


def _undo_status(request: Request, row: Appointment, change: Change) -> HttpResponse:
    back = next_url(request) or row.get_absolute_url()
    if row.status == change.status:
        return redirect(back)  # the second of two clicks
    try:
        row.restore_status(change.status, overlap_allowed=change.overlap_allowed, changed_at=change.made_at)
    except Appointment.Refused:
        return _refused(request, row)
    except SlotTaken as taken:
        if change.status == Appointment.Status.SCHEDULED:
            conflicts = taken.slot.conflicts()
            return _refused(
                request, row, transition=Transition.REOPEN, transition_conflicts=conflicts, refusal=""
            )
        return _refused(request, row)
    announce(request, ANNOUNCEMENT[row.status], row)
    return redirect(back)


def _refused(request: Request, row: Appointment, **context: Any) -> HttpResponse:
    refusal = _(
        "This can no longer be undone: the appointment was changed, its time was booked, "
        "or a note was written. The page shows it as it is now."
    )
    form = AppointmentForm(appointment=row, user=request.user)
    return appointment_page(request, row, form, status=409, **({"refusal": refusal} | context))
