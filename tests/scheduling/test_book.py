"""Booking an appointment."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.factories import AppointmentFactory, ClientFactory, LocationFactory, ServiceFactory
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

URL = reverse("scheduling:book")
TEN_ON_WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # in Berlin


def only_appointment(user: User) -> Appointment:
    with inside(user):
        return Appointment.objects.select_related("service", "location").get()


def appointments(user: User) -> int:
    with inside(user):
        return Appointment.objects.count()


def test_it_books_an_hour_and_leads_to_its_week(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    response = as_dana.post(URL, booking(client, dana))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('scheduling:calendar')}?week=2026-11-18"
    booked = only_appointment(dana)
    assert (booked.client_id, booked.therapist_id, booked.created_by_id) == (client.pk, dana.pk, dana.pk)
    assert (booked.scheduled_start, booked.scheduled_end) == (
        TEN_ON_WEDNESDAY,
        TEN_ON_WEDNESDAY + timedelta(hours=1),
    )
    assert (booked.status, booked.location_type, booked.overlap_allowed) == ("scheduled", "clinic", False)


def test_the_trail_names_the_fields_and_no_values(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    as_dana.post(URL, booking(client, dana, notes="Brings her crutches"))
    (event,) = events(dana, "appointment.booked")
    assert event.object_id == only_appointment(dana).pk
    assert {"client", "notes", "scheduled_start", "scheduled_end"} <= set(event.fields)
    assert event.metadata == {"overlap_allowed": False}


def test_a_service_fills_in_the_duration_that_was_left_empty(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    service = ServiceFactory(workspace=dana.workspace, default_duration_minutes=45)
    as_dana.post(URL, booking(client, dana, service=str(service.pk), duration=""))
    booked = only_appointment(dana)
    assert booked.service == service
    assert booked.scheduled_end - booked.scheduled_start == timedelta(minutes=45)


def test_a_location_decides_the_kind_of_place_that_was_left_open(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    location = LocationFactory(workspace=dana.workspace, type="home")
    as_dana.post(URL, booking(client, dana, location=str(location.pk)))
    booked = only_appointment(dana)
    assert (booked.location, booked.location_type) == (location, "home")


def test_neither_duration_nor_service_is_an_error_with_everything_kept(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    form = booking(client, dana, duration="", notes="Brings her crutches")
    response = as_dana.post(URL, form)
    assert response.status_code == 422
    page = text(response)
    assert "Enter a length, or choose a service." in page
    assert "Brings her crutches" in page
    assert "2026-11-18" in page
    assert f'value="{client.pk}" required checked' in page
    assert appointments(dana) == 0


@pytest.mark.parametrize("duration", ["0", "-5", "1441", "an hour"])
def test_a_duration_no_appointment_has_is_refused(as_dana: Browser, dana: User, duration: str) -> None:
    client = ClientFactory(workspace=dana.workspace)
    assert as_dana.post(URL, booking(client, dana, duration=duration)).status_code == 422
    assert appointments(dana) == 0


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", ""])
def test_a_day_no_calendar_shows_is_refused(as_dana: Browser, dana: User, day: str) -> None:
    client = ClientFactory(workspace=dana.workspace)
    assert as_dana.post(URL, booking(client, dana, day=day)).status_code == 422


def test_past_appointments_are_legal(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    as_dana.post(URL, booking(client, dana, day="1999-12-31"))
    assert only_appointment(dana).scheduled_start == datetime(1999, 12, 31, 9, 0, tzinfo=UTC)


def test_no_client_is_an_error_that_lists_whoever_was_typed(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace, first_name="Yonatan", last_name="Levi")
    client = ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Abrams")
    response = as_dana.post(URL, booking(client, dana, client="", client_query="Jonatan Lvi"))
    assert response.status_code == 422
    assert "Choose a client." in text(response)
    assert "Yonatan Levi" in text(response)
    assert "Ruth Abrams" not in text(response)


def test_the_search_button_keeps_everything_typed_and_complains_of_nothing(
    as_dana: Browser, dana: User
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    form = booking(client, dana, client="", client_query="levi", start="", notes="Brings her crutches")
    response = as_dana.post(URL, form | {"find": "1"})
    assert response.status_code == 200
    page = text(response)
    assert "Yonatan Levi" in page
    assert "Brings her crutches" in page
    assert 'value="2026-11-18"' in page
    assert 'class="errors"' not in page


def test_a_click_on_the_grid_fills_in_the_time(as_dana: Browser) -> None:
    page = text(as_dana.get(URL, {"start": "2026-11-18T09:30"}))
    assert 'value="2026-11-18"' in page
    assert 'value="09:30"' in page


def test_a_link_from_a_client_chooses_the_client(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    page = text(as_dana.get(URL, {"client": str(client.pk)}))
    assert f'value="{client.pk}" required checked' in page


@pytest.mark.parametrize("query", [{"start": "soon"}, {"client": "x"}, {"client": str(uuid.UUID(int=7))}])
def test_a_link_that_makes_no_sense_opens_an_empty_form(as_dana: Browser, query: dict[str, str]) -> None:
    response = as_dana.get(URL, query)
    assert response.status_code == 200
    assert "checked" not in text(response)


def test_it_goes_back_to_where_it_was_asked_for(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    there = reverse("sessions:client", args=[client.pk])
    assert as_dana.post(URL, booking(client, dana, next=there))["Location"] == there


def test_it_never_leads_to_another_site(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    response = as_dana.post(URL, booking(client, dana, next="https://example.com/"))
    assert response["Location"].startswith(reverse("scheduling:calendar"))


def test_whoever_treats_books_for_themselves(as_noa: Browser, noa: User) -> None:
    assert f'<option value="{noa.pk}" selected>' in text(as_noa.get(URL))


def test_an_assistant_books_for_the_owner(as_avi: Browser, avi: User, noa: User, dana: User) -> None:
    page = text(as_avi.get(URL))
    assert f'<option value="{dana.pk}" selected>' in page
    assert str(avi.pk) not in page
    client = ClientFactory(workspace=dana.workspace)
    assert as_avi.post(URL, booking(client, dana)).status_code == 302
    assert only_appointment(dana).created_by_id == avi.pk


def test_an_assistant_is_no_therapist(as_dana: Browser, dana: User, avi: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    assert as_dana.post(URL, booking(client, avi)).status_code == 422


def test_an_archived_client_is_not_booked(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with inside(dana):
        client.archive()
    assert as_dana.post(URL, booking(client, dana)).status_code == 422


@pytest.mark.parametrize("field", ["client", "service", "location", "therapist"])
def test_what_belongs_to_another_workspace_is_answered_like_what_does_not_exist(
    as_dana: Browser, dana: User, omer: User, field: str
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    theirs: dict[str, Any] = {
        "client": ClientFactory(workspace=omer.workspace),
        "service": ServiceFactory(workspace=omer.workspace),
        "location": LocationFactory(workspace=omer.workspace),
        "therapist": omer,
    }
    errors = []
    for pk in (str(theirs[field].pk), str(uuid.uuid4())):
        response = as_dana.post(URL, booking(client, dana, **{field: pk}))
        assert response.status_code == 422
        errors.append(str(response.context["form"].errors[field]).replace(pk, "id"))
    assert errors[0] == errors[1]
    assert appointments(dana) == 0
    assert appointments(omer) == 0


def test_a_service_no_longer_offered_is_not_booked(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    service = ServiceFactory(workspace=dana.workspace, is_active=False)
    assert as_dana.post(URL, booking(client, dana, service=str(service.pk))).status_code == 422


def test_the_form_asks_few_queries_however_full_the_calendar_is(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    for days in range(5):
        start = TEN_ON_WEDNESDAY + timedelta(days=1 + days)
        AppointmentFactory(
            workspace=dana.workspace,
            client=client,
            scheduled_start=start,
            scheduled_end=start + timedelta(hours=1),
        )
    with django_assert_max_num_queries(12):
        as_dana.get(URL)


def test_only_reading_and_booking(as_dana: Browser) -> None:
    assert as_dana.delete(URL).status_code == 405


def test_booking_asks_few_queries(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = ClientFactory(workspace=dana.workspace)
    with django_assert_max_num_queries(
        12 + 3
    ):  # the test's own transaction adds a pair of savepoints and a reset
        as_dana.post(URL, booking(client, dana))


def test_a_note_at_its_limit_counts_a_line_end_once(as_dana: Browser, dana: User) -> None:
    ruth = ClientFactory(workspace=dana.workspace)
    notes = "O'Brien-כהן 🌊\n" * 357 + "ab"
    assert len(notes) == 5000
    sent = booking(ruth, dana, notes=notes.replace("\n", "\r\n"))
    assert as_dana.post(reverse("scheduling:book"), sent).status_code == 302
    with inside(dana):
        assert Appointment.objects.get().notes == notes
