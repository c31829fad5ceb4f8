"""Beginning a note: from a client, or completing and documenting an appointment in one click."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment
from sessions.models import SessionNote
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db


def from_client(client: Client) -> str:
    return reverse("sessions:note-start", args=[client.pk])


def from_appointment(appointment: Appointment) -> str:
    return reverse("sessions:note-for-appointment", args=[appointment.pk])


def notes_of(user: User) -> list[SessionNote]:
    with inside(user):
        return list(SessionNote.objects.select_related("appointment"))


def test_from_a_client_it_begins_an_empty_draft_of_now(as_noa: Browser, dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    response = as_noa.post(from_client(client))
    (note,) = notes_of(dana)
    assert response.headers["Location"] == reverse("sessions:note", args=[note.pk])
    assert (note.client_id, note.author_id, note.appointment_id, note.is_draft) == (
        client.pk,
        noa.pk,
        None,
        True,
    )
    (event,) = events(dana, "session_note.created")
    assert event.object_id == note.pk


def test_a_second_click_opens_the_untouched_draft_again(
    as_dana: Browser, as_noa: Browser, dana: User
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    first = as_dana.post(from_client(client)).headers["Location"]
    assert as_dana.post(from_client(client)).headers["Location"] == first
    assert as_noa.post(from_client(client)).headers["Location"] != first


def test_from_an_appointment_it_completes_and_takes_over_time_and_client(
    as_dana: Browser, dana: User
) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace, scheduled_end=MONDAY + timedelta(minutes=45))
    as_dana.post(from_appointment(appointment))
    (note,) = notes_of(dana)
    assert note.appointment is not None
    assert note.appointment.status == Appointment.Status.COMPLETED
    assert (note.client_id, note.session_date, note.duration_minutes) == (appointment.client_id, MONDAY, 45)
    assert len(events(dana, "appointment.completed")) == 1


def test_an_appointment_has_one_note_however_often_it_is_opened(
    as_dana: Browser, as_noa: Browser, dana: User
) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    assert (
        as_dana.post(from_appointment(appointment)).headers["Location"]
        == as_noa.post(from_appointment(appointment)).headers["Location"]
    )
    assert len(notes_of(dana)) == 1


def test_a_no_show_may_be_documented_and_stays_a_no_show(as_dana: Browser, dana: User) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace, status=Appointment.Status.NO_SHOW)
    as_dana.post(from_appointment(appointment))
    (note,) = notes_of(dana)
    assert note.appointment is not None
    assert note.appointment.status == Appointment.Status.NO_SHOW


def test_only_clinicians_of_the_practice_by_post(
    as_dana: Browser, as_avi: Browser, as_omer: Browser, dana: User
) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    for url in (from_appointment(appointment), from_client(appointment.client)):
        assert as_avi.post(url).status_code == 403
        assert as_omer.post(url).status_code == 404
        assert as_dana.get(url).status_code == 405
    assert as_dana.post(reverse("sessions:note-start", args=[UUID(int=1)])).status_code == 404
    assert notes_of(dana) == []
    with inside(dana):
        appointment.refresh_from_db()
        assert appointment.status == Appointment.Status.SCHEDULED
