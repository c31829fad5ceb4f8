"""Two people book one slot in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import pairwise
from threading import Barrier
from time import sleep
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from tests.cast import events, inside, signed_in
from tests.conftest import Connection
from tests.factories import MONDAY, AppointmentFactory, ClientFactory
from tests.scheduling.browsing import booking

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50


def at_once(*deeds: Callable[[], int]) -> list[int]:
    """Do all of it in the same moment, each in a thread and on a database connection of its own."""
    start = Barrier(len(deeds))

    def one(deed: Callable[[], int]) -> int:
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return sorted(threads.map(one, deeds))


def post_booking(browser: Browser, client: Client, therapist: User, **changes: str) -> Callable[[], int]:
    form = booking(client, therapist, **changes)
    return lambda: browser.post(reverse("scheduling:book"), form).status_code


def post_settings(browser: Browser, form: dict[str, str]) -> int:
    return browser.post("/settings/practice/", form).status_code


def wait_until_somebody_waits(second_connection: Connection) -> None:
    for _attempt in range(200):
        (waiting,) = second_connection.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
        ).fetchone() or (0,)
        if waiting:
            return
        sleep(0.02)
    pytest.fail("nobody waits for the constraint")


def test_of_two_simultaneous_bookings_of_one_slot_exactly_one_succeeds(dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    browsers = [signed_in(dana), signed_in(noa)]

    for number in range(ROUNDS):
        day = f"{(MONDAY + timedelta(days=number)).date()}"
        answers = at_once(*(post_booking(browser, client, dana, day=day) for browser in browsers))
        assert answers == [302, 422], day
    with inside(dana):
        assert Appointment.objects.count() == ROUNDS


def test_of_two_moves_into_one_gap_one_succeeds(dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    rows = [
        AppointmentFactory(
            workspace=dana.workspace,
            client=client,
            scheduled_start=MONDAY + timedelta(days=days),
            scheduled_end=MONDAY + timedelta(days=days, hours=1),
        )
        for days in range(2)
    ]

    def move(browser: Browser, row: Appointment) -> Callable[[], int]:
        form = booking(client, dana, version=row.updated_at.isoformat())
        return lambda: browser.post(row.get_absolute_url(), form).status_code

    moves = [move(browser, row) for browser, row in zip([signed_in(dana), signed_in(noa)], rows, strict=True)]
    assert at_once(*moves) == [302, 422]


def test_reopening_and_booking_in_the_same_moment_leave_one(dana: User, noa: User) -> None:
    client: Client = ClientFactory(workspace=dana.workspace)
    start = MONDAY.replace(hour=9) + timedelta(days=2)
    cancelled = AppointmentFactory(
        workspace=dana.workspace,
        client=client,
        status="cancelled",
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=1),
    )
    reopening, booking_it = signed_in(dana), signed_in(noa)
    answers = at_once(
        lambda: reopening.post(reverse("scheduling:reopen", args=[cancelled.pk])).status_code,
        post_booking(booking_it, client, dana),
    )
    assert answers in ([302, 409], [302, 422])
    with inside(dana):
        assert Appointment.objects.filter(status="scheduled").count() == 1


def test_two_clicks_on_one_button_count_once(dana: User, noa: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    url = reverse("scheduling:complete", args=[row.pk])

    def click(browser: Browser) -> Callable[[], int]:
        return lambda: browser.post(url).status_code

    assert at_once(click(signed_in(dana)), click(signed_in(noa))) == [302, 409]


def test_the_constraint_has_the_last_word(dana: User, second_connection: Connection) -> None:
    """A writer without the lock, not committed yet: the question cannot see it, the constraint can."""
    client = ClientFactory(workspace=dana.workspace)
    start = MONDAY.replace(hour=9) + timedelta(days=2)
    unseen = AppointmentFactory(
        workspace=dana.workspace,
        client=client,
        status="cancelled",
        scheduled_start=start,
        scheduled_end=start + timedelta(hours=1),
    )
    browser = signed_in(dana)
    with ThreadPoolExecutor(1) as thread:
        with second_connection.transaction():
            second_connection.execute(
                "SELECT set_config('pazpaz.workspace', %s, true)", [str(dana.workspace_id)]
            )
            second_connection.execute(
                "UPDATE scheduling_appointment SET status = 'scheduled' WHERE id = %s", [unseen.pk]
            )
            answer = thread.submit(lambda: at_once(post_booking(browser, client, dana)))
            wait_until_somebody_waits(second_connection)
        assert answer.result() == [422]
    with inside(dana):
        assert [row.pk for row in Appointment.objects.filter(status="scheduled")] == [unseen.pk]
    assert not events(dana, "appointment.booked")


def test_a_booking_during_a_change_of_time_zone_breaks_neither(dana: User, noa: User) -> None:
    """Keeping its clock time moves the one appointment to where the other is being booked."""
    client = ClientFactory(workspace=dana.workspace)
    tomorrow = (timezone.now() + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    berlin = ZoneInfo("Europe/Berlin")
    for number in range(12):
        Workspace.objects.filter(users=dana).update(time_zone="Europe/Berlin")
        start = tomorrow + timedelta(days=number)
        AppointmentFactory(workspace=dana.workspace, client=client, scheduled_start=start)
        sooner = start.astimezone(berlin) - timedelta(hours=1)
        settings = {
            "name": "Hands",
            "time_zone": "Asia/Jerusalem",
            "language": "en",
            "idle_minutes": "15",
            "appointments": "clock",
        }
        owner, colleague = signed_in(dana), signed_in(noa)
        answers = at_once(
            partial(post_settings, owner, settings),
            post_booking(colleague, client, dana, day=f"{sooner.date()}", start=f"{sooner:%H:%M}"),
        )
        assert set(answers) <= {302, 422}
    with inside(dana):
        rows = list(Appointment.objects.filter(overlap_allowed=False).order_by("scheduled_start"))
    assert all(one.scheduled_end <= other.scheduled_start for one, other in pairwise(rows))
