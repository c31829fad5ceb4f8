"""Appointments across midnight, and on the nights when the clocks change, wherever a span is shown."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import signed_in
from tests.factories import AppointmentFactory, ClientFactory
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

CALENDAR = reverse("scheduling:calendar")
THURSDAY_NIGHT = datetime(2026, 11, 26, 22, 30, tzinfo=UTC)  # 23:30 in Berlin


@pytest.fixture(autouse=True)
def thursday() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def night(dana: User) -> Appointment:
    return AppointmentFactory(workspace=dana.workspace, scheduled_start=THURSDAY_NIGHT)


def words(html: str) -> str:
    """What is read aloud."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def day_of(page: str, day: str, end: str = "</section>") -> str:
    return page.partition(f'aria-labelledby="d-{day}"')[2].partition(end)[0]


def test_the_second_day_of_a_week_shows_its_end(as_dana: Browser, night: Appointment) -> None:
    page = text(as_dana.get(CALENDAR))
    first, second = day_of(page, "2026-11-26"), day_of(page, "2026-11-27")
    assert "<time>23:30 – …</time>" in first
    assert "until Fri 27 Nov 00:30" in words(first)
    assert "<time>… – 00:30</time>" in second
    assert "continued from Thu 26 Nov 23:30" in words(second)
    # The agenda of a phone takes its times from the attributes.
    assert 'data-start="23:30" data-end="24:00" data-until="…"' in first
    assert 'data-start="00:00" data-end="00:30" data-from="…"' in second


def test_the_month_shows_it_on_both_days(as_dana: Browser, night: Appointment) -> None:
    page = text(as_dana.get(CALENDAR, {"view": "month"}))
    assert "<time>23:30</time>" in day_of(page, "2026-11-26")
    second = day_of(page, "2026-11-27")
    assert "<time>… – 00:30</time>" in second
    assert "continued from Thu 26 Nov 23:30" in words(second)


def test_the_month_shows_what_began_before_its_first_day(as_dana: Browser, dana: User) -> None:
    # The first cell of November 2026 is Monday, 26 October.
    AppointmentFactory(workspace=dana.workspace, scheduled_start=datetime(2026, 10, 25, 22, 30, tzinfo=UTC))
    page = text(as_dana.get(CALENDAR, {"view": "month", "month": "2026-11-01"}))
    assert "<time>… – 00:30</time>" in day_of(page, "2026-10-26")


def test_until_midnight_is_not_across_it(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(workspace=dana.workspace, scheduled_start=THURSDAY_NIGHT - timedelta(minutes=30))
    for query in ({}, {"view": "month"}):
        page = text(as_dana.get(CALENDAR, query))
        assert "<time>23:00</time>" in day_of(page, "2026-11-26")
        assert "<time>" not in day_of(page, "2026-11-27")


def test_today_shows_it_on_both_days(as_dana: Browser, dana: User, night: Appointment) -> None:
    page = text(as_dana.get("/"))
    assert "23:30" in row_of(page, night)
    assert "until Fri 27 Nov 00:30" in words(row_of(page, night))
    with time_machine.travel(datetime(2026, 11, 27, 9, 0, tzinfo=UTC)):
        row = row_of(text(signed_in(dana).get("/")), night)
        assert "… <small>00:30</small>" in row
        assert "continued from Thu 26 Nov 23:30" in words(row)


def row_of(page: str, row: Appointment) -> str:
    return page.partition(f'id="appointment-{row.pk}"')[2].partition("</li>")[0]


def test_the_page_of_the_appointment_names_both_days(as_dana: Browser, night: Appointment) -> None:
    page = words(text(as_dana.get(night.get_absolute_url())))
    assert "Thu 26 Nov 2026, 23:30 – Fri 27 Nov 00:30" in page
    assert "Thursday, 26 November 2026, 23:30 – Fri 27 Nov 00:30" in page


def test_a_conflict_names_both_days(as_dana: Browser, dana: User, night: Appointment) -> None:
    form = booking(ClientFactory(workspace=dana.workspace), dana, day="2026-11-27", start="00:15")
    answer: Any = as_dana.post(reverse("scheduling:conflicts"), form)
    assert "Y.L. , Thu 26 Nov 23:30 – Fri 27 Nov 00:30." in words(text(answer))


def test_within_a_day_the_day_is_not_named(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace, scheduled_start=THURSDAY_NIGHT - timedelta(hours=2))
    form = booking(ClientFactory(workspace=dana.workspace), dana, day="2026-11-26", start="21:45")
    answer: Any = as_dana.post(reverse("scheduling:conflicts"), form)
    assert "Y.L. , 21:30 – 22:30." in words(text(answer))
    assert "Thu 26 Nov 2026, 21:30 – 22:30" in words(text(as_dana.get(row.get_absolute_url())))


# -- The night the clocks go back: 03:00 becomes 02:00 ------------------------------------------------------


@pytest.fixture
def in_the_repeated_hour(dana: User) -> Appointment:
    """From 02:30 in summer time to 02:30 in winter time, an hour later."""
    return AppointmentFactory(
        workspace=dana.workspace, scheduled_start=datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    )


def test_an_hour_that_ends_when_it_began_says_whose_time(
    as_dana: Browser, dana: User, in_the_repeated_hour: Appointment
) -> None:
    page = words(text(as_dana.get(in_the_repeated_hour.get_absolute_url())))
    assert "02:30 CEST – 02:30 CET" in page
    form = booking(ClientFactory(workspace=dana.workspace), dana, day="2026-10-25", start="02:30")
    answer: Any = as_dana.post(reverse("scheduling:conflicts"), form)
    assert "Y.L. , 02:30 CEST – 02:30 CET." in words(text(answer))


def test_the_agenda_shows_when_it_ends_and_not_how_tall_it_is(
    as_dana: Browser, in_the_repeated_hour: Appointment
) -> None:
    page = text(as_dana.get(CALENDAR, {"week": "2026-10-25"}))
    assert 'data-start="02:30" data-end="02:45" data-from="02:30 CEST" data-until="02:30 CET"' in page


def test_across_midnight_on_the_night_the_clocks_change(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(
        workspace=dana.workspace,
        scheduled_start=datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
        scheduled_end=datetime(2026, 10, 25, 2, 30, tzinfo=UTC),
    )
    page = text(as_dana.get(CALENDAR, {"week": "2026-10-25"}))
    assert "<time>23:30 – …</time>" in day_of(page, "2026-10-24")
    assert "<time>… – 03:30</time>" in day_of(page, "2026-10-25")


def test_a_short_one_is_taller_than_it_lasts_and_says_when_it_ends(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(
        workspace=dana.workspace,
        scheduled_start=THURSDAY_NIGHT,
        scheduled_end=THURSDAY_NIGHT + timedelta(minutes=5),
    )
    assert 'data-start="23:30" data-end="23:45" data-until="23:35"' in text(as_dana.get(CALENDAR))
