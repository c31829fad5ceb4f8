"""The month: how full each day is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from tests.cast import events
from tests.factories import AppointmentFactory, ClientFactory
from tests.scheduling.browsing import text

pytestmark = pytest.mark.django_db

URL = reverse("scheduling:calendar")
WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # ten in Berlin
HALF_AN_HOUR = timedelta(minutes=30)
MONTH = {"view": "month"}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY, tick=False):
        yield


def fill_day(user: User, count: int) -> None:
    for number in range(count):
        AppointmentFactory(
            workspace=user.workspace,
            client=ClientFactory(workspace=user.workspace, first_name=f"Client{number}"),
            scheduled_start=WEDNESDAY + number * HALF_AN_HOUR,
            scheduled_end=WEDNESDAY + (number + 1) * HALF_AN_HOUR,
        )


def test_a_day_shows_its_first_appointments_and_counts_the_rest(as_dana: Browser, dana: User) -> None:
    fill_day(dana, 6)
    page = text(as_dana.get(URL, MONTH))
    assert "<h1" in page
    assert "November 2026" in page
    assert "<time>10:00</time> <bdi>Client0 Levi</bdi>" in page
    assert "Client2" in page
    assert "Client3" not in page
    assert "3 more" in page
    assert '<small>6<span class="vh"> appointments</span></small>' in page


def test_only_the_names_it_shows_are_opened(as_dana: Browser, dana: User) -> None:
    fill_day(dana, 6)
    as_dana.get(URL, MONTH)
    (event,) = events(dana, "client.viewed")
    assert len(event.object_ids) == 3


def test_four_in_a_day_all_show(as_dana: Browser, dana: User) -> None:
    fill_day(dana, 4)
    page = text(as_dana.get(URL, MONTH))
    assert "Client3" in page
    assert "more</a>" not in page


def test_what_was_cancelled_does_not_count(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(
        workspace=dana.workspace,
        scheduled_start=WEDNESDAY,
        scheduled_end=WEDNESDAY + HALF_AN_HOUR,
        status="cancelled",
    )
    page = text(as_dana.get(URL, MONTH))
    assert "Levi" not in page.split('id="month"')[1].split("</main>")[0]


def test_each_day_leads_to_its_week_and_today_is_marked(as_dana: Browser) -> None:
    page = text(as_dana.get(URL, MONTH))
    assert f'href="{URL}?week=2026-11-18"' in page
    assert 'aria-labelledby="d-2026-11-18" data-today' in page
    assert 'aria-labelledby="d-2026-10-26" data-outside' in page
    assert page.count('class="cell"') == 42


@pytest.mark.parametrize(
    ("month", "title"), [("2027-02-14", "February 2027"), ("x", "November 2026"), ("", "November 2026")]
)
def test_any_day_shows_its_month(as_dana: Browser, month: str, title: str) -> None:
    assert f"{title}</h1>" in text(as_dana.get(URL, MONTH | {"month": month}))


def test_htmx_gets_the_month_and_the_bar(as_dana: Browser) -> None:
    page = text(as_dana.get(URL, MONTH, headers={"HX-Request": "true", "HX-Target": "month"}))
    assert page.lstrip().startswith('<section class="month-grid" id="month"')
    assert 'id="calendar-title" hx-swap-oob="true"' in page
    assert "<body" not in page


def test_one_therapist_alone(as_dana: Browser, dana: User, noa: User) -> None:
    fill_day(dana, 2)
    assert "Client0" not in text(as_dana.get(URL, MONTH | {"therapist": str(noa.pk)}))


def test_appointments_of_others_do_not_show(as_omer: Browser, dana: User) -> None:
    fill_day(dana, 1)
    assert "Client0" not in text(as_omer.get(URL, MONTH))


def test_the_number_of_queries_does_not_grow(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fill_day(dana, 8)
    with django_assert_max_num_queries(12):
        as_dana.get(URL, MONTH)
