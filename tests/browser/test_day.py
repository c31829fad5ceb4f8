"""A therapist's day, end to end: once with JavaScript, once without, once by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.mail import EmailMessage
from playwright.sync_api import BrowserContext, Page, expect

from pazpaz.accounts.models import User
from sessions.sections import SECTIONS
from tests.browser.hands import Hands, Keyboard, Pointer
from tests.factories import AppointmentFactory, ClientFactory, ServiceFactory

pytestmark = pytest.mark.django_db(transaction=True)

BERLIN = ZoneInfo("Europe/Berlin")
NOTE = {
    "Subjective": "Lower back pain since Saturday after lifting boxes, 6/10 in the morning.",
    "Objective": "Lumbar flexion limited to 60°. SLR negative both sides.",
    "Assessment": "Acute mechanical low back pain, improving. No red flags.",
    "Plan": "Two more sessions this week, heat before bed.",
}

type OpenWindow = Callable[..., BrowserContext]
type Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def today_at_two(dana: User) -> datetime:
    """Two o'clock today in the practice, taken already by another client; Yonatan Levi is one of several."""
    two = datetime.now(BERLIN).replace(hour=14, minute=0, second=0, microsecond=0)
    workspace = dana.workspace
    for first, last in [("Yonatan", "Levi"), ("Anna", "Lindqvist"), ("Siobhán", "O'Brien"), ("נועה", "כהן")]:
        ClientFactory(workspace=workspace, first_name=first, last_name=last)
    ServiceFactory(workspace=workspace, name="Massage 60", default_duration_minutes=60)
    other = ClientFactory(workspace=workspace, first_name="Marcus", last_name="Okafor")
    AppointmentFactory(workspace=workspace, client=other, scheduled_start=two - timedelta(minutes=30))
    return two


def sign_in(hands: Hands, mailbox: list[EmailMessage]) -> None:
    page = hands.page
    page.goto("/")
    hands.fill(page.get_by_label("E-mail"), "dana@example.org")
    hands.press(page.get_by_role("button", name="Send me a code"))
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    found = re.search(r"^\s*([A-Z0-9][A-Z0-9-]{5,})\s*$", str(mailbox[-1].body), re.MULTILINE)
    assert found, mailbox[-1].body
    hands.fill(page.get_by_label("Code"), found[1])
    hands.press(page.get_by_role("button", name="Sign in", exact=True))
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def find_yonatan(hands: Hands, *, script: bool) -> None:
    page = hands.page
    hands.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Clients"))
    field = page.get_by_role("searchbox", name="Search all clients")
    hands.fill(field, "Jonatan Lvi")
    if not script:
        hands.press(page.get_by_role("button", name="Search", exact=True))
    expect(page.locator("#client-count")).to_have_text("1 client found")
    assert "Jonatan" not in page.url
    hands.press(page.get_by_role("link", name="Yonatan Levi"))
    expect(page.get_by_role("heading", name="Yonatan Levi")).to_be_visible()


def book_over_the_conflict(hands: Hands, start: datetime, *, script: bool) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name=re.compile("^Book")))
    hands.choose(page.get_by_label("Service"), "Massage 60")
    hands.fill(page.get_by_label("Date"), f"{start:%Y-%m-%d}")
    hands.fill(page.get_by_label("Start"), f"{start:%H:%M}")
    warning = page.get_by_text("Overlaps with M.O., 13:30 – 14:30.")
    if script:
        expect(page.get_by_label("Minutes")).to_have_value("60")
        expect(warning).to_be_visible()
    hands.press(page.locator("form .form-actions").get_by_role("button", name="Book", exact=True))
    expect(warning).to_be_visible()
    hands.press(page.get_by_role("button", name="Book anyway"))
    expect(warning).not_to_be_visible()


