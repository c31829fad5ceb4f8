"""Booking: find the client, check for conflicts, book."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients.directory import Choice
from clients.directory import choices as matching_clients
from pazpaz.web import resubmission
from pazpaz.web.announcements import announce
from pazpaz.web.pages import focus_first_error, render_page
from pazpaz.web.request import Request
from scheduling.conflicts import Conflict
from scheduling.fields import uuid_or_none
from scheduling.forms import AppointmentForm, ConflictCheckForm
from scheduling.models import Appointment
from scheduling.slot import Claim, SlotTaken
from scheduling.undo import undo_url
from scheduling.views.parameters import allowed_overlaps, next_url


@require_http_methods(["GET", "POST"])
def book(request: Request) -> HttpResponse:
    token = resubmission.token_of(request)
    appointment = Appointment(
        pk=resubmission.row_id(token), workspace=request.workspace, created_by=request.user
    )
    typed: dict[str, Any] = request.POST.dict()
    conflicts: list[Conflict] = []
    if request.method == "POST" and "find" not in typed:
        if resubmission.was_sent_before(request, Appointment, appointment.pk):
            booked = request.workspace.appointments.get(pk=appointment.pk)
            return redirect(next_url(request) or week_of(booked))
        form = AppointmentForm(request.POST, appointment=appointment, user=request.user)
        if form.is_valid():
            try:
                claim = form.save(allow_overlap=allowed_overlaps(request))
            except SlotTaken as taken:
                conflicts = taken.slot.conflicts()
            else:
                undo = undo_url(appointment, back=next_url(request))
                announce(request, "appointment.booked", appointment, undo=undo)
                warn_if_client_is_double_booked(request, claim)
                return redirect(next_url(request) or week_of(appointment))
    else:
        typed = typed or _prefilled(request)
        form = AppointmentForm(initial=typed, appointment=appointment, user=request.user)
    focus_first_error(form)
    context = _client_context(request, typed) | {
        "form": form,
        "conflicts": conflicts,
        "form_token": token,
        "next": next_url(request),
    }
    return render_page(request, "scheduling/book.html", context, status=422 if form.is_bound else 200)


@require_POST
def client_choices(request: Request) -> HttpResponse:
    return render_page(request, "scheduling/_client_choices.html", _client_context(request, request.POST))


@require_POST
def check_conflicts(request: Request) -> HttpResponse:
    form = ConflictCheckForm(request.POST, workspace=request.workspace)
    slot = form.slot() if form.is_valid() else None
    context = {"slot": slot, "conflicts": slot.conflicts() if slot else []}
    # Asked for at every change of the form: without a request it costs no context of pages.
    return HttpResponse(render_to_string("scheduling/_conflict_check.html", context))


def _client_context(request: Request, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen client, and the clients that match the search."""
    query = str(typed.get("client_query", "")).strip()
    chosen = uuid_or_none(typed.get("client"))
    found = matching_clients(request.workspace, query) if query else []
    choices = [choice for choice in found if choice.id != chosen]
    if chosen and (client := request.workspace.clients.filter(pk=chosen, is_active=True).first()):
        alerts = client.alerts or () if request.user.sees_alerts else ()
        choices.insert(0, Choice(client.pk, client.full_name, client.phone or "", "", alerts))
    return {"query": query, "chosen": chosen, "choices": choices}


def _prefilled(request: Request) -> dict[str, Any]:
    """The values that a link to the form gives: a time or a day, a client, a therapist."""
    given = {name: request.GET[name] for name in ("day", "client", "therapist") if name in request.GET}
    with suppress(ValueError):
        start = datetime.fromisoformat(request.GET.get("start", ""))
        given |= {"day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}"}
    return given


def warn_if_client_is_double_booked(request: Request, claim: Claim) -> None:
    if claim.client_is_double_booked:
        messages.warning(
            request, _("Please note: the client has an appointment with another therapist at that time.")
        )


def week_of(row: Appointment) -> str:
    return f"{reverse('scheduling:calendar')}?week={timezone.localdate(row.scheduled_start)}"
