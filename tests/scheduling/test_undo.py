"""Taking back: Undo of a status and of a booking, followed from the page that offers it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, inside, signed_in
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

TODAY = reverse("sessions:today")
STATUSES = {
    ("complete", "scheduled"): "completed",
    ("complete", "no_show"): "completed",
    ("no-show", "scheduled"): "no_show",
    ("no-show", "completed"): "no_show",
    ("cancel", "scheduled"): "cancelled",
    ("cancel", "completed"): "cancelled",
    ("reopen", "cancelled"): "scheduled",
    ("reopen", "no_show"): "scheduled",
    ("reopen", "completed"): "scheduled",
}


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=True):
        yield


def press(browser: Browser, transition: str, row: Appointment, there: str = TODAY, **data: str) -> Any:
    url = reverse(f"scheduling:{transition}", args=[row.pk])
    return browser.post(url, {"next": there, **data}, follow=True)


def undo_on(page: Any) -> str:
    """Where the Undo button of the page's message posts to."""
    region = text(page).partition('id="messages"')[2].partition("<template")[0]
    (action,) = re.findall(r'<form method="post" action="([^"]*)"', region)
    assert isinstance(action, str)
    return action


def stored(row: Appointment, user: User) -> Appointment:
    with inside(user):
        return Appointment.objects.get(pk=row.pk)


def status_of(row: Appointment, user: User) -> str:
    return stored(row, user).status


@pytest.mark.parametrize(("transition", "before"), STATUSES)
def test_every_status_can_be_taken_back(as_dana: Browser, dana: User, transition: str, before: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=before)
    page = press(as_dana, transition, row)
    assert status_of(row, dana) == STATUSES[transition, before]
    response = as_dana.post(undo_on(page))
    assert response["Location"] == TODAY
    assert status_of(row, dana) == before
    (event,) = events(dana, "appointment.undone")
    assert (event.object_id, event.fields, event.metadata["status"]) == (row.pk, ["status"], before)
    assert undo_is_gone(as_dana.get(TODAY))


def undo_is_gone(page: Any) -> bool:
    """What was taken back is said, and there it ends: Undo has no Undo."""
    region = text(page).partition('id="messages"')[2].partition("<template")[0]
    return "Y. L." in region and "<form" not in region


