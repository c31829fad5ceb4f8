"""Today: who comes, in order, and what is still to be written."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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


def row_of(page: Any, appointment: Appointment) -> str:
    """The HTML of one appointment's row."""
    [row] = re.findall(rf'<li class="row" id="appointment-{appointment.pk}".*?</li>', page.text, re.DOTALL)
    return str(row)


def buttons(row: str) -> list[tuple[str, str]]:
    """What can be pressed at the end of a row, beside its menu: words and where they lead."""
    outside = re.sub(r'<div class="menu".*?</div>', "", row, flags=re.DOTALL)
    hidden = re.sub(r'<span class="vh">.*?</span>', "", outside)
    pressed = re.findall(
        r'<(?:button|a) class="(?:btn small|btn primary|state)"[^>]*?(?:formaction|href)="([^"]+)"[^>]*>'
        r"(?:<i [^>]*></i>)?([^<]+)</",
        hidden,
    )
    return [(words, url) for url, words in pressed]


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
    page = as_dana.get(URL)
    write = reverse("sessions:note-for-appointment", args=[new.pk])
    assert buttons(row_of(page, new)) == [("Write note", write)]
    for appointment, note, words in zip((begun, signed), notes, ("Continue note", "Signed"), strict=True):
        assert buttons(row_of(page, appointment)) == [(words, reverse("sessions:note", args=[note.pk]))]
    assert buttons(row_of(page, cancelled)) == []
    for appointment in (begun, signed, cancelled):
        assert reverse("sessions:note-for-appointment", args=[appointment.pk]) not in page.text


def test_the_time_of_a_row_decides_what_it_asks_for(as_dana: Browser, dana: User) -> None:
    missed = book(dana, -2, "Missed", status="no_show")
    unwritten = book(dana, -1, "Unwritten", status="completed")
    forgotten = book(dana, -3, "Forgotten")
    current, later = book(dana, 0, "Current"), book(dana, 2, "Later")
    page = as_dana.get(URL)
    assert [group.name for group in page.context["diary"].groups] == ["now", "later", "earlier"]
    assert 'btn primary" form="write-note"' in row_of(page, current)
    assert page.text.partition("<dialog")[0].count("btn primary") == 1
    assert buttons(row_of(page, later)) == []
    assert [words for words, _url in buttons(row_of(page, unwritten))] == ["Write note"]
    assert "Completed" in row_of(page, unwritten)
    assert [words for words, _url in buttons(row_of(page, forgotten))] == ["Write note"]
    assert buttons(row_of(page, missed)) == []
    assert "No-show" in row_of(page, missed)
    rows = re.findall(r'id="appointment-([^"]+)"', page.text)
    assert rows == [str(each.pk) for each in (current, later, unwritten, missed, forgotten)]


def test_only_one_button_is_the_most_important(as_dana: Browser, dana: User, noa: User) -> None:
    book(dana, 0, "Of Noa", therapist=noa)
    assert 'btn primary" href="/appointments/new/"' in as_dana.get(URL).text
    book(dana, 0, "Of Dana")
    page = as_dana.get(URL).text.partition("<dialog")[0]
    assert page.count("btn primary") == 1
    assert page.index("btn primary") > page.index("Of Dana")


def test_the_menu_of_a_row_changes_its_status_without_a_script(as_dana: Browser, dana: User) -> None:
    appointment = book(dana, 2, "Later")
    page = as_dana.get(URL)
    row = row_of(page, appointment)
    menu = dict(re.findall(r'<button form="change-status" formaction="([^"]+)"[^>]*>([^<]+)</button>', row))
    assert {words: url.split("/")[-2] for url, words in menu.items()} == {
        "Complete": "complete",
        "No-show": "no-show",
        "Cancel": "cancel",
    }
    [next_url] = re.findall(
        r'<form id="change-status" method="post">.*?name="next" value="([^"]+)"', page.text, re.DOTALL
    )
    [complete] = [url for url, words in menu.items() if words == "Complete"]
    assert as_dana.post(complete, {"next": next_url}).headers["Location"] == URL
    with inside(dana):
        appointment.refresh_from_db()
    assert appointment.status == "completed"


def test_a_page_full_of_appointments_has_two_forms_for_all_of_them(as_dana: Browser, dana: User) -> None:
    empty = as_dana.get(URL).text.count("<form")
    for hours in range(8):
        book(dana, hours - 4, f"Client {hours}")
    page = as_dana.get(URL).text
    assert page.count("<form") == empty
    assert len(page) < 30_000


def test_an_assistant_completes_with_one_click(as_avi: Browser, dana: User) -> None:
    current, later = book(dana, 0, "Current"), book(dana, 3, "Later")
    page = as_avi.get(URL)
    complete = reverse("scheduling:complete", args=[current.pk])
    assert buttons(row_of(page, current)) == [("Complete", complete)]
    assert row_of(page, current).count(complete) == 2  # with a script and without, and not in the menu again
    assert buttons(row_of(page, later)) == []


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
    assert [draft.about[-1] for draft in drafts] == ["9 days old", "since yesterday", "from today"]
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
