"""Today: who comes, in order, and what is still to be written."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.factories import (
    MONDAY,
    AppointmentFactory,
    ClientFactory,
    LocationFactory,
    ServiceFactory,
    SessionNoteFactory,
)

pytestmark = pytest.mark.django_db

URL = reverse("sessions:today")


@pytest.fixture(autouse=True)
def monday_at_half_past_nine() -> Iterator[None]:
    with time_machine.travel(MONDAY + timedelta(minutes=30), tick=False):
        yield


def book(user: User, hours: float, name: str, **fields: object) -> Appointment:
    client = ClientFactory(workspace=user.workspace, first_name=name, last_name="Test")
    return AppointmentFactory(
        workspace=user.workspace, client=client, scheduled_start=MONDAY + timedelta(hours=hours), **fields
    )


def shown(browser: Browser) -> list[str]:
    return [row.client.first_name for row in browser.get(URL).context["appointments"]]


def test_it_shows_the_day_of_the_practice_in_order(as_dana: Browser, dana: User) -> None:
    book(dana, 5, "Last")
    book(dana, 0, "First")
    book(dana, -24, "Yesterday")
    book(dana, 24, "Tomorrow")
    # Berlin is an hour ahead of UTC: 23:30 UTC on Sunday is Monday already, on Monday it is Tuesday.
    book(dana, -9.5, "Night", scheduled_end=MONDAY - timedelta(hours=9))
    book(dana, 14.5, "Nextnight")
    assert shown(as_dana) == ["Night", "First", "Last"]


def test_a_row_says_who_when_what_and_where(as_dana: Browser, dana: User) -> None:
    service = ServiceFactory(workspace=dana.workspace, name="Physio 45")
    location = LocationFactory(workspace=dana.workspace, name="Room 12")
    appointment = book(dana, 0, "Ingrid", service=service, location=location)
    page = as_dana.get(URL).text
    assert all(words in page for words in ("Ingrid Test", "10:00", "11:00", "Physio 45", "Room 12"))
    assert reverse("sessions:client", args=[appointment.client_id]) in page
    assert "data-now" in page


def test_an_appointment_later_today_is_not_marked_as_now(as_dana: Browser, dana: User) -> None:
    book(dana, 3, "Later")
    assert "data-now" not in as_dana.get(URL).text


def test_each_row_leads_to_its_note_or_begins_one(as_dana: Browser, dana: User) -> None:
    new, begun, signed, cancelled = (
        book(dana, 0, "New"),
        book(dana, 1, "Begun", status="completed"),
        book(dana, 2, "Signed", status="completed"),
        book(dana, 3, "Cancelled", status="cancelled"),
    )
    notes = [
        SessionNoteFactory(workspace=dana.workspace, client=appointment.client, appointment=appointment)
        for appointment in (begun, signed)
    ]
    with inside(dana):
        notes[1].sign(dana, version=1)
    page = as_dana.get(URL).text
    assert reverse("sessions:note-for-appointment", args=[new.pk]) in page
    for note, words in zip(notes, ("Continue note", "Open note"), strict=True):
        assert f'href="{reverse("sessions:note", args=[note.pk])}">{words}' in page
    for appointment in (begun, signed, cancelled):
        assert reverse("sessions:note-for-appointment", args=[appointment.pk]) not in page


def test_a_deleted_draft_is_forgotten(as_dana: Browser, dana: User) -> None:
    appointment = book(dana, 0, "New")
    note = SessionNoteFactory(workspace=dana.workspace, client=appointment.client, appointment=appointment)
    with inside(dana):
        note.delete_draft(dana)
    page = as_dana.get(URL)
    assert page.context["drafts"] == []
    assert reverse("sessions:note-for-appointment", args=[appointment.pk]) in page.text


def test_drafts_wait_with_their_age_oldest_first(as_dana: Browser, dana: User, noa: User) -> None:
    for days, author in ((0, dana), (1, dana), (9, noa)):
        SessionNoteFactory(
            workspace=dana.workspace, author=author, session_date=MONDAY - timedelta(days=days)
        )
    drafts = as_dana.get(URL).context["drafts"]
    assert [draft.age for draft in drafts] == ["9 days old", "since yesterday", "from today"]
    assert "Noa Peretz" in as_dana.get(URL).text


def test_it_opens_no_text_of_a_note(as_dana: Browser, dana: User) -> None:
    SessionNoteFactory(workspace=dana.workspace)
    as_dana.get(URL)
    assert not events(dana, "session_note.viewed")


def test_the_next_day_with_appointments_is_announced(as_dana: Browser, dana: User) -> None:
    book(dana, 24, "Off", status="cancelled")
    book(dana, 48, "Wednesday")
    book(dana, 50, "Wednesday")
    page = as_dana.get(URL).text
    assert "Wednesday, 18 November, 2 appointments, the first at 10:00" in page
    assert "Nobody is booked today" in page


def test_an_assistant_sees_appointments_but_neither_drafts_nor_notes(as_avi: Browser, dana: User) -> None:
    appointment = book(dana, 0, "Ingrid")
    note = SessionNoteFactory(workspace=dana.workspace, client=appointment.client, appointment=appointment)
    page = as_avi.get(URL)
    assert page.status_code == 200
    assert "Ingrid Test" in page.text
    assert str(note.pk) not in page.text
    assert "note/" not in page.text
    assert "Drafts" not in page.text


def test_another_workspace_never_shows(as_omer: Browser, dana: User) -> None:
    book(dana, 0, "Ingrid")
    SessionNoteFactory(workspace=dana.workspace)
    page = as_omer.get(URL)
    assert page.context["appointments"] == []
    assert page.context["drafts"] == []


def test_it_needs_as_many_queries_for_a_full_day_as_for_a_single_appointment(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for hours in range(8):
        appointment = book(dana, hours, f"Client {hours}", service=ServiceFactory(workspace=dana.workspace))
        SessionNoteFactory(workspace=dana.workspace, client=appointment.client, appointment=appointment)
    with django_assert_max_num_queries(12):
        as_dana.get(URL)


def test_it_is_only_looked_at(as_dana: Browser) -> None:
    assert as_dana.post(URL).status_code == 405


def test_completing_from_here_comes_back_here(as_dana: Browser, dana: User) -> None:
    appointment = book(dana, 0, "Ingrid")
    response = as_dana.post(reverse("scheduling:complete", args=[appointment.pk]), {"next": URL})
    assert response.headers["Location"] == URL
