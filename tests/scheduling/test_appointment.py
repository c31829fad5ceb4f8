"""One appointment: reading, moving and changing it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.factories import (
    AppointmentFactory,
    ClientFactory,
    LocationFactory,
    ServiceFactory,
    SessionNoteFactory,
)
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # on Wednesday in Berlin
HOUR = timedelta(hours=1)


@pytest.fixture
def row(dana: User) -> Appointment:
    client = ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Abrams")
    return AppointmentFactory(
        workspace=dana.workspace, client=client, scheduled_start=TEN, scheduled_end=TEN + HOUR
    )


def edit(row: Appointment, **changes: Any) -> dict[str, Any]:
    """The form as its page shows it, with changes."""
    as_shown = {"version": row.updated_at.isoformat(), "location_type": row.location_type}
    return booking(row.client, row.therapist, **as_shown) | changes


def stored(row: Appointment, user: User) -> Appointment:
    with inside(user):
        found: Appointment = Appointment.objects.get(pk=row.pk)
        _ = (found.notes, found.location_details)
        return found


def test_it_says_who_when_and_where(as_dana: Browser, row: Appointment) -> None:
    page = text(as_dana.get(row.get_absolute_url()))
    for words in ("Ruth Abrams", "Wednesday, 18 November 2026, 10:00", "11:00", "Dana Levi", "Clinic"):
        assert words in page


def test_moving_it(as_dana: Browser, dana: User, row: Appointment) -> None:
    response = as_dana.post(row.get_absolute_url(), edit(row, day="2026-11-19", start="16:30"))
    assert response.status_code == 302
    moved = stored(row, dana)
    assert moved.scheduled_start == datetime(2026, 11, 19, 15, 30, tzinfo=UTC)
    assert moved.scheduled_end - moved.scheduled_start == HOUR
    (event,) = events(dana, "appointment.moved")
    assert event.fields == ["scheduled_start"]


def test_changing_it_without_moving_it(as_dana: Browser, dana: User, row: Appointment) -> None:
    service = ServiceFactory(workspace=dana.workspace)
    form = edit(row, service=str(service.pk), notes="Brings her crutches", location_type="online")
    as_dana.post(row.get_absolute_url(), form)
    changed = stored(row, dana)
    assert (changed.service_id, changed.notes, changed.location_type) == (
        service.pk,
        "Brings her crutches",
        "online",
    )
    (event,) = events(dana, "appointment.updated")
    assert event.fields == ["location_type", "notes", "service"]


def test_moving_it_onto_another_is_refused_and_changes_nothing(
    as_dana: Browser, dana: User, row: Appointment
) -> None:
    other = AppointmentFactory(
        workspace=dana.workspace, scheduled_start=TEN + HOUR, scheduled_end=TEN + 2 * HOUR
    )
    response = as_dana.post(row.get_absolute_url(), edit(row, start="10:30"))
    assert response.status_code == 422
    page = text(response)
    assert "Overlaps with <bdi>Y.L.</bdi>, 11:00 – 12:00." in page
    assert "Save anyway" in page
    assert "Wednesday, 18 November 2026, 10:00" in page  # what is stored stands beside the form
    assert stored(row, dana).scheduled_start == TEN

    as_dana.post(row.get_absolute_url(), edit(row, start="10:30", allow_overlap=f"{other.pk},"))
    assert stored(row, dana).overlap_allowed


def test_moved_to_where_nothing_is_it_may_no_longer_overlap(
    as_dana: Browser, dana: User, row: Appointment
) -> None:
    with inside(dana):
        Appointment.objects.filter(pk=row.pk).update(overlap_allowed=True)
    as_dana.post(row.get_absolute_url(), edit(row, day="2026-11-20"))
    assert not stored(row, dana).overlap_allowed


def test_one_that_may_overlap_is_changed_without_being_asked_again(
    as_dana: Browser, dana: User, row: Appointment
) -> None:
    with inside(dana):
        Appointment.objects.filter(pk=row.pk).update(overlap_allowed=True)
    AppointmentFactory(workspace=dana.workspace, scheduled_start=TEN, scheduled_end=TEN + HOUR)
    assert as_dana.post(row.get_absolute_url(), edit(row, notes="Rings twice")).status_code == 302
    assert stored(row, dana).overlap_allowed


def test_a_stale_form_overwrites_nothing_and_shows_both(
    as_dana: Browser, as_noa: Browser, dana: User, row: Appointment
) -> None:
    as_noa.post(row.get_absolute_url(), edit(row, start="12:00", notes="Rings twice"))
    response = as_dana.post(row.get_absolute_url(), edit(row, start="15:00", notes="Brings her crutches"))
    assert response.status_code == 409
    page = text(response)
    for words in ("Another user changed this", "12:00", "Rings twice", "15:00", "Brings her crutches"):
        assert words in page
    now = stored(row, dana)
    assert (now.scheduled_start, now.notes) == (TEN + 2 * HOUR, "Rings twice")

    # The page it got knows the newer version: saving again replaces it, on purpose.
    again = edit(row, start="15:00", version=now.updated_at.isoformat())
    assert now.updated_at.isoformat() in page
    assert as_dana.post(row.get_absolute_url(), again).status_code == 302


def test_the_second_of_two_clicks_on_save_finds_it_saved(
    as_dana: Browser, dana: User, row: Appointment
) -> None:
    form = edit(row, start="12:00", notes="Rings twice", location_type="")
    for _click in range(2):
        assert as_dana.post(row.get_absolute_url(), form).status_code == 302
    assert stored(row, dana).notes == "Rings twice"
    assert len(events(dana, "appointment.moved")) == 1


def test_a_form_without_a_version_is_stale(as_dana: Browser, row: Appointment) -> None:
    assert as_dana.post(row.get_absolute_url(), edit(row, version="")).status_code == 409


def test_an_invalid_form_keeps_what_was_typed(as_dana: Browser, dana: User, row: Appointment) -> None:
    response = as_dana.post(row.get_absolute_url(), edit(row, duration="0", notes="Brings her crutches"))
    assert response.status_code == 422
    assert "Brings her crutches" in text(response)
    assert stored(row, dana).notes is None


def test_whose_it_is_stays(as_dana: Browser, dana: User, row: Appointment) -> None:
    other = ClientFactory(workspace=dana.workspace)
    as_dana.post(row.get_absolute_url(), edit(row, client=str(other.pk)))
    assert stored(row, dana).client_id == row.client_id


def test_what_is_no_longer_offered_stays_where_it_is(as_dana: Browser, dana: User, row: Appointment) -> None:
    service = ServiceFactory(workspace=dana.workspace, is_active=False)
    location = LocationFactory(workspace=dana.workspace, is_active=False)
    with inside(dana):
        Appointment.objects.filter(pk=row.pk).update(service=service, location=location)
    form = edit(row, service=str(service.pk), location=str(location.pk))
    assert as_dana.post(row.get_absolute_url(), form).status_code == 302
    assert stored(row, dana).service_id == service.pk


def test_a_therapist_who_left_keeps_old_appointments(
    as_dana: Browser, dana: User, noa: User, row: Appointment
) -> None:
    with inside(dana):
        Appointment.objects.filter(pk=row.pk).update(therapist=noa)
    noa.is_active = False
    noa.save()
    assert as_dana.post(row.get_absolute_url(), edit(row, therapist=str(noa.pk))).status_code == 302


def test_a_cancelled_one_is_changed_without_asking_for_the_slot(
    as_dana: Browser, dana: User, row: Appointment
) -> None:
    with inside(dana):
        row.cancel()
    AppointmentFactory(workspace=dana.workspace, scheduled_start=TEN, scheduled_end=TEN + HOUR)
    assert as_dana.post(row.get_absolute_url(), edit(row, notes="Called in sick")).status_code == 302


def test_the_second_pass_of_a_repeated_hour_survives_a_change(as_dana: Browser, dana: User) -> None:
    second_pass = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin for the second time
    row = AppointmentFactory(
        workspace=dana.workspace, scheduled_start=second_pass, scheduled_end=second_pass + HOUR
    )
    form = edit(row, day="2026-10-25", start="02:30", notes="Rings twice")
    as_dana.post(row.get_absolute_url(), form)
    assert stored(row, dana).scheduled_start == second_pass


def test_an_assistant_moves_it_and_sees_no_way_to_the_note(
    as_avi: Browser, avi: User, row: Appointment
) -> None:
    SessionNoteFactory(workspace=avi.workspace, client=row.client, appointment=row)
    page = text(as_avi.get(row.get_absolute_url()))
    assert reverse("sessions:note-for-appointment", args=[row.pk]) not in page
    assert as_avi.post(row.get_absolute_url(), edit(row, start="12:00")).status_code == 302


def test_an_appointment_of_others_is_not_found(as_omer: Browser, omer: User, row: Appointment) -> None:
    assert as_omer.get(row.get_absolute_url()).status_code == 404
    assert as_omer.post(row.get_absolute_url(), edit(row)).status_code == 404
    assert [event.object_id for event in events(omer, "access.refused")] == [row.pk, row.pk]


def test_reading_it_asks_few_queries(
    as_dana: Browser, row: Appointment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        as_dana.get(row.get_absolute_url())


def test_only_reading_and_saving(as_dana: Browser, row: Appointment) -> None:
    assert as_dana.delete(row.get_absolute_url()).status_code == 405
