"""What settings of the practice and of its members do to appointments that are still to come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from scheduling.slot import SlotTaken
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db

PRACTICE = "/settings/practice/"
ANSWERS = {"name": "Hands", "time_zone": "Asia/Jerusalem", "language": "en", "idle_minutes": "15"}
BERLIN, JERUSALEM = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Jerusalem")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def appointment(owner: User, start: datetime, **fields: object) -> Appointment:
    return AppointmentFactory(workspace=owner.workspace, scheduled_start=start, **fields)


def offered_answers(page: str) -> list[str]:
    return re.findall(r'<input type="radio" name="appointments" value="(\w+)"', page)


def clock_times(owner: User) -> list[str]:
    """What the calendar of the practice shows, start and end of each."""
    assert owner.workspace is not None
    zone = ZoneInfo(Workspace.objects.get(pk=owner.workspace.pk).time_zone)
    with inside(owner):
        rows = owner.workspace.appointments.order_by("scheduled_start")
        return [
            f"{row.scheduled_start.astimezone(zone):%d %H:%M}-{row.scheduled_end.astimezone(zone):%H:%M}"
            for row in rows
        ]


def filtered_by(page: str) -> set[str]:
    """The therapists one can choose to see alone."""
    _before, _select, choice = page.partition('name="therapist"')
    return set(re.findall(r'<option value="([0-9a-f-]{36})"', choice.partition("</select>")[0]))


# -- Another time zone -------------------------------------------------------------------------------------


def test_another_time_zone_asks_what_becomes_of_the_appointments(as_dana: Browser, dana: User) -> None:
    for hours in (24, 25, 26):
        appointment(dana, MONDAY + timedelta(hours=hours))
    response = as_dana.post(PRACTICE, ANSWERS)
    assert response.status_code == 422
    assert "3 appointments are still to come." in response.text
    assert "the next one stays at Tue 17 Nov, 10:00" in response.text
    assert "the next one moves from Tue 17 Nov, 10:00 to Tue 17 Nov, 11:00" in response.text
    assert 'value="Asia/Jerusalem"' in response.text, "what was typed is still there"
    assert 'value="Hands"' in response.text
    assert Workspace.objects.get(users=dana).time_zone == "Europe/Berlin"
    assert not events(dana, "workspace.changed")


def test_the_clock_time_is_kept(as_dana: Browser, dana: User) -> None:
    """Two in a row: on their way they must not be taken for overlapping."""
    appointment(dana, MONDAY - timedelta(hours=2))
    appointment(dana, MONDAY + timedelta(hours=24))
    appointment(dana, MONDAY + timedelta(hours=25))
    answer, _other = offered_answers(as_dana.post(PRACTICE, ANSWERS).text)
    assertRedirects(as_dana.post(PRACTICE, {**ANSWERS, "appointments": answer}), PRACTICE)
    # The past happened when it happened: at 8:00 in Berlin, which was 9:00 in Jerusalem.
    assert clock_times(dana) == ["16 09:00-10:00", "17 10:00-11:00", "17 11:00-12:00"]
    (kept,) = events(dana, "workspace.clock_times_kept")
    (moved,) = events(dana, "appointment.moved")
    assert kept.metadata == {"count": 2}
    assert len(moved.object_ids) == 2


def test_the_moment_is_kept(as_dana: Browser, dana: User) -> None:
    booked = appointment(dana, MONDAY + timedelta(hours=24))
    _other, answer = offered_answers(as_dana.post(PRACTICE, ANSWERS).text)
    assertRedirects(as_dana.post(PRACTICE, {**ANSWERS, "appointments": answer}), PRACTICE)
    assert clock_times(dana) == ["17 11:00-12:00"]
    with inside(dana):
        booked.refresh_from_db()
    assert booked.scheduled_start == MONDAY + timedelta(hours=24)
    assert [event.metadata for event in events(dana, "workspace.moments_kept")] == [{"count": 1}]
    assert "changed the clock time of 1 appointment" in as_dana.get(reverse("audit:activity")).text


@pytest.mark.parametrize(
    "zone", ["America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"]
)
def test_the_clock_time_is_kept_on_both_sides_of_a_clock_change(
    zone: str, as_dana: Browser, dana: User
) -> None:
    """In winter and in summer, where the two zones differ by other hours."""
    for month in (1, 4, 7, 10):
        appointment(dana, datetime(2027, month, 12, 10, 30, tzinfo=BERLIN))
    before = clock_times(dana)
    as_dana.post(PRACTICE, {**ANSWERS, "time_zone": zone, "appointments": "clock"})
    assert Workspace.objects.get(users=dana).time_zone == zone
    assert clock_times(dana) == before


def test_a_clock_time_that_the_new_zone_skips_becomes_the_first_after_the_gap(
    as_dana: Browser, dana: User
) -> None:
    # In Jerusalem the clocks jump from 2:00 to 3:00 on Friday 26 March 2027.
    appointment(dana, datetime(2027, 3, 26, 2, 30, tzinfo=BERLIN))
    appointment(dana, datetime(2027, 3, 26, 3, 30, tzinfo=BERLIN))
    as_dana.post(PRACTICE, {**ANSWERS, "appointments": "clock"})
    assert clock_times(dana) == ["26 03:00-04:00", "26 03:30-04:30"]


def test_a_slot_that_moved_is_still_taken(as_dana: Browser, dana: User) -> None:
    booked = appointment(dana, MONDAY + timedelta(hours=24))
    as_dana.post(PRACTICE, {**ANSWERS, "appointments": "clock"})
    with inside(dana):
        booked.refresh_from_db()
        assert not booked.overlap_allowed
        other = Appointment(
            workspace=dana.workspace,
            client=booked.client,
            therapist=dana,
            scheduled_start=booked.scheduled_start,
            scheduled_end=booked.scheduled_end,
        )
        with pytest.raises(SlotTaken):
            other.reserve()


def test_nothing_is_asked_when_nothing_is_to_come(as_dana: Browser, dana: User) -> None:
    appointment(dana, MONDAY - timedelta(days=1))
    appointment(dana, MONDAY + timedelta(days=1), status=Appointment.Status.CANCELLED)
    assertRedirects(as_dana.post(PRACTICE, ANSWERS), PRACTICE)
    assert Workspace.objects.get(users=dana).time_zone == "Asia/Jerusalem"


def test_other_settings_ask_nothing(as_dana: Browser, dana: User) -> None:
    appointment(dana, MONDAY + timedelta(days=1))
    assertRedirects(as_dana.post(PRACTICE, {**ANSWERS, "time_zone": "Europe/Berlin"}), PRACTICE)
    assert not events(dana, "workspace.clock_times_kept")


def test_an_answer_that_was_not_offered_is_refused(as_dana: Browser, dana: User) -> None:
    appointment(dana, MONDAY + timedelta(days=1))
    response = as_dana.post(PRACTICE, {**ANSWERS, "appointments": "both"})
    assert response.status_code == 422
    assert Workspace.objects.get(users=dana).time_zone == "Europe/Berlin"


def test_appointments_of_another_practice_stay(as_dana: Browser, dana: User, omer: User) -> None:
    foreign = appointment(omer, MONDAY + timedelta(days=1))
    assertRedirects(as_dana.post(PRACTICE, ANSWERS), PRACTICE)
    with inside(omer):
        foreign.refresh_from_db()
    assert foreign.scheduled_start == datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


# -- A therapist who leaves --------------------------------------------------------------------------------


@pytest.fixture
def booked_with_noa(dana: User, noa: User) -> list[Appointment]:
    client = ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Adler")
    return [
        appointment(dana, MONDAY + timedelta(days=days), therapist=noa, client=client)
        for days in (-7, 1, 2, 8)
    ]


def test_before_deactivating_the_appointments_to_come_are_counted_and_listed(
    as_dana: Browser, noa: User, booked_with_noa: list[Appointment]
) -> None:
    page = as_dana.get(reverse("accounts:member", args=[noa.pk])).text
    past, *to_come = booked_with_noa
    assert all(row.get_absolute_url() in page for row in to_come)
    assert past.get_absolute_url() not in page
    assert "R.A." in page
    assert "Adler" not in page


def test_after_deactivating_they_are_listed_and_the_team_counts_them(
    as_dana: Browser, noa: User, booked_with_noa: list[Appointment]
) -> None:
    page = as_dana.post(reverse("accounts:deactivate", args=[noa.pk]), follow=True).text
    assert "can no longer sign in" in page
    assert all(row.get_absolute_url() in page for row in booked_with_noa[1:])
    assert "3 appointments to come" in as_dana.get(reverse("accounts:team")).text


@pytest.mark.parametrize("leave", ["deactivate", "become an assistant"])
def test_the_calendar_filters_by_them_while_any_remain(
    leave: str, as_dana: Browser, dana: User, noa: User, booked_with_noa: list[Appointment]
) -> None:
    if leave == "deactivate":
        as_dana.post(reverse("accounts:deactivate", args=[noa.pk]))
    else:
        as_dana.post(reverse("accounts:member", args=[noa.pk]), {"role": "assistant"})
    calendar = reverse("scheduling:calendar")
    assert filtered_by(as_dana.get(calendar).text) == {str(dana.pk), str(noa.pk)}
    page = as_dana.get(calendar, {"therapist": str(noa.pk)})
    assert page.status_code == 200
    assert all(row.get_absolute_url() in page.text for row in booked_with_noa[1:3])
    for row in booked_with_noa[1:]:
        as_dana.post(reverse("scheduling:cancel", args=[row.pk]))
    assert filtered_by(as_dana.get(calendar).text) == set()


def test_nobody_new_is_booked_with_them(
    as_dana: Browser, noa: User, booked_with_noa: list[Appointment]
) -> None:
    as_dana.post(reverse("accounts:deactivate", args=[noa.pk]))
    assert f'value="{noa.pk}"' not in as_dana.get(reverse("scheduling:book")).text


def test_one_without_appointments_leaves_quietly(as_dana: Browser, noa: User) -> None:
    response = as_dana.post(reverse("accounts:deactivate", args=[noa.pk]))
    assertRedirects(response, reverse("accounts:team"))
    assert "to come" not in as_dana.get(reverse("accounts:team")).text
