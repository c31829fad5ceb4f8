"""The note editor: saves by itself, in two tabs, through outages and sign-outs, and loses nothing."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, Route, expect

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTION_LENGTH, SECTIONS
from tests.browser.conftest import session_cookie
from tests.cast import inside
from tests.factories import MONDAY, SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

type OpenWindow = Callable[..., BrowserContext]

SAVES = "**/save/"


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace, **dict.fromkeys(SECTIONS, ""))


@pytest.fixture
def window(open_window: OpenWindow, dana: User) -> BrowserContext:
    return open_window(dana)


def open_editor(window: BrowserContext, note: SessionNote) -> Page:
    page = window.new_page()
    page.goto(reverse("sessions:note", args=[note.pk]))
    return page


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def type_into(page: Page, name: str, text: str) -> None:
    section(page, name).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type(text, delay=5)


def expect_saved(page: Page) -> None:
    expect(page.locator("#saved[data-state=saved]")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    expect(page.locator("[data-unsaved]")).to_have_count(0)


def questions_of(page: Page, *, leave: bool) -> list[str]:
    """What the browser asks from now on; the answer is always the same."""
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if leave:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    return asked


def stored(dana: User, note: SessionNote) -> dict[str, str]:
    with inside(dana):
        return SessionNote.objects.get(pk=note.pk).sections()


def test_it_saves_a_second_after_typing_stops(window: BrowserContext, dana: User, note: SessionNote) -> None:
    page = open_editor(window, note)
    assert page.get_by_role("button", name="Save", exact=True).is_hidden()
    type_into(page, "Subjective", "Neck stiff since Sunday.")
    expect(page.locator("note-editor[data-unsaved]")).to_have_count(1)
    expect_saved(page)
    assert stored(dana, note)["subjective"] == "Neck stiff since Sunday."


def test_leaving_a_field_saves_at_once(window: BrowserContext, dana: User, note: SessionNote) -> None:
    page = open_editor(window, note)
    with page.expect_response(SAVES) as saved:
        type_into(page, "Plan", "Heat.")
        page.keyboard.press("Tab")
    assert saved.value.status == 200
    assert stored(dana, note)["plan"] == "Heat."


def test_a_reload_in_mid_typing_finds_the_text(window: BrowserContext, dana: User, note: SessionNote) -> None:
    page = open_editor(window, note)
    for words in ("Rotation left 60°", ", end feel hard", ", ולא כואב"):
        type_into(page, "Objective", words)
        page.reload()
        expect(section(page, "Objective")).to_have_value(re.compile(re.escape(words) + "$"))
    expect(section(page, "Objective")).to_have_value("Rotation left 60°, end feel hard, ולא כואב")


def test_typing_all_the_time_saves_all_the_time(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    words = "One word after another without ever waiting for the answer to the last save of it all. "
    for count in range(3):
        section(page, "Subjective").press_sequentially(words, delay=12)
        page.keyboard.press("Alt+2")
        page.keyboard.type(f"{count}.")
        page.keyboard.press("Alt+1")
        page.keyboard.press("ControlOrMeta+End")
    expect_saved(page)
    assert stored(dana, note) | {"assessment": "", "plan": ""} == {
        "subjective": words * 3,
        "objective": "0.1.2.",
        "assessment": "",
        "plan": "",
    }


def test_nothing_is_kept_in_the_browser(window: BrowserContext, note: SessionNote) -> None:
    page = open_editor(window, note)
    type_into(page, "Subjective", "Secret.")
    expect_saved(page)
    # htmx notes the path of the page there, and nothing else.
    assert page.evaluate("Object.keys(sessionStorage)") == ["htmx-current-path-for-history"]
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then(found => found.length)") == 0


def test_two_tabs_in_two_sections_keep_both(window: BrowserContext, dana: User, note: SessionNote) -> None:
    one, two = open_editor(window, note), open_editor(window, note)
    for count in range(3):
        type_into(one, "Subjective", f"one{count} ")
        type_into(two, "Plan", f"two{count} ")
    expect_saved(one)
    expect_saved(two)
    texts = stored(dana, note)
    assert (texts["subjective"], texts["plan"]) == ("one0 one1 one2 ", "two0 two1 two2 ")


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("Keep mine", "From the second."),
        ("Take the other", "From the first."),
        ("Put both together", "From the first.\n\nFrom the second."),
    ],
)
def test_two_tabs_in_one_section_show_both_texts_and_let_one_choose(
    window: BrowserContext, dana: User, note: SessionNote, choice: str, kept: str
) -> None:
    one, two = open_editor(window, note), open_editor(window, note)
    type_into(one, "Plan", "From the first.")
    expect_saved(one)
    type_into(two, "Plan", "From the second.")
    conflict = two.locator("[data-conflict]")
    expect(conflict.locator("[data-mine]")).to_have_text("From the second.")
    expect(conflict.locator("[data-other]")).to_have_text("From the first.")
    assert stored(dana, note)["plan"] == "From the first."
    # The other sections go on being saved.
    type_into(two, "Objective", "Goes on.")
    expect(two.locator("#saved")).to_have_text("Not all saved")
    conflict.get_by_role("button", name=choice).click()
    expect_saved(two)
    assert stored(dana, note) == {"subjective": "", "objective": "Goes on.", "assessment": "", "plan": kept}


def test_a_conflict_left_open_keeps_both_texts_when_the_session_ends(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(window, note), open_editor(window, note)
    type_into(one, "Plan", "From the first.")
    expect_saved(one)
    type_into(two, "Plan", "From the second.")
    expect(two.locator("[data-conflict]")).to_be_visible()
    two.evaluate("document.dispatchEvent(new CustomEvent('pazpaz:save-now'))")
    expect_saved(two)
    assert stored(dana, note)["plan"] == "From the first.\n\nFrom the second."


def test_coming_back_to_a_tab_shows_what_was_written_elsewhere(
    window: BrowserContext, note: SessionNote
) -> None:
    one, two = open_editor(window, note), open_editor(window, note)
    type_into(two, "Plan", "Written later.")
    expect_saved(two)
    one.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(section(one, "Plan")).to_have_value("Written later.")


def test_an_outage_is_said_survived_and_made_up_for(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    page.route(SAVES, lambda route: route.abort())
    type_into(page, "Subjective", "Typed in a tunnel.")
    expect(page.locator("#saved[data-state=error]")).to_have_text("Not saved yet — retrying")
    expect(page.locator("note-editor[data-unsaved]")).to_have_count(1)
    questions = questions_of(page, leave=False)
    page.get_by_role("link", name="Today").click(no_wait_after=True)
    expect(section(page, "Subjective")).to_have_value("Typed in a tunnel.")
    assert questions == ["beforeunload"]
    page.unroute(SAVES)
    expect_saved(page)
    assert stored(dana, note)["subjective"] == "Typed in a tunnel."


def test_a_saved_note_is_left_without_a_question(window: BrowserContext, note: SessionNote) -> None:
    page = open_editor(window, note)
    type_into(page, "Subjective", "Saved.")
    expect_saved(page)
    questions = questions_of(page, leave=True)
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    assert questions == []


def test_an_answer_that_got_lost_is_no_conflict(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    lost: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(str(route.fetch().status))
        route.abort()

    page.route(SAVES, lose_the_first_answer)
    type_into(page, "Subjective", "Arrived")
    expect(page.locator("#saved[data-state=error]")).to_be_visible()
    type_into(page, "Subjective", " and went on.")
    expect_saved(page)
    assert lost == ["200"]
    expect(page.locator("[data-conflict]")).to_have_count(0)
    assert stored(dana, note)["subjective"] == "Arrived and went on."


def test_after_a_sign_out_the_text_stays_and_is_saved_once_signed_in_again(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    # Signed out in another tab, and with it the CSRF token of this page is worth nothing.
    window.clear_cookies()
    type_into(page, "Assessment", "Better than last week.")
    notice = page.get_by_role("alert").filter(has_text="You were signed out.")
    expect(notice).to_be_visible()
    expect(notice.get_by_role("link", name="Sign in in a new tab")).to_have_attribute("target", "_blank")
    expect(section(page, "Assessment")).to_have_value("Better than last week.")

    name, value = session_cookie(dana)
    window.add_cookies([{"name": name, "value": value, "url": page.url}])
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_saved(page)
    expect(notice).to_have_count(0)
    assert stored(dana, note)["assessment"] == "Better than last week."


def test_a_text_that_is_too_long_is_said_beside_its_field_and_the_rest_is_saved(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    section(page, "Plan").fill("x" * (SECTION_LENGTH + 1))
    expect(page.locator("#id_plan_error")).to_contain_text("at most 20000 characters")
    type_into(page, "Objective", "Short.")
    expect(page.locator("#saved")).to_have_text("Not all saved")
    section(page, "Plan").fill("x" * SECTION_LENGTH)
    expect_saved(page)
    expect(page.locator("#id_plan_error")).to_have_count(0)
    texts = stored(dana, note)
    assert (texts["objective"], len(texts["plan"])) == ("Short.", SECTION_LENGTH)


def test_the_longest_hebrew_note_survives_a_reload(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    """Four sections of 40,000 bytes: more than a browser lets outlive its page in one piece."""
    page = open_editor(window, note)
    for name in ("Subjective", "Objective", "Assessment", "Plan"):
        section(page, name).fill("א" * SECTION_LENGTH)
    page.reload()
    expect(section(page, "Plan")).to_have_value("א" * SECTION_LENGTH)
    assert set(stored(dana, note).values()) == {"א" * SECTION_LENGTH}


def test_it_is_signed_in_a_dialog_with_the_last_words(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    type_into(page, "Plan", "The very last words")
    page.get_by_role("button", name="Sign note").click()
    dialog = page.get_by_role("dialog", name="Sign this note?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Sign note").click()
    expect(page.get_by_text("signed by Dana Levi on")).to_be_visible()
    assert stored(dana, note)["plan"] == "The very last words"


def test_what_was_typed_into_a_note_signed_elsewhere_can_become_an_amendment(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    type_into(page, "Plan", "First.")
    expect_saved(page)
    with inside(dana):
        found = SessionNote.objects.get(pk=note.pk)
        found.sign(dana, version=found.version)
    type_into(page, "Plan", " Second.")
    page.get_by_role("button", name="Go on with my text").click()
    expect(page.get_by_text("was signed or amended in another window")).to_be_visible()
    page.get_by_label("Reason for the amendment").fill("Written while it was signed.")
    page.get_by_role("button", name="Add amendment").click()
    expect(page.get_by_text("Last amended")).to_be_visible()
    assert stored(dana, note)["plan"] == "First. Second."


def test_keys_reach_the_sections_and_copy_takes_over_the_last_plan(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    with inside(dana):
        last = SessionNote(
            workspace=note.workspace,
            client_id=note.client_id,
            author=dana,
            session_date=MONDAY - timedelta(days=7),
            **(dict.fromkeys(SECTIONS, "") | {"plan": "Heat.\nTwo sessions."}),
        )
        last.save()
        last.sign(dana, version=1)
    page = open_editor(window, note)
    for digit, name in enumerate(("Subjective", "Objective", "Assessment", "Plan"), start=1):
        page.keyboard.press(f"Alt+{digit}")
        expect(section(page, name)).to_be_focused()
    page.keyboard.type("As before:")
    page.get_by_role("button", name="Copy Plan").click()
    expect(section(page, "Plan")).to_have_value("As before:\nHeat.\nTwo sessions.")
    expect_saved(page)
    assert stored(dana, note)["plan"] == "As before:\nHeat.\nTwo sessions."


def test_an_amendment_is_not_left_behind_without_a_question(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    type_into(page, "Plan", "Heat.")
    expect_saved(page)
    with inside(dana):
        found = SessionNote.objects.get(pk=note.pk)
        found.sign(dana, version=found.version)
    page.goto(reverse("sessions:note-amend", args=[note.pk]))
    type_into(page, "Plan", " Water.")
    questions = questions_of(page, leave=False)
    page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    expect(section(page, "Plan")).to_have_value("Heat. Water.")
    assert questions == ["beforeunload"]
