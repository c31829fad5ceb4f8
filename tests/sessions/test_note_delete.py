"""A draft is put away and brought back; a signed note is neither."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from tests.cast import events, inside
from tests.factories import AppointmentFactory, SessionNoteFactory
from tests.sessions.pages import stored

pytestmark = pytest.mark.django_db


def url_of(note: SessionNote, name: str = "note-delete") -> str:
    return reverse(f"sessions:{name}", args=[note.pk])


def test_a_draft_goes_with_an_undo_and_comes_back(as_noa: Browser, dana: User, noa: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    response = as_noa.post(url_of(note))
    assert response.headers["Location"] == reverse("sessions:client", args=[note.client_id])
    (message,) = get_messages(response.wsgi_request)
    assert message.extra_tags == url_of(note, "note-restore")
    gone = stored(dana, note)
    assert gone.deleted_at is not None
    assert gone.deleted_by_id == noa.pk
    assert as_noa.get(url_of(note, "note")).status_code == 404

    assert as_noa.post(message.extra_tags).headers["Location"] == url_of(note, "note")
    back = stored(dana, note)
    assert (back.deleted_at, back.deleted_by_id, back.plan) == (None, None, "Heat, two more sessions.")
    for action in ("session_note.deleted", "session_note.restored"):
        (event,) = events(dana, action)
        assert event.object_id == note.pk


def test_a_signed_note_stays(as_dana: Browser, dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=1)
    assert as_dana.post(url_of(note)).headers["Location"] == url_of(note, "note")
    assert stored(dana, note).deleted_at is None
    assert not events(dana, "session_note.deleted")


def test_it_comes_back_beside_a_newer_note_of_its_appointment(as_dana: Browser, dana: User) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    note = SessionNoteFactory(workspace=dana.workspace, client=appointment.client, appointment=appointment)
    as_dana.post(url_of(note))
    as_dana.post(reverse("sessions:note-for-appointment", args=[appointment.pk]))
    as_dana.post(url_of(note, "note-restore"))
    back = stored(dana, note)
    assert (back.deleted_at, back.appointment_id) == (None, None)


def test_restoring_what_is_there_changes_nothing(as_dana: Browser, dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    assert as_dana.post(url_of(note, "note-restore")).status_code == 302
    assert not events(dana, "session_note.restored")


@pytest.mark.parametrize("name", ["note-delete", "note-restore"])
def test_only_clinicians_of_the_practice_by_post(
    as_dana: Browser, as_avi: Browser, as_omer: Browser, dana: User, name: str
) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    assert as_avi.post(url_of(note, name)).status_code == 403
    assert as_omer.post(url_of(note, name)).status_code == 404
    assert as_dana.get(url_of(note, name)).status_code == 405
    assert stored(dana, note).deleted_at is None
