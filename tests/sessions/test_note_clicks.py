"""Buttons of a note pressed at the same moment, by one person or by two: what they do is done once."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from sessions.models import NoteVersion, SessionNote
from tests.cast import events, inside, signed_in
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory
from tests.sessions.pages import open_editor, stored

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(people: list[User], click: Callable[[Browser], str]) -> Counter[str]:
    """Let each of them click at the same moment; where the clicks led, and how often."""
    together = Barrier(len(people))
    led: list[str] = []

    def one(person: User) -> None:
        browser = signed_in(person)
        browser.get("/")
        together.wait()
        led.append(click(browser))
        connections.close_all()

    threads = [Thread(target=one, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(led)


def pressing(url: str, **form: str) -> Callable[[Browser], str]:
    return lambda browser: browser.post(url, form).headers["Location"]


def notes_of(user: User) -> list[SessionNote]:
    with inside(user):
        return list(SessionNote.objects.all())


def url_of(note: SessionNote, page: str = "note") -> str:
    return reverse(f"sessions:{page}", args=[note.pk])


def test_six_times_write_note_for_one_client_begin_one_draft(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    led = at_once([dana] * 6, pressing(reverse("sessions:note-start", args=[client.pk])))
    (note,) = notes_of(dana)
    assert led == {url_of(note): 6}
    assert len(events(dana, "session_note.created")) == 1


def test_two_people_at_once_begin_a_draft_each(dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    led = at_once([dana, noa] * 2, pressing(reverse("sessions:note-start", args=[client.pk])))
    assert {note.author_id for note in notes_of(dana)} == {dana.pk, noa.pk}
    assert sorted(led.values()) == [2, 2]


def test_an_appointment_gets_one_note_from_two_people_at_once(dana: User, noa: User) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    url = reverse("sessions:note-for-appointment", args=[appointment.pk])
    led = at_once([dana, noa] * 2, pressing(url))
    (note,) = notes_of(dana)
    assert led == {url_of(note): 4}
    assert len(events(dana, "appointment.completed")) == 1


def test_a_draft_deleted_by_several_clicks_goes_once_and_no_click_fails(dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    led = at_once([dana] * 3, pressing(url_of(note, "note-delete")))
    assert led == {reverse("sessions:client", args=[note.client_id]): 3}
    assert len(events(dana, "session_note.deleted")) == 1


def test_a_draft_restored_by_two_clicks_comes_back_once(dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.delete_draft(dana)
    led = at_once([dana] * 2, pressing(url_of(note, "note-restore")))
    assert led == {url_of(note): 2}
    assert len(events(dana, "session_note.restored")) == 1


def test_a_note_signed_by_two_clicks_has_one_signature(dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    tab = open_editor(signed_in(dana), note)
    led = at_once([dana] * 2, pressing(url_of(note, "note-sign"), **tab, confirmed="yes"))
    assert led == {url_of(note): 2}
    assert len(events(dana, "session_note.signed")) == 1
    with inside(dana):
        assert NoteVersion.objects.count() == 1


def test_one_amendment_by_two_clicks_is_one_version(dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=1)
    form = {"plan": "Rest.", "reason": "Counted wrong", "seen": "0"}
    led = at_once([dana] * 2, pressing(url_of(note, "note-amend"), **form))
    assert led == {url_of(note): 2}
    assert stored(dana, note).amendment_count == 1
