"""Today in a browser: a row changes in place, and what it changes elsewhere on the page changes with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.browser.conftest import Visit
from tests.factories import AppointmentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now_on(dana: User) -> Appointment:
    """An appointment that has just begun, so that its row writes."""
    start = timezone.now() - timedelta(minutes=1)
    return AppointmentFactory(
        workspace=dana.workspace, scheduled_start=start, scheduled_end=start + timedelta(hours=1)
    )


def test_a_row_changes_in_place_and_the_count_with_it(now_on: Appointment, dana: User, visit: Visit) -> None:
    page = visit("/", dana)
    row = page.locator(f"#appointment-{now_on.pk}")
    page.evaluate("window.isTheSamePage = true")
    row.get_by_role("button", name="Change").click()
    row.get_by_role("button", name="Complete", exact=True).click()
    expect(row.get_by_text("Completed")).to_be_visible()
    expect(page.locator("#to-write-count")).to_have_text("1")
    expect(page.locator("#to-write").get_by_role("link", name="Yonatan Levi")).to_be_visible()
    expect(row.get_by_role("button", name="Change")).to_be_focused()
    assert page.evaluate("window.isTheSamePage")
    # The new row does what the old one did.
    page.keyboard.press("Enter")
    row.get_by_role("button", name="No-show", exact=True).click()
    expect(row.get_by_text("No-show", exact=True).first).to_be_visible()
    expect(page.locator("#to-write-count")).to_have_text("")
    assert page.evaluate("window.isTheSamePage")


def test_one_click_of_to_write_opens_the_note(now_on: Appointment, dana: User, visit: Visit) -> None:
    page = visit("/", dana)
    row = page.locator(f"#appointment-{now_on.pk}")
    row.get_by_role("button", name="Change").click()
    row.get_by_role("button", name="Complete", exact=True).click()
    page.locator("#to-write").get_by_role("button", name="Write").click()
    expect(page.get_by_role("textbox", name="Subjective")).to_be_visible()