def complete_and_open_the_note(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Today"))
    row = page.get_by_role("listitem").filter(has_text="Yonatan Levi").first
    hands.press(row.get_by_role("button", name="Change Yonatan Levi"))
    hands.press(row.get_by_role("button", name="Complete", exact=True))
    expect(row.get_by_text("Completed", exact=True)).to_be_visible()
    hands.press(row.get_by_role("button", name="Write note"))
    expect(page.get_by_role("button", name="Sign note").first).to_be_visible()


def write_the_note(hands: Hands, *, script: bool) -> None:
    page = hands.page
    for section, text in NOTE.items():
        field = page.get_by_role("textbox", name=section)
        hands.fill(field, "")
        if not isinstance(hands, Keyboard):
            field.focus()
        page.keyboard.type(text)
        if script and section == "Objective":
            # In mid-typing, long before the pause after which it would be saved.
            page.reload()
            expect(page.get_by_role("textbox", name="Objective")).to_have_value(text)
            expect(page.get_by_role("textbox", name="Subjective")).to_have_value(NOTE["Subjective"])
    if script:
        expect(page.locator("#saved")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    else:
        hands.press(page.get_by_role("button", name="Save", exact=True))
        expect(page.locator("#messages")).to_contain_text("Note saved: Y. L.")
    page.reload()
    for section, text in NOTE.items():
        expect(page.get_by_role("textbox", name=section)).to_have_value(text)


def sign_the_note(hands: Hands) -> None:
    page = hands.page
    hands.press(
        page.get_by_role("banner").or_(page.locator(".bar")).get_by_role("button", name="Sign note").first
    )
    expect(page.get_by_text("A signed note cannot be changed by anyone.")).to_be_visible()
    hands.press(page.locator("dialog[open], main form").get_by_role("button", name="Sign note").last)
    expect(page.get_by_text("signed by Dana Levi on")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)


def amend_the_note(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("link", name="Amend"))
    hands.fill(page.get_by_label(re.compile("reason", re.IGNORECASE)), "Side corrected")
    hands.fill(page.get_by_role("textbox", name="Plan"), "Three more sessions this week.")
    hands.press(page.get_by_role("button", name="Add amendment"))
    expect(page.get_by_text("Last amended by")).to_be_visible()
    expect(page.get_by_text("Three more sessions this week.")).to_be_visible()


def read_the_history(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("main").get_by_role("link", name="Yonatan Levi"))
    timeline = page.locator(".timeline")
    session = timeline.get_by_role("link", name=re.compile("Side corrected.*Amended"))
    expect(session).to_be_visible()
    expect(session.get_by_text(re.compile(r"\d\d:\d\d – \d\d:\d\d"))).to_be_visible()


def sign_out_and_press_back(hands: Hands) -> None:
    page = hands.page
    hands.press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for _step in range(3):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "Levi" not in page.content()


def assert_it_arrived(second_connection: Connection, dana: User) -> None:
    with second_connection.transaction():
        second_connection.execute("SELECT set_config('pazpaz.workspace', %s, true)", [str(dana.workspace_id)])
        note = second_connection.execute(
            f"SELECT is_draft, amendment_count, {', '.join(SECTIONS)} FROM session_notes_sessionnote"
        ).fetchall()
        statuses = second_connection.execute(
            "SELECT status, overlap_allowed FROM scheduling_appointment ORDER BY created_at"
        ).fetchall()
    assert [(row[0], row[1]) for row in note] == [(False, 1)]
    assert all(str(token).startswith("v1:") for token in note[0][2:])
    assert statuses == [("scheduled", False), ("completed", True)]


def spend_the_day(hands: Hands, mailbox: list[EmailMessage], start: datetime, *, script: bool = True) -> None:
    hands.page.on("dialog", lambda dialog: dialog.accept())
    sign_in(hands, mailbox)
    find_yonatan(hands, script=script)
    book_over_the_conflict(hands, start, script=script)
    complete_and_open_the_note(hands)
    write_the_note(hands, script=script)
    sign_the_note(hands)
    amend_the_note(hands)
    read_the_history(hands)
    sign_out_and_press_back(hands)


def test_the_day_with_javascript(
    open_window: OpenWindow,
    today_at_two: datetime,
    dana: User,
    mailoutbox: list[EmailMessage],
    second_connection: Connection,
) -> None:
    page: Page = open_window().new_page()
    spend_the_day(Pointer(page), mailoutbox, today_at_two)
    assert_it_arrived(second_connection, dana)


def test_the_day_without_javascript(
    open_window: OpenWindow,
    today_at_two: datetime,
    dana: User,
    mailoutbox: list[EmailMessage],
    second_connection: Connection,
) -> None:
    page: Page = open_window(java_script_enabled=False).new_page()
    spend_the_day(Pointer(page), mailoutbox, today_at_two, script=False)
    assert_it_arrived(second_connection, dana)


def test_the_day_by_keyboard_alone(
    open_window: OpenWindow,
    today_at_two: datetime,
    dana: User,
    mailoutbox: list[EmailMessage],
    second_connection: Connection,
) -> None:
    page: Page = open_window().new_page()
    spend_the_day(Keyboard(page), mailoutbox, today_at_two)
    assert_it_arrived(second_connection, dana)
