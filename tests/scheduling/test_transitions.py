"""What can be done to the status of an appointment, and what cannot."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from scheduling.models import Appointment, Transition
from sessions.models import SessionNote
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, SessionNoteFactory
from tests.scheduling.browsing import text

pytestmark = pytest.mark.django_db

TABLE = {
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
ACTIONS = {
    "complete": "appointment.completed",
    "no-show": "appointment.no_show",
    "cancel": "appointment.cancelled",
    "reopen": "appointment.reopened",
}
EVERY = [(transition.value, status.value) for transition in Transition for status in Appointment.Status]


def url(transition: str, row: Appointment) -> str:
    return reverse(f"scheduling:{transition}", args=[row.pk])


def status_of(row: Appointment, user: User) -> str:
    with inside(user):
        return Appointment.objects.get(pk=row.pk).status


@pytest.mark.parametrize(("transition", "before"), EVERY)
def test_the_table_of_transitions(as_dana: Browser, dana: User, transition: str, before: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=before)
    response = as_dana.post(url(transition, row))
    after = TABLE.get((transition, before))
    recorded = events(dana, ACTIONS[transition])
    if after is None:
        assert response.status_code == 409
        assert 'role="alert"' in text(response)
        assert status_of(row, dana) == before
        assert not recorded
    else:
        assert response.status_code == 302
        assert status_of(row, dana) == after
        assert [(event.object_id, event.fields) for event in recorded] == [(row.pk, ["status"])]


@pytest.mark.parametrize("status", list(Appointment.Status))
def test_the_buttons_offer_what_the_table_allows(as_dana: Browser, dana: User, status: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=status)
    page = text(as_dana.get(row.get_absolute_url()))
    offered = {transition.value for transition in Transition if f'action="{url(transition, row)}"' in page}
    assert offered == {transition for transition, before in TABLE if before == status}


@pytest.mark.parametrize(
    ("transition", "before", "advice"),
    [
        ("complete", "cancelled", "Schedule it again first."),
        ("no-show", "cancelled", "Schedule it again first."),
        ("cancel", "no_show", "To cancel it, schedule it again first."),
        ("reopen", "scheduled", "There is nothing left to do."),
        ("complete", "completed", "There is nothing left to do."),
    ],
)
def test_a_refusal_says_what_to_do_instead(
    as_dana: Browser, dana: User, transition: str, before: str, advice: str
) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=before)
    assert advice in text(as_dana.post(url(transition, row)))


def test_a_completed_session_with_a_note_cannot_be_cancelled(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="completed")
    SessionNoteFactory(workspace=dana.workspace, client=row.client, appointment=row)
    response = as_dana.post(url("cancel", row))
    assert response.status_code == 409
    assert "has a note" in text(response)
    assert status_of(row, dana) == "completed"
    assert f'action="{url("cancel", row)}"' not in text(as_dana.get(row.get_absolute_url()))


def test_nor_by_somebody_who_may_not_see_the_note(as_avi: Browser, avi: User) -> None:
    row = AppointmentFactory(workspace=avi.workspace, status="completed")
    SessionNoteFactory(workspace=avi.workspace, client=row.client, appointment=row)
    assert as_avi.post(url("cancel", row)).status_code == 409
    assert status_of(row, avi) == "completed"


def test_a_deleted_note_keeps_nothing_from_being_cancelled(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="completed")
    note = SessionNoteFactory(workspace=dana.workspace, client=row.client, appointment=row)
    with inside(dana):
        SessionNote.objects.filter(pk=note.pk).update(deleted_at=MONDAY)
    assert as_dana.post(url("cancel", row)).status_code == 302


def test_a_cancelled_one_is_not_reopened_into_a_slot_that_was_given_away(
    as_dana: Browser, dana: User
) -> None:
    cancelled = AppointmentFactory(workspace=dana.workspace, status="cancelled")
    other = AppointmentFactory(workspace=dana.workspace)
    response = as_dana.post(url("reopen", cancelled))
    assert response.status_code == 409
    assert "Overlaps with <bdi>Y.L.</bdi>" in text(response)
    assert status_of(cancelled, dana) == "cancelled"

    as_dana.post(url("reopen", cancelled), {"allow_overlap": str(other.pk)})
    assert status_of(cancelled, dana) == "scheduled"
    (event,) = events(dana, "appointment.reopened")
    assert event.metadata == {"overlap_allowed": True}


def test_nor_into_one_given_to_somebody_who_was_allowed_to_overlap(as_dana: Browser, dana: User) -> None:
    cancelled = AppointmentFactory(workspace=dana.workspace, status="cancelled")
    AppointmentFactory(workspace=dana.workspace, overlap_allowed=True)
    assert as_dana.post(url("reopen", cancelled)).status_code == 409


def test_one_that_was_allowed_to_overlap_is_reopened_all_the_same(as_dana: Browser, dana: User) -> None:
    cancelled = AppointmentFactory(workspace=dana.workspace, status="cancelled", overlap_allowed=True)
    AppointmentFactory(workspace=dana.workspace)
    assert as_dana.post(url("reopen", cancelled)).status_code == 302


def test_a_no_show_is_not_completed_over_somebody_else(as_dana: Browser, dana: User) -> None:
    no_show = AppointmentFactory(workspace=dana.workspace, status="no_show")
    AppointmentFactory(workspace=dana.workspace)
    assert as_dana.post(url("complete", no_show)).status_code == 409
    assert status_of(no_show, dana) == "no_show"


def test_the_slot_of_a_cancelled_one_is_free(dana: User) -> None:
    AppointmentFactory(workspace=dana.workspace, status="cancelled")
    AppointmentFactory(workspace=dana.workspace, status="no_show")
    AppointmentFactory(workspace=dana.workspace)


def test_a_stale_copy_changes_nothing(dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    with inside(dana):
        stale = Appointment.objects.get(pk=row.pk)
        row.cancel()
        with pytest.raises(Appointment.Refused):
            stale.complete()
    assert status_of(row, dana) == "cancelled"


def test_a_change_of_status_shows_in_updated_at(dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    before = row.updated_at
    with inside(dana):
        row.complete()
        assert Appointment.objects.get(pk=row.pk).updated_at == row.updated_at > before


def test_it_goes_back_to_the_page_of_the_button(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    assert as_dana.post(url("complete", row), {"next": "/"})["Location"] == "/"
    assert as_dana.post(url("no-show", row))["Location"] == row.get_absolute_url()


@pytest.mark.parametrize(
    "elsewhere", ["//example.com", "https://example.com/", "example", "javascript:alert(1)"]
)
def test_it_goes_back_to_paths_of_ours_only(elsewhere: str, as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    response = as_dana.post(url("complete", row), {"next": elsewhere})
    assert response["Location"] == row.get_absolute_url()


def test_a_refusal_takes_the_whole_page_also_from_a_button_that_swaps_its_row(
    as_dana: Browser, dana: User
) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status="cancelled")
    headers = {"HX-Request": "true", "HX-Target": f"appointment-{row.pk}"}
    response = as_dana.post(url("complete", row), headers=headers)
    assert (response["HX-Retarget"], response["HX-Reselect"]) == ("#main", "#main")
    assert 'id="main"' in text(response)


@pytest.mark.parametrize("transition", list(Transition))
def test_an_appointment_of_others_is_not_found(
    as_omer: Browser, omer: User, dana: User, transition: str
) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    assert as_omer.post(url(transition, row)).status_code == 404
    assert status_of(row, dana) == "scheduled"
    assert events(omer, "access.refused")


@pytest.mark.parametrize("transition", list(Transition))
def test_a_link_changes_nothing(as_dana: Browser, dana: User, transition: str) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    assert as_dana.get(url(transition, row)).status_code == 405


def test_an_assistant_keeps_the_calendar(as_avi: Browser, avi: User) -> None:
    row = AppointmentFactory(workspace=avi.workspace)
    assert as_avi.post(url("no-show", row)).status_code == 302
    assert status_of(row, avi) == "no_show"


def test_a_day_later_the_same_hour_is_another_slot(dana: User) -> None:
    cancelled = AppointmentFactory(workspace=dana.workspace, status="cancelled")
    tomorrow = MONDAY + timedelta(days=1)
    AppointmentFactory(
        workspace=dana.workspace, scheduled_start=tomorrow, scheduled_end=tomorrow + timedelta(hours=1)
    )
    with inside(dana):
        cancelled.reopen()
    assert status_of(cancelled, dana) == "scheduled"


@pytest.mark.parametrize(("transition", "before"), TABLE)
def test_the_second_of_two_clicks_finds_it_done(
    as_dana: Browser, dana: User, transition: str, before: str
) -> None:
    row = AppointmentFactory(workspace=dana.workspace, status=before)
    for _click in range(2):
        response = as_dana.post(url(transition, row))
        assert (response.status_code, response["Location"]) == (302, row.get_absolute_url())
    assert "Undo" in text(as_dana.get(row.get_absolute_url())), "of the first click"
    _origins, after, action = Appointment.TRANSITIONS[Transition(transition)]
    assert status_of(row, dana) == after
    assert len(events(dana, action)) == 1


def test_what_a_colleague_did_before_is_said(as_dana: Browser, as_noa: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    as_noa.post(url("complete", row))
    response = as_dana.post(url("complete", row))
    assert response.status_code == 409
    assert "There is nothing left to do." in text(response)
