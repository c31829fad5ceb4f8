"""A draft is put away and brought back; a signed note is neither."""

import re
from datetime import timedelta

import pytest
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


def test_ones_own_draft_goes_with_one_click_and_comes_back_by_undo(
    as_noa: Browser, dana: User, noa: User
) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, author=noa)
    response = as_noa.post(url_of(note), follow=True)
    assert response.redirect_chain == [(reverse("sessions:client", args=[note.client_id]), 302)]
    said = re.sub(r"<[^>]*>", "", response.text)
    assert "Draft by Noa Peretz deleted: Y. L., " in said
    assert "Levi" not in said.partition("Draft by Noa Peretz deleted:")[2].partition("Undo")[0]
    gone = stored(dana, note)
    assert gone.deleted_at is not None
    assert gone.deleted_by_id == noa.pk
    assert gone.purge_after == gone.deleted_at + timedelta(days=30)
    assert as_noa.get(url_of(note, "note")).status_code == 404

    undo = re.search(r'<form method="post" action="([^"]+)">.{0,400}?Undo</button>', response.text, re.DOTALL)
    assert undo is not None
    assert as_noa.post(undo[1]).headers["Location"] == url_of(note, "note")
    back = stored(dana, note)
    assert (back.deleted_at, back.deleted_by_id, back.purge_after) == (None, None, None)
    assert back.plan == "Heat, two more sessions."
    for action in ("session_note.deleted", "session_note.restored"):
        (event,) = events(dana, action)
        assert event.object_id == note.pk


def test_a_colleagues_draft_goes_only_once_it_is_confirmed(as_noa: Browser, dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    editor = as_noa.get(url_of(note, "note")).text
    assert f'href="{url_of(note)}" data-opens="delete-draft"' in editor
    response = as_noa.post(url_of(note), follow=True)
    assert response.redirect_chain == [(url_of(note), 302)]
    assert "Dana Levi wrote this draft." in response.text
    assert stored(dana, note).deleted_at is None

    assert 'name="confirmed" value="yes"' in response.text
    as_noa.post(url_of(note), {"confirmed": "yes"})
    assert stored(dana, note).deleted_at is not None


def test_the_question_about_a_signed_or_deleted_note_is_not_asked(as_dana: Browser, dana: User) -> None:
    signed, gone = (SessionNoteFactory(workspace=dana.workspace) for _n in range(2))
    with inside(dana):
        signed.sign(dana, version=1)
        gone.delete_draft(dana)
    assert as_dana.get(url_of(signed)).headers["Location"] == url_of(signed, "note")
    assert as_dana.get(url_of(gone)).status_code == 404


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
    assert as_dana.put(url_of(note, name)).status_code == 405
    assert stored(dana, note).deleted_at is None
