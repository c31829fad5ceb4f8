"""The editor: four sections beside the last signed note of the same client."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTIONS
from tests.cast import events, inside
from tests.factories import MONDAY, SessionNoteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace)


def url_of(note: SessionNote) -> str:
    return reverse("sessions:note", args=[note.pk])


def earlier(user: User, note: SessionNote, days: int, *, sign: bool = True, **fields: object) -> SessionNote:
    found = SessionNoteFactory(
        **{
            "workspace": note.workspace,
            "client": note.client,
            "session_date": MONDAY - timedelta(days=days),
            **fields,
        }
    )
    if sign:
        with inside(user):
            found.sign(user, version=1)
    return found


def test_it_holds_the_text_and_says_whose_it_is(as_dana: Browser, note: SessionNote) -> None:
    response = as_dana.get(url_of(note))
    form = response.context["form"]
    assert [form[name].value() for name in SECTIONS] == [
        "Slept badly, stiff neck.",
        "Rotation left 60°.",
        "Tension, improving.",
        "Heat, two more sessions.",
    ]
    assert "Yonatan Levi" in response.text
    assert 'autocomplete="off"' in response.text
    # A browser would cut a longer text off without a word.
    assert "maxlength" not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_the_last_signed_note_of_the_client_stands_beside_it(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    earlier(dana, note, 20, plan="Older plan.")
    earlier(dana, note, 10, plan="Last plan.")
    earlier(dana, note, 5, plan="Only a draft.", sign=False)
    earlier(dana, note, -5, plan="A later session.")
    other = SessionNoteFactory(workspace=dana.workspace)
    earlier(dana, other, 1, plan="Somebody else's.")
    response = as_dana.get(url_of(note))
    assert response.context["last"].plan == "Last plan."
    assert "Last plan." in response.text


def test_without_an_earlier_note_nothing_stands_there(as_dana: Browser, note: SessionNote) -> None:
    assert "Last session" not in as_dana.get(url_of(note)).text


def test_reading_is_recorded(as_dana: Browser, dana: User, note: SessionNote) -> None:
    last = earlier(dana, note, 3)
    before = len(events(dana, "session_note.viewed"))
    as_dana.get(url_of(note))
    (viewed,) = events(dana, "session_note.viewed")[before:]
    assert set(viewed.object_ids) == {note.pk, last.pk}
    assert set(viewed.fields) == set(SECTIONS)


def test_an_assistant_is_refused_and_it_is_recorded(as_avi: Browser, dana: User, note: SessionNote) -> None:
    assert as_avi.get(url_of(note)).status_code == 403
    (refusal,) = events(dana, "access.refused")
    assert refusal.object_id == note.pk
    assert not events(dana, "session_note.viewed")


def test_another_workspace_sees_404(as_omer: Browser, note: SessionNote) -> None:
    assert as_omer.get(url_of(note)).status_code == 404


def test_it_needs_few_queries(
    as_dana: Browser, dana: User, note: SessionNote, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    earlier(dana, note, 3)
    with django_assert_max_num_queries(12):
        as_dana.get(url_of(note))


def test_what_was_typed_is_shown_as_it_is_and_never_as_markup(as_dana: Browser, dana: User) -> None:
    note = SessionNoteFactory(
        workspace=dana.workspace, plan="</textarea><script>alert(1)</script>\n  two  spaces"
    )
    page = as_dana.get(url_of(note)).text
    assert "<script>alert" not in page
    assert "\n  two  spaces" in page
