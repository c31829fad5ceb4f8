"""Leaving a note: whatever was typed arrives, however much it is and however thin the line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, Route, expect

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTION_LENGTH, SECTIONS
from tests.browser.test_note_editor import SAVES, expect_saved, open_editor, section, stored, type_into
from tests.cast import inside
from tests.factories import SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = ("Subjective", "Objective", "Assessment", "Plan")
# A phone's uplink.
UPLINK = {"offline": False, "latency": 150, "downloadThroughput": 60_000, "uploadThroughput": 60_000}
PATIENCE = 30


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace, **dict.fromkeys(SECTIONS, ""))


@pytest.fixture
def window(open_window: Callable[..., BrowserContext], dana: User) -> BrowserContext:
    return open_window(dana)


def throttle(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", UPLINK)


def wait_until_stored(dana: User, note: SessionNote, expected: dict[str, str]) -> None:
    """Requests that outlive their page show nowhere but in what is stored."""
    ends = time.monotonic() + PATIENCE
    while stored(dana, note) != expected and time.monotonic() < ends:
        time.sleep(0.2)
    found = stored(dana, note)
    assert {name: len(text) for name, text in found.items()} == {n: len(t) for n, t in expected.items()}
    assert found == expected


def texts_of(letters: str, length: int) -> dict[str, str]:
    return {name: letter * length for name, letter in zip(SECTIONS, letters, strict=True)}


@pytest.mark.parametrize(
    ("letters", "length"),
    [("אבגד", 15_000), ("🙂🙃😀😃", SECTION_LENGTH)],
    ids=["4 x 30 kB of Hebrew", "the longest there is"],
)
def test_four_long_sections_arrive_over_a_phones_line(
    window: BrowserContext, dana: User, note: SessionNote, letters: str, length: int
) -> None:
    page = open_editor(window, note)
    throttle(page)
    texts = texts_of(letters, length)
    for label, text in zip(LABELS, texts.values(), strict=True):
        section(page, label).fill(text)
    page.goto("/clients/")
    wait_until_stored(dana, note, texts)


def test_long_sections_arrive_without_a_service_worker(
    open_window: Callable[..., BrowserContext], dana: User, note: SessionNote
) -> None:
    """As in a private window of Firefox: a paste is saved at once, so only the last one is still to come."""
    page = open_editor(open_window(dana, service_workers="block"), note)
    throttle(page)
    texts = texts_of("אבגד", 15_000)
    for label, text in zip(LABELS[:3], texts.values(), strict=False):
        with page.expect_response(SAVES):
            section(page, label).fill(text)
    section(page, LABELS[3]).fill(texts["plan"])
    page.goto("/clients/")
    wait_until_stored(dana, note, texts)


def test_the_last_words_arrive_beside_a_long_save_that_is_on_its_way(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    throttle(page)
    with page.expect_request(SAVES):
        section(page, "Plan").fill("א" * 15_000)
    type_into(page, "Plan", " Last words.")
    page.goto("/clients/")
    wait_until_stored(dana, note, dict.fromkeys(SECTIONS, "") | {"plan": "א" * 15_000 + " Last words."})


def test_a_paste_is_saved_at_once(window: BrowserContext, note: SessionNote) -> None:
    page = open_editor(window, note)
    page.clock.install()
    with page.expect_response(SAVES) as saved:
        section(page, "Plan").fill("x" * 5000)
    assert saved.value.status == 200


def test_every_request_carries_one_section(window: BrowserContext, dana: User, note: SessionNote) -> None:
    page = open_editor(window, note)
    bodies: list[str] = []

    def look(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        route.continue_()

    page.route(SAVES, look)
    # All four at once, as the browser fills them in.
    page.evaluate(
        """() => document.querySelectorAll("note-editor textarea").forEach((field) => {
             field.value = field.name
             field.dispatchEvent(new Event("input", { bubbles: true }))
           })"""
    )
    expect_saved(page)
    names = [re.findall(r'name="(subjective|objective|assessment|plan)"', body) for body in bodies]
    assert sorted(names) == sorted([name] for name in SECTIONS)
    assert stored(dana, note) == {name: name for name in SECTIONS}


def test_what_collides_as_the_page_is_left_waits_for_its_writer(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    one, two = open_editor(window, note), open_editor(window, note)
    type_into(one, "Plan", "From the first.")
    expect_saved(one)
    type_into(two, "Plan", "From the second.")
    two.goto("/")
    expect_kept(two, "From the second.")
    assert stored(dana, note)["plan"] == "From the first."


def test_what_is_typed_into_a_note_signed_meanwhile_waits_for_its_writer(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    type_into(page, "Plan", "First.")
    expect_saved(page)
    with inside(dana):
        found = SessionNote.objects.get(pk=note.pk)
        found.sign(dana, version=found.version)
    type_into(page, "Plan", " Second.")
    page.goto("/")
    expect_kept(page, "First. Second.")


def test_a_text_too_long_to_be_stored_waits_for_its_writer(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    section(page, "Plan").fill("x" * (SECTION_LENGTH + 1))
    page.goto("/")
    expect_kept(page, "x" * (SECTION_LENGTH + 1))


def expect_kept(page: Page, text: str) -> None:
    """The text waits on Today, as soon as it has arrived."""
    for _look in range(20):
        page.goto("/")
        if page.get_by_text("Unsent text from").count():
            break
        time.sleep(0.1)
    page.get_by_role("link", name="Session note", exact=True).click()
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_text_typed_before_the_script_runs_is_saved(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = window.new_page()
    held: list[Route] = []
    page.route("**/note-editor*.js", lambda route: held.append(route))
    page.goto(reverse("sessions:note", args=[note.pk]), wait_until="commit")
    section(page, "Subjective").press_sequentially("Typed early.")
    held[0].continue_()
    expect_saved(page)
    assert stored(dana, note)["subjective"] == "Typed early."
    expect(section(page, "Subjective")).to_be_focused()


def test_the_writer_stands_at_the_end_of_the_first_section(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    expect(section(page, "Subjective")).to_be_focused()
    page.keyboard.type("Slept well")
    expect_saved(page)
    page.reload()
    expect(section(page, "Subjective")).to_be_focused()
    page.keyboard.type(" again.")
    expect_saved(page)
    assert stored(dana, note)["subjective"] == "Slept well again."


def test_a_character_that_cannot_be_stored_is_removed_and_said_beside_its_section(
    window: BrowserContext, dana: User, note: SessionNote
) -> None:
    page = open_editor(window, note)
    section(page, "Plan").focus()
    page.evaluate(
        """() => {
             const field = document.querySelector("[name=plan]")
             field.value = "Heat.\\0 Rest. \\ud800"
             field.dispatchEvent(new Event("input", { bubbles: true }))
           }"""
    )
    expect_saved(page)
    expect(page.locator(".field").filter(has=section(page, "Plan"))).to_contain_text("was removed")
    expect(section(page, "Plan")).to_have_value(re.compile("^Heat. Rest"))
    assert stored(dana, note)["plan"] == "Heat. Rest. \N{REPLACEMENT CHARACTER}"
    type_into(page, "Plan", " Water.")
    expect_saved(page)
    assert stored(dana, note)["plan"].endswith("Water.")
