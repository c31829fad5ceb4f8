"""Signing: confirmed, with the text as last typed, then read-only for everyone."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTIONS, content_hash
from tests.cast import events, inside
from tests.factories import SessionNoteFactory
from tests.sessions.pages import autosave, hidden_inputs, open_editor, stored

pytestmark = pytest.mark.django_db

CONFIRMED = {"confirmed": "yes"}


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace)


def url_of(note: SessionNote) -> str:
    return reverse("sessions:note-sign", args=[note.pk])


def test_it_freezes_the_text_as_last_typed_and_records_it(as_noa: Browser, dana: User, noa: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, author=noa)
    tab = open_editor(as_noa, note)
    moment = datetime(2026, 11, 18, 9, 58, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        response = as_noa.post(url_of(note), tab | CONFIRMED | {"plan": "The last second."})
    assert response.headers["Location"] == reverse("sessions:note", args=[note.pk])
    now = stored(dana, note)
    assert (now.is_signed, now.signed_at, now.signed_by_id) == (True, moment, noa.pk)
    assert now.plan == "The last second."
    with inside(dana):
        version = NoteVersion.objects.get(note=note)
        assert (version.number, version.author_id, version.created_at) == (1, noa.pk, moment)
        assert version.sections() == now.sections()
        assert bytes(version.content_hash) == content_hash(now.sections().values())
    (event,) = events(dana, "session_note.signed")
    assert (event.object_id, event.actor_id) == (note.pk, noa.pk)


def test_the_hash_tells_a_text_that_moved_to_its_neighbour(dana: User) -> None:
    with inside(dana):
        assert content_hash(["ab", "", "", ""]) != content_hash(["a", "b", "", ""])
        assert content_hash(["ab", "", "", ""]) == content_hash(["ab", "", "", ""])


def test_unconfirmed_it_is_saved_and_asked_on_a_page_of_its_own(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    response = as_dana.post(url_of(note), open_editor(as_dana, note) | {"plan": "Typed."}, follow=True)
    assert response.redirect_chain == [(url_of(note), 302)]
    assert "Typed." in response.text
    now = stored(dana, note)
    assert (now.is_draft, now.plan) == (True, "Typed.")
    assert as_dana.post(url_of(note), CONFIRMED | {"version": now.version}).status_code == 302
    assert stored(dana, note).is_signed


def test_what_another_window_wrote_is_read_before_it_is_signed(
    as_dana: Browser, as_noa: Browser, dana: User, note: SessionNote
) -> None:
    tab, other = open_editor(as_dana, note), open_editor(as_noa, note)
    autosave(as_noa, note, other, subjective="From the other window.")
    response = as_dana.post(url_of(note), tab | CONFIRMED | {"plan": "Mine."}, follow=True)
    assert response.redirect_chain == [(url_of(note), 302)]
    assert "From the other window." in response.text
    now = stored(dana, note)
    assert (now.is_draft, now.plan, now.subjective) == (True, "Mine.", "From the other window.")


def test_two_texts_of_one_section_are_shown_and_nothing_is_signed(
    as_dana: Browser, as_noa: Browser, dana: User, note: SessionNote
) -> None:
    tab, other = open_editor(as_dana, note), open_editor(as_noa, note)
    autosave(as_noa, note, other, plan="Other.")
    response = as_dana.post(url_of(note), tab | CONFIRMED | {"plan": "Mine."})
    assert response.status_code == 409
    assert response.context["form"]["plan"].value() == "Mine."
    assert "<p>Other.</p>" in response.text
    assert stored(dana, note).is_draft


def test_an_empty_note_cannot_be_signed(as_dana: Browser, dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, **dict.fromkeys(SECTIONS, ""))
    response = as_dana.post(url_of(note), open_editor(as_dana, note) | CONFIRMED | {"plan": " \n "})
    assert response.status_code == 422
    assert "There is nothing to sign yet" in response.text
    assert stored(dana, note).is_draft
    with inside(dana):
        assert not NoteVersion.objects.exists()


def test_a_text_that_is_too_long_stays_in_the_editor(as_dana: Browser, dana: User, note: SessionNote) -> None:
    response = as_dana.post(url_of(note), open_editor(as_dana, note) | CONFIRMED | {"plan": "x" * 20_001})
    assert response.status_code == 422
    assert stored(dana, note).is_draft


def test_signing_twice_leaves_one_version(as_dana: Browser, dana: User, note: SessionNote) -> None:
    tab = open_editor(as_dana, note)
    for _click in range(2):
        response = as_dana.post(url_of(note), tab | CONFIRMED | {"plan": "Rest."})
        assert response.headers["Location"] == reverse("sessions:note", args=[note.pk])
    with inside(dana):
        assert NoteVersion.objects.filter(note=note).count() == 1
    assert as_dana.get(url_of(note)).headers["Location"] == reverse("sessions:note", args=[note.pk])


def test_the_page_of_a_signed_note_shows_its_text_and_no_field(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    with inside(dana):
        note.sign(dana, version=1)
    response = as_dana.get(reverse("sessions:note", args=[note.pk]))
    assert "Slept badly, stiff neck." in response.text
    assert "<bdi>Written by Dana Levi</bdi> <bdi>signed by Dana Levi on" in response.text
    assert "<textarea" not in response.text


def test_a_colleagues_draft_is_not_signed_without_saying_on_whose_behalf(
    as_noa: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_noa, note)
    response = as_noa.post(url_of(note), tab | CONFIRMED | {"plan": "Typed by Noa."}, follow=True)
    assert response.redirect_chain == [(url_of(note), 302)]
    assert "Sign on Dana’s behalf" in response.text
    assert "Dana Levi wrote this draft." in response.text
    now = stored(dana, note)
    assert (now.is_draft, now.plan) == (True, "Typed by Noa.")
    assert not events(dana, "session_note.signed")


@pytest.mark.parametrize("value", ["", "yes", str(UUID(int=0))])
def test_another_name_than_the_authors_signs_nothing(
    as_noa: Browser, dana: User, note: SessionNote, value: str
) -> None:
    as_noa.post(url_of(note), open_editor(as_noa, note) | {"on_behalf_of": value})
    assert stored(dana, note).is_draft


def test_signed_on_a_colleagues_behalf_both_names_are_kept_and_shown(
    as_dana: Browser, as_noa: Browser, dana: User, noa: User, note: SessionNote
) -> None:
    confirmation = as_noa.get(url_of(note))
    button = re.search(r'name="on_behalf_of" value="([^"]+)"', confirmation.text)
    assert button is not None
    form = hidden_inputs(confirmation) | {"on_behalf_of": button[1]}
    assert as_noa.post(url_of(note), form).headers["Location"] == reverse("sessions:note", args=[note.pk])
    now = stored(dana, note)
    assert (now.author_id, now.signed_by_id) == (dana.pk, noa.pk)
    pages = ["note", "note-amend", "note-versions"]
    urls = [reverse(f"sessions:{page}", args=[note.pk]) for page in pages]
    for url in [*urls, reverse("sessions:note-version", args=[note.pk, 1])]:
        assert "<bdi>Written by Dana Levi</bdi> <bdi>signed by Noa Peretz" in as_dana.get(url).text, url
    assert not events(dana, "session_note.signed")
    (event,) = events(dana, "session_note.signed_on_behalf")
    assert (event.object_id, event.actor_id, event.metadata) == (note.pk, noa.pk, {"author": str(dana.pk)})
    activity = as_dana.get(reverse("audit:activity"), {"action": "session_note.signed_on_behalf"}).text
    assert "signed a session note on behalf of Dana Levi" in activity


def test_a_draft_says_whose_it_is(as_noa: Browser, note: SessionNote) -> None:
    assert "Draft by Dana Levi" in as_noa.get(reverse("sessions:note", args=[note.pk])).text


def test_an_amendment_names_who_made_it_beside_who_signed(
    as_dana: Browser, as_noa: Browser, dana: User, note: SessionNote
) -> None:
    with inside(dana):
        note.sign(dana, version=1)
    amend = reverse("sessions:note-amend", args=[note.pk])
    as_noa.post(amend, hidden_inputs(as_noa.get(amend)) | {"plan": "Rest.", "reason": "Forgotten"})
    text = as_dana.get(reverse("sessions:note", args=[note.pk])).text
    assert "<bdi>Written by Dana Levi</bdi> <bdi>signed by Dana Levi" in text
    assert "Last amended by Noa Peretz" in text
    assert "amended by Noa Peretz" in as_dana.get(reverse("sessions:note-versions", args=[note.pk])).text


def test_an_assistant_is_refused(as_avi: Browser, dana: User, note: SessionNote) -> None:
    assert as_avi.get(url_of(note)).status_code == 403
    assert as_avi.post(url_of(note), CONFIRMED | {"version": 1}).status_code == 403
    assert stored(dana, note).is_draft


def test_another_workspace_sees_404(as_omer: Browser, note: SessionNote) -> None:
    assert as_omer.get(url_of(note)).status_code == 404
    assert as_omer.post(url_of(note), CONFIRMED | {"version": 1}).status_code == 404


def test_it_cannot_be_deleted_by_another_verb(as_dana: Browser, note: SessionNote) -> None:
    assert as_dana.delete(url_of(note)).status_code == 405


def test_a_draft_deleted_meanwhile_is_not_signed_and_what_was_typed_is_kept(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    with inside(dana):
        note.delete_draft(dana)
    response = as_dana.post(url_of(note), tab | CONFIRMED | {"plan": "Not lost."})
    assert response.status_code == 409
    assert response.context["form"]["plan"].value() == "Not lost."
    assert as_dana.get(url_of(note)).status_code == 404