@pytest.mark.parametrize("there", ["today", "week", "appointment"])
def test_it_goes_back_to_where_the_button_was(as_dana: Browser, dana: User, there: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    places = {
        "today": TODAY,
        "week": f"{reverse('scheduling:calendar')}?week=2026-11-16",
        "appointment": row.get_absolute_url(),
    }
    page = press(as_dana, "complete", row, places[there])
    assert as_dana.post(undo_on(page))["Location"] == places[there]


def test_the_page_says_what_became_of_it(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    page = as_dana.post(undo_on(press(as_dana, "no-show", row)), follow=True)
    assert "Scheduled again: <bdi>Y. L.</bdi>" in text(page)


def test_an_assistant_takes_back_too(as_avi: Browser, avi: User) -> None:
    row = AppointmentFactory(workspace=avi.workspace)
    as_avi.post(undo_on(press(as_avi, "no-show", row)))
    assert status_of(row, avi) == "scheduled"


def test_it_refuses_when_somebody_changed_the_status_meanwhile(
    as_dana: Browser, as_noa: Browser, dana: User
) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    press(as_noa, "no-show", row)
    response = as_dana.post(undo)
    assert response.status_code == 409
    assert "the appointment was changed" in text(response)
    assert status_of(row, dana) == "no_show"
    assert not events(dana, "appointment.undone")


def test_it_refuses_when_it_was_moved_meanwhile(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    with inside(dana):
        moved = Appointment.objects.get(pk=row.pk)
        moved.scheduled_end += timedelta(minutes=15)
        moved.save()
    assert as_dana.post(undo).status_code == 409
    assert status_of(row, dana) == "completed"


def test_it_refuses_when_the_note_was_signed_meanwhile(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    sign_note_of(row, dana)
    response = as_dana.post(undo)
    assert response.status_code == 409
    assert "note" in text(response)
    assert status_of(row, dana) == "completed"


def test_it_refuses_when_the_time_was_given_away_meanwhile(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "cancel", row))
    AppointmentFactory(workspace=dana.workspace)
    response = as_dana.post(undo)
    assert response.status_code == 409
    assert "Overlaps with <bdi>Y.L.</bdi>" in text(response)
    assert status_of(row, dana) == "cancelled"


def test_the_same_click_twice_is_no_refusal(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    assert [as_dana.post(undo).status_code for _ in range(2)] == [302, 302]
    assert status_of(row, dana) == "scheduled"
    assert len(events(dana, "appointment.undone")) == 1


def test_an_overlap_that_was_allowed_on_the_way_is_taken_back_as_well(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="no_show")
    other = AppointmentFactory(workspace=dana.workspace)
    page = press(as_dana, "complete", row, allow_overlap=str(other.pk))
    assert stored(row, dana).overlap_allowed
    as_dana.post(undo_on(page))
    assert (status_of(row, dana), stored(row, dana).overlap_allowed) == ("no_show", False)


@pytest.mark.parametrize("token", ["", "complete", "x:y:z"])
def test_a_made_up_undo_changes_nothing(as_dana: Browser, dana: User, token: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="completed")
    url = reverse("scheduling:undo", args=[row.pk])
    assert as_dana.post(f"{url}?change={token}").status_code == 409
    assert status_of(row, dana) == "completed"


def test_an_undo_counts_for_its_own_appointment_only(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    start = MONDAY + timedelta(hours=2)
    other = AppointmentFactory(workspace=dana.workspace, status="completed", scheduled_start=start)
    undo = undo_on(press(as_dana, "complete", row))
    assert as_dana.post(undo.replace(str(row.pk), str(other.pk))).status_code == 409
    assert status_of(other, dana) == "completed"


def test_an_undo_of_another_practice_is_not_found(as_dana: Browser, dana: User, omer: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    assert signed_in(omer).post(undo).status_code == 404


def test_after_an_hour_it_is_too_late(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    with time_machine.travel(MONDAY + timedelta(minutes=61), tick=True):
        assert signed_in(dana).post(undo).status_code == 409
    assert status_of(row, dana) == "completed"


def test_the_address_of_an_undo_says_nothing(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    assert not re.search("Levi|Yonatan|10:00", undo)


# -- A signed note -----------------------------------------------------------------------------------------


def sign_note_of(row: Appointment, user: User) -> None:
    note = SessionNoteFactory(workspace=user.workspace, client=row.client, appointment=row, author=user)
    with inside(user):
        note.sign(user, version=note.version)


@pytest.mark.parametrize("transition", ["no-show", "cancel", "reopen"])
def test_a_session_with_a_signed_note_took_place(as_dana: Browser, dana: User, transition: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="completed")
    sign_note_of(row, dana)
    url = reverse(f"scheduling:{transition}", args=[row.pk])
    for page in (TODAY, row.get_absolute_url()):
        assert url not in text(as_dana.get(page))
    response = as_dana.post(url)
    assert response.status_code == 409
    assert "note" in text(response)
    assert status_of(row, dana) == "completed"


@pytest.mark.parametrize("transition", ["no-show", "cancel", "reopen"])
def test_nor_does_an_assistant_take_it_back(as_avi: Browser, avi: User, dana: User, transition: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="completed")
    sign_note_of(row, dana)
    url = reverse(f"scheduling:{transition}", args=[row.pk])
    for page in (TODAY, row.get_absolute_url()):
        assert url not in text(as_avi.get(page))
    assert as_avi.post(url).status_code == 409
    assert status_of(row, dana) == "completed"


@pytest.mark.parametrize("status", ["completed", "no_show", "scheduled"])
def test_one_with_a_draft_is_not_cancelled_in_whatever_status(
    as_dana: Browser, dana: User, status: str
) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=status)
    SessionNoteFactory(workspace=dana.workspace, client=row.client, appointment=row)
    assert reverse("scheduling:cancel", args=[row.pk]) not in text(as_dana.get(TODAY))
    assert press(as_dana, "cancel", row).status_code == 409
    assert status_of(row, dana) == status


def test_change_offers_scheduled_again(as_dana: Browser, dana: User) -> None:
    start = MONDAY - timedelta(hours=3)
    for status in ("completed", "no_show", "cancelled"):
        start += timedelta(hours=1)
        row = AppointmentFactory(workspace=dana.workspace, status=status, scheduled_start=start)
        menu = text(as_dana.get(TODAY)).partition(f'id="change-{row.pk}"')[2].partition("</div>")[0]
        url = reverse("scheduling:reopen", args=[row.pk])
        (button,) = re.findall(rf'<button[^>]* formaction="{url}"[^>]*>(.*?)</button>', menu)
        assert button.strip() == "Scheduled again"


# -- A booking ---------------------------------------------------------------------------------------------


def book(browser: Browser, user: User) -> tuple[Any, Appointment]:
    client = ClientFactory(workspace=user.workspace)
    form = booking(client, user) | {"next": TODAY, "form_token": "a-token"}
    page = browser.post(reverse("scheduling:book"), form, follow=True)
    with inside(user):
        return page, Appointment.objects.select_related("client").get(client=client)


def test_a_booking_can_be_taken_back(as_dana: Browser, dana: User) -> None:
    page, row = book(as_dana, dana)
    response = as_dana.post(undo_on(page))
    assert response["Location"] == TODAY
    with inside(dana):
        assert not Appointment.objects.filter(pk=row.pk).exists()
    assert [event.object_id for event in events(dana, "appointment.booked")] == [row.pk]
    assert [event.object_id for event in events(dana, "appointment.unbooked")] == [row.pk]
    assert "Booking undone: <bdi>Y. L.</bdi>" in text(as_dana.get(TODAY))


def test_without_a_page_to_go_back_to_it_shows_the_week(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    page = as_dana.post(reverse("scheduling:book"), booking(client, dana), follow=True)
    where = urlsplit(as_dana.post(undo_on(page))["Location"])
    assert (where.path, where.query) == (reverse("scheduling:calendar"), "week=2026-11-18")


def test_the_time_is_free_again(as_dana: Browser, dana: User) -> None:
    page, row = book(as_dana, dana)
    as_dana.post(undo_on(page))
    AppointmentFactory(
        workspace=dana.workspace, scheduled_start=row.scheduled_start, scheduled_end=row.scheduled_end
    )


def test_taking_a_booking_back_twice_is_no_refusal(as_dana: Browser, dana: User) -> None:
    page, _row = book(as_dana, dana)
    undo = undo_on(page)
    assert [as_dana.post(undo)["Location"] for _ in range(2)] == [TODAY, TODAY]
    assert len(events(dana, "appointment.unbooked")) == 1


@pytest.mark.parametrize("transition", ["complete", "no-show", "cancel"])
def test_a_booking_that_became_something_stays(as_dana: Browser, dana: User, transition: str) -> None:
    page, row = book(as_dana, dana)
    undo = undo_on(page)
    press(as_dana, transition, row)
    assert as_dana.post(undo).status_code == 409
    assert status_of(row, dana) == STATUSES[transition, "scheduled"]


@pytest.mark.parametrize("deleted_at", [None, MONDAY])
def test_a_booking_with_a_note_stays(as_dana: Browser, dana: User, deleted_at: Any) -> None:
    page, row = book(as_dana, dana)
    SessionNoteFactory(
        workspace=dana.workspace, client=row.client, appointment=row, deleted_at=deleted_at, deleted_by=dana
    )
    assert as_dana.post(undo_on(page)).status_code == 409
    assert status_of(row, dana) == "scheduled"


def test_it_can_be_booked_again(as_dana: Browser, dana: User) -> None:
    page, row = book(as_dana, dana)
    as_dana.post(undo_on(page))
    form = booking(row.client, dana) | {"next": TODAY, "form_token": "a-token"}
    page = as_dana.post(reverse("scheduling:book"), form, follow=True)
    assert "Booked: " in text(page)
    assert status_of(row, dana) == "scheduled"


def test_old_keys_of_the_site_take_nothing_back(as_dana: Browser, dana: User, settings: Settings) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    undo = undo_on(press(as_dana, "complete", row))
    settings.SECRET_KEY = "another" * 8
    assert signed_in(dana).post(undo).status_code == 409
    assert status_of(row, dana) == "completed"
