"""What only a browser can tell of a Hebrew practice: where things stand, and what its keyboard does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from pazpaz.accounts.models import User, Workspace
from tests.browser.conftest import Visit
from tests.cast import inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dana_in_hebrew(dana: User) -> User:
    with inside(dana):
        assert dana.workspace is not None
        dana.workspace.language = Workspace.Language.HEBREW
        dana.workspace.save()
    return dana


def left_edge(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["x"]


def press_hebrew(page: Page, letter: str, code: str) -> None:
    """Playwright's keyboards know no Hebrew, so this is what a browser reports of one."""
    page.evaluate(
        "press => document.body.dispatchEvent(new KeyboardEvent('keydown', { ...press, bubbles: true }))",
        {"key": letter, "code": code},
    )


def test_the_week_runs_from_sunday_at_the_right(dana_in_hebrew: User, visit: Visit) -> None:
    page = visit("/calendar/?week=2026-11-18", dana_in_hebrew)
    days = page.locator(".week .day")
    expect(days.first.locator("h2")).to_contain_text("ראשון")
    assert left_edge(days.first) > left_edge(days.last) > 0
    assert left_edge(page.locator(".hours")) > left_edge(days.first)
    assert left_edge(page.locator("#calendar-previous")) > left_edge(page.locator("#calendar-next"))


def test_the_arrow_keys_turn_pages_the_way_they_point(dana_in_hebrew: User, visit: Visit) -> None:
    page = visit("/calendar/?week=2026-11-18", dana_in_hebrew)
    expect(page.locator("h1")).to_contain_text("15 – 21 בנובמבר")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_contain_text("22 – 28 בנובמבר")


def test_shortcuts_work_on_a_hebrew_keyboard(dana_in_hebrew: User, visit: Visit) -> None:
    page = visit("/clients/", dana_in_hebrew)
    press_hebrew(page, "מ", "KeyN")
    page.wait_for_url("**/clients/new/")


def test_a_name_is_written_in_its_own_direction(dana_in_hebrew: User, visit: Visit) -> None:
    """Beside Hebrew words a Latin name, and a number, keep their order."""
    client = ClientFactory(workspace=dana_in_hebrew.workspace, first_name="Zoë (R.)", phone="+972 3 555 1002")
    page = visit(f"/clients/{client.pk}/", dana_in_hebrew)
    name, phone = page.locator("h1 bdi"), page.locator("a[href^='tel:'] bdi")
    assert name.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert phone.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert left_edge(page.locator(".client aside")) > left_edge(page.locator(".client section"))
