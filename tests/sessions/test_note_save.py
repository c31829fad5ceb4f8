"""Saving a draft: from the form without JavaScript, and from the editor every second."""

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTION_LENGTH, checksum_of
from tests.cast import events, inside
from tests.factories import SessionNoteFactory
from tests.sessions.pages import autosave, open_editor, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace)


def url_of(note: SessionNote) -> str:
    return reverse("sessions:note-save", args=[note.pk])


def test_the_form_saves_and_comes_back(as_dana: Browser, dana: User, note: SessionNote) -> None:
    tab = open_editor(as_dana, note)
    response = as_dana.post(url_of(note), tab | {"plan": "Heat.\r\nTwo more sessions.", "objective": ""})
    assert response.headers["Location"] == reverse("sessions:note", args=[note.pk])
    now = stored(dana, note)
    assert (now.plan, now.objective, now.subjective) == (
        "Heat.\nTwo more sessions.",
        "",
        "Slept badly, stiff neck.",
    )
    assert (now.version, now.is_draft) == (2, True)


def test_a_text_that_is_too_long_is_kept_in_the_form_and_said_beside_the_field(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    response = as_dana.post(url_of(note), tab | {"plan": "x" * (SECTION_LENGTH + 1), "objective": "Kept."})
    assert response.status_code == 422
    form = response.context["form"]
    assert list(form.errors) == ["plan"]
    assert (form["objective"].value(), len(form["plan"].value())) == ("Kept.", SECTION_LENGTH + 1)
    assert stored(dana, note).version == 1


def test_the_longest_text_is_counted_with_the_line_ends_that_are_stored(
    as_dana: Browser, note: SessionNote
) -> None:
    lines = "x\r\n" * (SECTION_LENGTH // 2)
    response = as_dana.post(url_of(note), open_editor(as_dana, note) | {"plan": lines})
    assert response.status_code == 302


def test_autosave_answers_with_the_new_version_and_the_time_in_the_practice(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    with time_machine.travel("2026-11-18T13:22:10Z", tick=False):
        response = autosave(as_dana, note, tab, plan="Rest.")
    assert response.status_code == 200
    assert response.json()["version"] == 2
    assert response.json()["saved_at"] == "14:22"
    assert list(response.json()["marks"]) == ["plan"]
    assert stored(dana, note).plan == "Rest."


def test_autosave_reads_nothing_and_needs_few_queries(
    as_dana: Browser, dana: User, note: SessionNote, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tab = open_editor(as_dana, note)
    autosave(as_dana, note, tab, plan="Rest.")
    reads = len(events(dana, "session_note.viewed"))
    with django_assert_max_num_queries(9):
        assert autosave(as_dana, note, tab, plan="Rest. And heat.").status_code == 200
    assert len(events(dana, "session_note.viewed")) == reads


def test_the_trail_names_each_section_once_in_an_editing_session(
    as_dana: Browser, as_noa: Browser, dana: User, note: SessionNote
) -> None:
    with time_machine.travel("2026-11-18T09:00:00Z", tick=False) as clock:
        tab = open_editor(as_dana, note)
        for words in ("Rest", "Rest.", "Rest. Heat."):
            autosave(as_dana, note, tab, plan=words)
        assert [event.fields for event in events(dana, "session_note.saved")] == [["plan"]]
        autosave(as_dana, note, tab, objective="Better.")
        autosave(as_noa, note, open_editor(as_noa, note), plan="Rest. Heat. Water.")
        assert [event.fields for event in events(dana, "session_note.saved")][1:] == [["objective"], ["plan"]]
        clock.shift(31 * 60)
        autosave(as_dana, note, open_editor(as_dana, note), plan="Rest.")
    saved = events(dana, "session_note.saved")
    assert len(saved) == 4
    assert all(event.object_id == note.pk and event.metadata == {} for event in saved)


def test_two_tabs_in_two_sections_both_are_stored(as_dana: Browser, dana: User, note: SessionNote) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    assert autosave(as_dana, note, one, subjective="From the first tab.").status_code == 200
    assert autosave(as_dana, note, two, plan="From the second tab.").status_code == 200
    assert autosave(as_dana, note, one, subjective="From the first tab, more.").status_code == 200
    now = stored(dana, note)
    assert (now.subjective, now.plan) == ("From the first tab, more.", "From the second tab.")


def test_two_tabs_in_one_section_the_second_gets_both_texts_and_overwrites_nothing(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    autosave(as_dana, note, one, plan="First.")
    response = autosave(as_dana, note, two, plan="Second.", objective="Only mine.")
    assert response.status_code == 409
    conflict = response.json()["conflicts"]
    assert {name: texts["text"] for name, texts in conflict.items()} == {"plan": "First."}
    now = stored(dana, note)
    # What did not collide is stored all the same.
    assert (now.plan, now.objective) == ("First.", "Only mine.")

    two["base_plan"] = conflict["plan"]["mark"]
    assert autosave(as_dana, note, two, plan="First. Second.").status_code == 200
    assert stored(dana, note).plan == "First. Second."


def test_a_tab_that_was_merged_once_never_overwrites_what_it_has_not_seen(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    autosave(as_dana, note, one, plan="First.")
    autosave(as_dana, note, two, subjective="Second tab.")
    response = autosave(as_dana, note, two, plan="Second.")
    assert response.status_code == 409
    assert stored(dana, note).plan == "First."


def test_a_save_whose_answer_was_lost_can_be_repeated(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    autosave(as_dana, note, dict(tab), plan="Typed once.")
    assert autosave(as_dana, note, tab, plan="Typed once.").status_code == 200
    assert autosave(as_dana, note, tab, plan="Typed once and on.").status_code == 200
    assert stored(dana, note).plan == "Typed once and on."


def test_the_last_save_of_a_page_knows_the_one_still_on_its_way(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    autosave(as_dana, note, dict(tab), plan="On its way.")
    tab["sent_plan"] = checksum_of("On its way.")
    assert autosave(as_dana, note, tab, plan="On its way. Last words.").status_code == 200
    assert stored(dana, note).plan == "On its way. Last words."


def test_without_javascript_the_409_page_shows_both_texts_and_keeps_everything_typed(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    as_dana.post(url_of(note), one | {"plan": "First."})
    response = as_dana.post(url_of(note), two | {"plan": "Second.", "subjective": "Typed too."})
    assert response.status_code == 409
    form = response.context["form"]
    assert (form["plan"].value(), form["subjective"].value()) == ("Second.", "Typed too.")
    assert "<p>First.</p>" in response.text
    assert stored(dana, note).plan == "First."

    third = {name: form[name].value() for name in form.fields}
    assert as_dana.post(url_of(note), third | {"plan": "First and second."}).status_code == 302
    assert stored(dana, note).plan == "First and second."


def test_without_javascript_one_may_keep_the_text_of_the_other_window(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    as_dana.post(url_of(note), one | {"plan": "First."})
    form = as_dana.post(url_of(note), two | {"plan": "Second."}).context["form"]
    third = {name: form[name].value() for name in form.fields}
    assert as_dana.post(url_of(note), third | {"take": "plan"}).status_code == 302
    assert stored(dana, note).plan == "First."


def test_the_form_sends_every_section_but_only_what_was_typed_counts(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    as_dana.post(url_of(note), one | {"plan": "First."})
    assert as_dana.post(url_of(note), two | {"subjective": "Second."}).status_code == 302
    assert stored(dana, note).plan == "First."


def test_a_note_signed_meanwhile_refuses_and_offers_an_amendment(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    with inside(dana):
        note.sign(dana, version=1)
    assert autosave(as_dana, note, dict(tab), plan="Too late.").json() == {"closed": True}
    response = as_dana.post(url_of(note), tab | {"plan": "Too late."})
    assert response.status_code == 409
    assert response.context["action"] == reverse("sessions:note-amend", args=[note.pk])
    assert response.context["form"]["plan"].value() == "Too late."
    assert stored(dana, note).plan == "Heat, two more sessions."


def test_a_note_deleted_meanwhile_comes_back_with_what_was_typed(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    with inside(dana):
        note.delete_draft(dana)
    response = as_dana.post(url_of(note), tab | {"plan": "Not lost."})
    assert response.status_code == 409
    form = response.context["form"]
    again = {name: form[name].value() for name in form.fields} | {"restore": "yes"}
    assert as_dana.post(url_of(note), again).status_code == 302
    now = stored(dana, note)
    assert (now.plan, now.deleted_at) == ("Not lost.", None)


def test_an_assistant_is_refused(as_avi: Browser, dana: User, note: SessionNote) -> None:
    assert as_avi.post(url_of(note), {"version": 1, "plan": "No."}).status_code == 403
    assert stored(dana, note).version == 1


def test_another_workspace_sees_404(as_omer: Browser, note: SessionNote) -> None:
    assert as_omer.post(url_of(note), {"version": 1, "plan": "No."}).status_code == 404


def test_saving_needs_a_post(as_dana: Browser, note: SessionNote) -> None:
    assert as_dana.get(url_of(note)).status_code == 405


def test_a_form_without_its_version_is_refused_and_kept(as_dana: Browser, note: SessionNote) -> None:
    response = as_dana.post(url_of(note), {"plan": "Typed."})
    assert response.status_code == 422
    assert response.context["form"]["plan"].value() == "Typed."


def test_whoever_is_signed_out_is_led_to_sign_in(note: SessionNote) -> None:
    response = Browser().post(
        url_of(note), {"version": 1, "plan": "x"}, headers={"accept": "application/json"}
    )
    assert response.status_code in (302, 401)


def test_after_signing_in_again_the_token_can_be_read_anew(dana: User, note: SessionNote) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(dana)
    typed = {"version": 1, "plan": "Typed before."}
    assert strict.post(url_of(note), typed).status_code == 403
    token = strict.get(reverse("sessions:note-state", args=[note.pk])).json()["token"]
    assert strict.post(url_of(note), typed, headers={"x-csrftoken": token}).status_code == 302
    assert stored(dana, note).plan == "Typed before."


def test_the_state_of_a_note_says_whether_it_moved_on_and_reads_nothing(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    url = reverse("sessions:note-state", args=[note.pk])
    assert as_dana.get(url).json().items() >= {"version": 1, "open": True}.items()
    with inside(dana):
        note.sign(dana, version=1)
    before = len(events(dana, "session_note.viewed"))
    assert as_dana.get(url).json().items() >= {"version": 2, "open": False}.items()
    assert len(events(dana, "session_note.viewed")) == before


def test_saving_nothing_new_changes_nothing(as_dana: Browser, dana: User, note: SessionNote) -> None:
    assert as_dana.post(url_of(note), open_editor(as_dana, note)).status_code == 302
    now = stored(dana, note)
    assert (now.version, now.draft_saved_at) == (1, None)
    assert not events(dana, "session_note.saved")
