"""What floats over the pages and stands in the calendar, measured in a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from tests.factories import AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)

type OpenWindow = Callable[..., BrowserContext]
PHONE = {"viewport": {"width": 390, "height": 844}}


def at(hour: int, minute: int = 0) -> datetime:
    return datetime.now(ZoneInfo("Europe/Berlin")).replace(hour=hour, minute=minute, second=0, microsecond=0)


@pytest.fixture
def row(dana: User) -> Appointment:
    client = ClientFactory(workspace=dana.workspace, first_name="Janet", last_name="Gray")
    start = at(12)
    return AppointmentFactory(
        workspace=dana.workspace,
        client=client,
        scheduled_start=start,
        scheduled_end=start + timedelta(minutes=20),
    )


def no_show(page: Page) -> None:
    page.goto("/")
    page.locator("[popovertarget^='change-']").click()
    menu = page.locator(".menu:popover-open")
    box = menu.bounding_box()
    assert box
    assert box["height"] < 220, "the menu is as tall as its lines"
    menu.get_by_role("button", name="No-show").click()
    expect(page.locator("#messages")).to_contain_text("No-show: J. G.")


def overlap(one: Any, other: Any) -> bool:
    return bool(
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_a_message_floats_above_the_places_of_a_phone(
    open_window: OpenWindow, dana: User, row: Appointment
) -> None:
    page = open_window(dana, **PHONE).new_page()
    no_show(page)
    page.wait_for_timeout(300)
    message = page.locator("flash-message").bounding_box()
    assert message
    for others in (page.locator(".nav a"), page.locator(".bar .btn.primary")):
        for other in others.all():
            assert not overlap(message, other.bounding_box())
    on_top = "at => document.elementFromPoint(at.x + 20, at.y + 20).closest('flash-message') !== null"
    assert page.evaluate(on_top, message)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Scheduled again: J. G.")


def test_a_message_gives_time_to_undo_and_waits_for_whoever_is_at_it(
    open_window: OpenWindow, dana: User, row: Appointment
) -> None:
    page = open_window(dana).new_page()
    page.clock.install()
    no_show(page)
    message = page.locator("flash-message")
    page.mouse.move(5, 5)
    page.clock.run_for(11_000)
    expect(message).to_have_count(1)
    page.get_by_role("button", name="Undo").focus()
    page.clock.run_for(60_000)
    expect(message).to_have_count(1)
    page.get_by_role("button", name="Undo").blur()
    page.clock.run_for(10_000)
    expect(message).to_have_count(0)


def test_a_message_can_be_put_away_and_a_new_one_replaces_it(
    open_window: OpenWindow, dana: User, row: Appointment
) -> None:
    page = open_window(dana).new_page()
    no_show(page)
    page.locator("[popovertarget^='change-']").click()
    page.locator(".menu:popover-open").get_by_role("button", name="Scheduled again").click()
    expect(page.locator("flash-message")).to_have_count(1)
    expect(page.locator("#messages")).to_contain_text("Scheduled again: J. G.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("flash-message")).to_have_count(0)


@pytest.mark.parametrize("how", ["button", "key"])
def test_today_leads_back_to_the_week_of_today(
    open_window: OpenWindow, dana: User, row: Appointment, how: str
) -> None:
    page = open_window(dana).new_page()
    page.goto("/calendar/?week=2026-01-05")
    if how == "key":
        page.keyboard.press("t")
    else:
        page.locator("#calendar-today").click()
    expect(page.locator(".day[data-today]")).to_be_visible()
    expect(page.locator("#week .nav")).to_have_count(0)
    expect(page.locator(".nav")).to_have_count(1)


def test_the_now_line_lies_above_the_blocks(open_window: OpenWindow, dana: User) -> None:
    now = datetime.now(ZoneInfo("Europe/Berlin"))
    AppointmentFactory(workspace=dana.workspace, scheduled_start=now - timedelta(minutes=30))
    page = open_window(dana).new_page()
    page.goto("/calendar/")
    expect(page.locator("now-line")).to_have_css("z-index", "1")
    expect(page.locator("now-line")).to_have_css("block-size", "1px")
    expect(page.locator(".day[data-today] > ol")).to_have_css("z-index", "auto")


def test_the_agenda_begins_today(open_window: OpenWindow, dana: User, row: Appointment) -> None:
    page = open_window(dana, **PHONE).new_page()
    page.goto("/calendar/")
    first = page.locator(".day:visible").first
    expect(first).to_have_attribute("data-today", "")


@pytest.mark.parametrize("name", [("Janet", "Gray"), ("Wilhelmina", "Featherstonehaugh")])
def test_a_short_block_in_hebrew_shows_the_beginning_of_a_latin_name(
    open_window: OpenWindow, dana: User, name: tuple[str, str]
) -> None:
    assert dana.workspace is not None
    Workspace.objects.filter(pk=dana.workspace.pk).update(language="he")
    dana.refresh_from_db()
    client = ClientFactory(workspace=dana.workspace, first_name=name[0], last_name=name[1])
    for _ in range(2):
        AppointmentFactory(
            workspace=dana.workspace,
            client=client,
            scheduled_start=at(12),
            scheduled_end=at(12, 15),
            overlap_allowed=True,
        )
    page = open_window(dana).new_page()
    page.goto("/calendar/")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    for block in page.locator(".appt").all():
        assert block.evaluate(
            """block => {
                const name = block.querySelector("bdi"), range = document.createRange()
                range.setStart(name.firstChild, 0)
                range.setEnd(name.firstChild, 1)
                const letter = range.getBoundingClientRect(), box = block.firstChild.getBoundingClientRect()
                return letter.left >= box.left && letter.right <= box.right
            }"""
        )
