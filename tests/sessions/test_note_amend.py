"""Amending: a reason, a new version, every earlier text readable."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTIONS
from tests.cast import events, inside
from tests.factories import SessionNoteFactory
from tests.sessions.pages import stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(dana: User) -> SessionNote:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=1)
    return note


def url_of(note: SessionNote, name: str = "note-amend", *more: object) -> str:
    return reverse(f"sessions:{name}", args=[note.pk, *more])


def amend(browser: Browser, note: SessionNote, plan: str, seen: int = 0, reason: str = "Wrong side.") -> Any:
    return browser.post(url_of(note), {"seen": seen, "reason": reason, "plan": plan})


def test_the_form_holds_the_text_as_it_is(as_dana: Browser, note: SessionNote) -> None:
    form = as_dana.get(url_of(note)).context["form"]
    assert form["plan"].value() == "Heat, two more sessions."
    assert form["seen"].value() == 0


def test_it_adds_a_version_and_changes_the_note(
    as_noa: Browser, dana: User, noa: User, note: SessionNote
) -> None:
    typed = {
        "seen": 0,
        "reason": "Wrong side.",
        "objective": "Rotation right 60°.",
        "plan": "Heat, two more sessions.",
    }
    response = as_noa.post(url_of(note), typed)
    assert response.headers["Location"] == url_of(note, "note")
    now = stored(dana, note)
    assert (now.objective, now.amendment_count, now.status) == ("Rotation right 60°.", 1, "amended")
    with inside(dana):
        first, second = now.versions.order_by("number")
        assert (second.number, second.author_id, second.reason) == (2, noa.pk, "Wrong side.")
        assert second.sections() == now.sections()
        assert first.objective == "Rotation left 60°."
    (event,) = events(dana, "session_note.amended")
    assert (event.fields, event.metadata) == (["objective"], {"number": 2})


def test_every_version_is_readable_with_who_when_and_why(
    as_dana: Browser, as_noa: Browser, note: SessionNote
) -> None:
    amend(as_dana, note, "Second plan.")
    amend(as_noa, note, "Third plan.", seen=1, reason="Dose corrected.")
    texts = {1: "Heat, two more sessions.", 2: "Second plan.", 3: "Third plan."}
    for number, plan in texts.items():
        page = as_dana.get(url_of(note, "note-version", number)).text
        assert plan in page
        assert not any(other in page for other in texts.values() if other != plan)
    assert "Dose corrected." in as_dana.get(url_of(note, "note-version", 3)).text
    assert "Noa Peretz" in as_dana.get(url_of(note, "note-version", 3)).text
    assert as_dana.get(url_of(note, "note-version", 4)).status_code == 404
    listed = as_dana.get(url_of(note, "note-versions")).text
    assert all(words in listed for words in ("Wrong side.", "Dose corrected.", "Noa Peretz", "Dana Levi"))


def test_the_list_of_versions_does_not_open_their_texts(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    amend(as_dana, note, "Second plan.")
    as_dana.get(url_of(note, "note-versions"))
    viewed = events(dana, "note_version.viewed")[-1]
    assert viewed.fields == ["reason"]


def test_a_reason_is_required_and_everything_typed_is_kept(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    response = amend(as_dana, note, "Second plan.", reason="  ")
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["reason"]
    assert response.context["form"]["plan"].value() == "Second plan."
    assert stored(dana, note).amendment_count == 0


def test_a_stale_amendment_shows_both_texts_and_overwrites_nothing(
    as_dana: Browser, as_noa: Browser, dana: User, note: SessionNote
) -> None:
    amend(as_noa, note, "Noa's plan.")
    response = amend(as_dana, note, "Dana's plan.", reason="Mine.")
    assert response.status_code == 409
    form = response.context["form"]
    assert (form["plan"].value(), form["reason"].value(), form["seen"].value()) == (
        "Dana's plan.",
        "Mine.",
        1,
    )
    assert "<p>Noa&#x27;s plan.</p>" in response.text
    assert stored(dana, note).plan == "Noa's plan."

    again = {name: form[name].value() for name in form.fields}
    assert as_dana.post(url_of(note), again | {"plan": "Both."}).status_code == 302
    assert (stored(dana, note).plan, stored(dana, note).amendment_count) == ("Both.", 2)


def test_amending_twice_with_one_form_adds_one_version(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    for _click in range(2):
        response = as_dana.post(url_of(note), {"seen": 0, "reason": "Wrong.", "plan": "Rest."})
        assert response.headers["Location"] == url_of(note, "note")
    assert stored(dana, note).amendment_count == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"plan": "Heat, two more sessions."}, "there is nothing to amend"),
        (dict.fromkeys(SECTIONS, " "), "cannot become empty"),
    ],
)
def test_an_amendment_changes_something_and_leaves_something(
    as_dana: Browser, dana: User, note: SessionNote, typed: dict[str, str], sentence: str
) -> None:
    response = as_dana.post(url_of(note), {"seen": 0, "reason": "Why not."} | typed)
    assert response.status_code == 422
    assert sentence in response.text
    now = stored(dana, note)
    assert (now.amendment_count, now.plan) == (0, "Heat, two more sessions.")


def test_a_draft_cannot_be_amended(as_dana: Browser, dana: User) -> None:
    draft = SessionNoteFactory(workspace=dana.workspace)
    assert as_dana.get(url_of(draft)).status_code == 404
    assert amend(as_dana, draft, "x").status_code == 404


def test_an_assistant_is_refused_and_another_workspace_sees_404(
    as_avi: Browser, as_omer: Browser, note: SessionNote
) -> None:
    pages = [url_of(note), url_of(note, "note-versions"), url_of(note, "note-version", 1)]
    assert [as_avi.get(page).status_code for page in pages] == [403] * 3
    assert [as_omer.get(page).status_code for page in pages] == [404] * 3
    assert amend(as_avi, note, "x").status_code == 403
    assert amend(as_omer, note, "x").status_code == 404


def test_the_page_needs_as_many_queries_for_ten_versions_as_for_one(
    as_dana: Browser, note: SessionNote, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in range(10):
        amend(as_dana, note, f"Plan {count}.", seen=count)
    for name in ("note", "note-versions"):
        with django_assert_max_num_queries(12):
            as_dana.get(url_of(note, name))


def test_a_reason_at_its_limit_counts_a_line_end_once(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    reason = "Why\n" * 499 + "Why."
    amend(as_dana, note, "Second plan.", reason=reason.replace("\n", "\r\n"))
    with inside(dana):
        assert note.versions.get(number=2).reason == reason
