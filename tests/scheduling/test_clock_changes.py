"""Booking on the two nights a year when the clocks are set."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.test import Client as Browser
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from pazpaz.accounts.models import User
from scheduling.calendar import NonexistentTime, first_time_after, is_ambiguous, local_to_utc
from scheduling.models import Appointment
from tests.cast import inside
from tests.factories import AppointmentFactory, ClientFactory
from tests.scheduling.browsing import booking, text

BOOK = reverse("scheduling:book")
CONFLICTS = reverse("scheduling:conflicts")
SPRING, AUTUMN = "2026-03-29", "2026-10-25"  # Berlin: 02:00 becomes 03:00; 03:00 becomes 02:00

zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})).map(ZoneInfo)
moments = st.builds(
    datetime.combine,
    st.dates(date(2012, 1, 1), date(2036, 12, 31)),
    st.times().map(lambda t: time(t.hour, t.minute)),
)


def booked(user: User) -> Appointment:
    with inside(user):
        return Appointment.objects.get()


@pytest.mark.django_db
def test_a_time_the_clocks_skip_is_refused_with_the_next_there_is(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    response = as_dana.post(BOOK, booking(client, dana, day=SPRING, start="02:30"))
    assert response.status_code == 422
    assert "The clocks skip 02:30 on this day. The next time there is: 03:00." in text(response)
    assert as_dana.post(BOOK, booking(client, dana, day=SPRING, start="03:00")).status_code == 302


@pytest.mark.django_db
def test_an_hour_shown_twice_means_its_first_pass_and_says_so(as_dana: Browser, dana: User) -> None:
    form = booking(ClientFactory(workspace=dana.workspace), dana, day=AUTUMN, start="02:30")
    assert "The first one is meant." in text(as_dana.post(CONFLICTS, form))
    as_dana.post(BOOK, form)
    assert booked(dana).scheduled_start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_duration_lasts_as_long_as_it_says(as_dana: Browser, dana: User, day: str) -> None:
    client = ClientFactory(workspace=dana.workspace)
    as_dana.post(BOOK, booking(client, dana, day=day, start="01:30", duration="120"))
    row = booked(dana)
    assert row.scheduled_end - row.scheduled_start == timedelta(hours=2)


@pytest.mark.django_db
def test_an_appointment_in_the_second_pass_is_checked_and_saved_where_it_is(
    as_dana: Browser, dana: User
) -> None:
    """Its form shows 02:30, which alone would mean the first pass: there another appointment is."""
    first_pass = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    AppointmentFactory(
        workspace=dana.workspace, scheduled_start=first_pass, scheduled_end=first_pass + timedelta(minutes=30)
    )
    start = first_pass + timedelta(hours=1)
    row = AppointmentFactory(
        workspace=dana.workspace, scheduled_start=start, scheduled_end=start + timedelta(minutes=30)
    )
    form = booking(row.client, dana, day=AUTUMN, start="02:30", duration="30", appointment=str(row.pk))
    page = text(as_dana.post(CONFLICTS, form))
    assert "Overlaps" not in page
    assert "The first one is meant." not in page
    saved = as_dana.post(row.get_absolute_url(), form | {"version": row.updated_at.isoformat()})
    assert saved.status_code == 302
    with inside(dana):
        row.refresh_from_db()
    assert row.scheduled_start == start


@pytest.mark.django_db
def test_a_usual_time_says_nothing_of_clocks(as_dana: Browser, dana: User) -> None:
    form = booking(ClientFactory(workspace=dana.workspace), dana, day=AUTUMN, start="10:00")
    assert "twice" not in text(as_dana.post(CONFLICTS, form))


@given(moments, zones)
def test_the_next_time_exists_and_nothing_before_it_does(local: datetime, zone: ZoneInfo) -> None:
    found = first_time_after(local, zone)
    local_to_utc(found, zone)
    if found != local:
        with pytest.raises(NonexistentTime):
            local_to_utc(found - timedelta(minutes=1), zone)


@given(moments, zones)
def test_ambiguous_is_what_has_two_moments(local: datetime, zone: ZoneInfo) -> None:
    try:
        passes = {local_to_utc(local, zone), local_to_utc(local, zone, second=True)}
    except NonexistentTime:
        passes = set()
    assert is_ambiguous(local, zone) == (len(passes) == 2)
