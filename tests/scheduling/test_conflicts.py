"""Two appointments at one time: seen before saving, booked anyway only on purpose."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, inside
from tests.factories import AppointmentFactory, ClientFactory
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

BOOK = reverse("scheduling:book")
CONFLICTS = reverse("scheduling:conflicts")
TEN = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # on Wednesday in Berlin
HOUR = timedelta(hours=1)


@pytest.fixture
def ruth(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, first_name="Ruth", last_name="Abrams")


@pytest.fixture
def marcus(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace, first_name="Marcus", last_name="Okafor")


@pytest.fixture
def taken(dana: User, marcus: Client) -> Appointment:
    """Marcus is with Dana from ten to eleven."""
    return AppointmentFactory(
        workspace=dana.workspace, client=marcus, scheduled_start=TEN, scheduled_end=TEN + HOUR
    )


def statuses(user: User) -> list[tuple[str, bool]]:
    with inside(user):
        rows = Appointment.objects.order_by("created_at")
        return list(rows.values_list("status", "overlap_allowed"))


def test_a_conflict_is_shown_before_saving_initials_only(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    page = text(as_dana.post(CONFLICTS, booking(ruth, dana, start="10:30")))
    assert "Overlaps with <bdi>M.O.</bdi>, 10:00 – 11:00." in page
    assert "Marcus" not in page
    assert "Book anyway" not in page
    assert "<html" not in page


@pytest.mark.parametrize("start", ["09:00", "11:00"])
def test_adjacent_is_fine(as_dana: Browser, dana: User, ruth: Client, taken: Appointment, start: str) -> None:
    assert "Overlaps" not in text(as_dana.post(CONFLICTS, booking(ruth, dana, start=start)))
    assert as_dana.post(BOOK, booking(ruth, dana, start=start)).status_code == 302


def test_the_trail_of_a_check_says_whose_initials_were_seen(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    as_dana.post(CONFLICTS, booking(ruth, dana))
    (event,) = events(dana, "client.viewed")
    assert event.object_id == taken.client_id


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_what_takes_up_no_time_is_no_conflict(
    as_dana: Browser, dana: User, ruth: Client, marcus: Client, status: str
) -> None:
    AppointmentFactory(
        workspace=dana.workspace, client=marcus, scheduled_start=TEN, scheduled_end=TEN + HOUR, status=status
    )
    assert "Overlaps" not in text(as_dana.post(CONFLICTS, booking(ruth, dana)))
    assert as_dana.post(BOOK, booking(ruth, dana)).status_code == 302


def test_an_appointment_is_no_conflict_with_itself(
    as_dana: Browser, dana: User, marcus: Client, taken: Appointment
) -> None:
    form = booking(marcus, dana, appointment=str(taken.pk), start="10:15")
    assert "Overlaps" not in text(as_dana.post(CONFLICTS, form))


@pytest.mark.parametrize(
    "changes", [{"day": ""}, {"start": "x"}, {"duration": ""}, {"therapist": ""}, {"therapist": "x"}]
)
def test_half_a_form_asks_nothing(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment, changes: dict[str, str]
) -> None:
    response = as_dana.post(CONFLICTS, booking(ruth, dana, **changes))
    assert response.status_code == 200
    assert text(response).strip() == ""


def test_the_ids_of_others_show_nothing_of_them(
    as_omer: Browser, omer: User, dana: User, taken: Appointment
) -> None:
    client = ClientFactory(workspace=omer.workspace)
    page = text(as_omer.post(CONFLICTS, booking(client, dana, client=str(taken.client_id))))
    assert page.strip() == ""


def test_booking_over_it_is_refused_with_a_second_step(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    response = as_dana.post(BOOK, booking(ruth, dana, notes="Brings her crutches"))
    assert response.status_code == 422
    page = text(response)
    assert "Overlaps with <bdi>M.O.</bdi>, 10:00 – 11:00." in page
    assert f'name="allow_overlap" value="{taken.pk},">Book anyway' in page
    assert "Brings her crutches" in page
    assert statuses(dana) == [("scheduled", False)]


def test_book_anyway_books_and_is_recorded(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    assert as_dana.post(BOOK, booking(ruth, dana, allow_overlap=f"{taken.pk},")).status_code == 302
    assert statuses(dana) == [("scheduled", False), ("scheduled", True)]
    (event,) = events(dana, "appointment.booked")
    assert event.metadata == {"overlap_allowed": True}


def test_book_anyway_means_what_was_shown_and_nothing_that_came_since(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    late = AppointmentFactory(
        workspace=dana.workspace, scheduled_start=TEN + HOUR, scheduled_end=TEN + 2 * HOUR
    )
    form = booking(ruth, dana, duration="90", allow_overlap=str(taken.pk))
    assert as_dana.post(BOOK, form).status_code == 422
    assert as_dana.post(BOOK, form | {"allow_overlap": f"{taken.pk},{late.pk}"}).status_code == 302


def test_a_third_booking_is_warned_of_those_that_were_allowed_to_overlap(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    as_dana.post(BOOK, booking(ruth, dana, duration="120", allow_overlap=str(taken.pk)))
    # Only the one that was allowed lasts until noon: the constraint does not know it, the question must.
    response = as_dana.post(BOOK, booking(ruth, dana, start="11:15", duration="30"))
    assert response.status_code == 422
    assert "Overlaps with <bdi>R.A.</bdi>, 10:00 – 12:00." in text(response)


def test_anyway_without_need_allows_nothing(as_dana: Browser, dana: User, ruth: Client) -> None:
    as_dana.post(BOOK, booking(ruth, dana, allow_overlap=str(uuid.uuid4())))
    assert statuses(dana) == [("scheduled", False)]


def test_two_therapists_at_one_time_are_no_conflict(
    as_dana: Browser, noa: User, ruth: Client, taken: Appointment
) -> None:
    assert as_dana.post(BOOK, booking(ruth, noa)).status_code == 302


def test_a_client_in_two_places_is_only_a_warning(
    as_dana: Browser, noa: User, marcus: Client, taken: Appointment
) -> None:
    page = text(as_dana.post(CONFLICTS, booking(marcus, noa)))
    assert "The client is with <bdi>DL</bdi> then, 10:00 – 11:00." in page
    assert "Overlaps" not in page
    response = as_dana.post(BOOK, booking(marcus, noa), follow=True)
    assert "Please note: the client has an appointment with another therapist at that time." in text(response)
    assert [allowed for _status, allowed in statuses(noa)] == [False, False]


def test_an_assistant_sees_conflicts_too(
    as_avi: Browser, dana: User, ruth: Client, taken: Appointment
) -> None:
    assert "Overlaps with <bdi>M.O.</bdi>" in text(as_avi.post(CONFLICTS, booking(ruth, dana)))


def test_the_check_asks_few_queries(
    as_dana: Browser,
    dana: User,
    ruth: Client,
    taken: Appointment,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(6 + 3):  # the test's own transaction adds three
        as_dana.post(CONFLICTS, booking(ruth, dana))


def test_only_asked_by_post(as_dana: Browser) -> None:
    assert as_dana.get(CONFLICTS).status_code == 405


@pytest.mark.parametrize(
    "name", ["day", "start", "duration", "therapist", "client", "service", "appointment"]
)
@pytest.mark.parametrize("nonsense", ["", "x", "9" * 5000, "🌊", "-1", str(uuid.UUID(int=7)), "0001-01-01"])
def test_nonsense_is_answered_as_not_typed_yet(
    as_dana: Browser, dana: User, ruth: Client, taken: Appointment, name: str, nonsense: str
) -> None:
    response = as_dana.post(CONFLICTS, booking(ruth, dana, start="10:30") | {name: nonsense})
    assert response.status_code == 200
    # The therapist's time is taken whoever comes, and whatever for.
    assert ("Overlaps" in text(response)) is (name in {"client", "service", "appointment"})


def test_initials_are_no_markup(as_dana: Browser, dana: User, ruth: Client) -> None:
    odd = ClientFactory(workspace=dana.workspace, first_name="O'Brien-כהן 🌊", last_name="<b>x")
    AppointmentFactory(workspace=dana.workspace, client=odd, scheduled_start=TEN, scheduled_end=TEN + HOUR)
    page = as_dana.post(CONFLICTS, booking(ruth, dana, start="10:30")).content.decode()
    assert "Overlaps with <bdi>O.&lt;.</bdi>, 10:00 – 11:00." in page
