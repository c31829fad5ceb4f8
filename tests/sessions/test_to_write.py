"""What is still to be written (completed, no note): on Today, counted everywhere, and all on its own page."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from sessions import to_write
from sessions.models import SessionNote
from tests.cast import inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db

TODAY, ALL, CALENDAR = (reverse(n) for n in ("sessions:today", "sessions:to-write", "scheduling:calendar"))


@pytest.fixture(autouse=True)
def monday_at_half_past_nine() -> Iterator[None]:
    with time_machine.travel(MONDAY + timedelta(minutes=30), tick=False):
        yield


def completed(user: User, days_ago: float, name: str = "Ingrid", **fields: Any) -> Appointment:
    client = ClientFactory(workspace=user.workspace, first_name=name, last_name="Test")
    start = MONDAY - timedelta(days=days_ago)
    return AppointmentFactory(
        workspace=user.workspace, client=client, scheduled_start=start, **{"status": "completed"} | fields
    )


def note_of(appointment: Appointment, **fields: Any) -> SessionNote:
    return SessionNoteFactory(
        workspace=appointment.workspace, client=appointment.client, appointment=appointment, **fields
    )


def listed(browser: Browser, path: str = ALL) -> list[str]:
    """The first names in the list, in order."""
    page = browser.get(path).text
    part = page.partition('id="to-write"')[2].partition("</section>")[0] if path == TODAY else page
    return re.findall(r"<b><bdi>(\S+) Test</bdi></b>", part)


def counted(browser: Browser, path: str) -> str:
    [count] = re.findall(r'<b id="to-write-count">(.*?)</b>', browser.get(path).text)
    return str(count)


def test_completed_sessions_without_a_note_wait_oldest_first(as_dana: Browser, dana: User) -> None:
    completed(dana, 1, "Younger")
    completed(dana, 9, "Older")
    note_of(completed(dana, 2, "Draft"))
    signed = note_of(completed(dana, 3, "Signed"))
    with inside(dana):
        signed.sign(dana, version=1)
    for status in ("scheduled", "cancelled", "no_show"):
        completed(dana, 4, status, status=status)
    assert listed(as_dana, TODAY) == listed(as_dana) == ["Older", "Younger"]
    assert counted(as_dana, TODAY) == counted(as_dana, CALENDAR) == "2"


def test_one_click_opens_the_note(as_dana: Browser, dana: User) -> None:
    appointment = completed(dana, 1)
    for path in (TODAY, ALL):
        page = as_dana.get(path).text
        assert '<form id="write-note" method="post">' in page
        [url] = re.findall(r'form="write-note" formaction="([^"]+)">Write<', page)
        assert url == reverse("sessions:note-for-appointment", args=[appointment.pk])
    note_url = as_dana.post(url).headers["Location"]
    assert as_dana.get(note_url).status_code == 200
    assert listed(as_dana) == []
    assert counted(as_dana, TODAY) == ""
    [finish] = re.findall(r'href="([^"]+)">Finish<', as_dana.get(TODAY).text)
    assert finish == note_url


def test_it_comes_back_when_its_draft_is_deleted_and_goes_when_that_is_restored(
    as_dana: Browser, dana: User
) -> None:
    note = note_of(completed(dana, 1))
    as_dana.post(reverse("sessions:note-delete", args=[note.pk]))
    assert listed(as_dana) == ["Ingrid"]
    as_dana.post(reverse("sessions:note-restore", args=[note.pk]))
    assert listed(as_dana) == []


def test_what_becomes_of_the_appointment_counts(as_dana: Browser, dana: User) -> None:
    appointment = completed(dana, 1, status="scheduled")
    for deed, count in (("complete", "1"), ("no-show", ""), ("complete", "1"), ("cancel", "")):
        as_dana.post(reverse(f"scheduling:{deed}", args=[appointment.pk]))
        assert counted(as_dana, TODAY) == count


def test_saving_an_appointment_does_not_forget_its_note(as_dana: Browser, dana: User) -> None:
    appointment = completed(dana, 1)
    note_of(appointment)
    with inside(dana):
        appointment.save()
        Appointment.objects.filter(pk=appointment.pk).update(is_documented=False)
    assert listed(as_dana) == []


def test_a_deleted_appointment_takes_its_line_along(as_dana: Browser, dana: User) -> None:
    appointment = completed(dana, 1)
    note = note_of(appointment)
    other = completed(dana, 2, "Other")
    with inside(dana):
        SessionNote.objects.filter(pk=note.pk).update(appointment=other.pk)
        assert listed(as_dana) == ["Ingrid"]
        appointment.delete()
        note.delete()
    assert listed(as_dana) == ["Other"]


def test_a_colleagues_is_listed_with_the_colleague(as_dana: Browser, dana: User, noa: User) -> None:
    completed(dana, 1, therapist=noa)
    assert listed(as_dana) == ["Ingrid"]
    assert "Noa Peretz" in as_dana.get(ALL).text


def test_today_shows_the_first_and_leads_to_all(as_dana: Browser, dana: User) -> None:
    for number in range(to_write.SHOWN):
        completed(dana, number + 1, f"C{number}")
    assert f'href="{ALL}">Show all' not in as_dana.get(TODAY).text
    completed(dana, 100, "Oldest")
    assert f'href="{ALL}">Show all' in as_dana.get(TODAY).text
    assert len(listed(as_dana, TODAY)) == to_write.SHOWN
    assert listed(as_dana, TODAY)[0] == "Oldest"
    assert counted(as_dana, TODAY) == str(to_write.SHOWN + 1)


def test_every_one_of_them_can_be_reached(as_dana: Browser, dana: User) -> None:
    with inside(dana):
        appointments = Appointment.objects.bulk_create(
            Appointment(
                workspace=dana.workspace,
                client=client,
                therapist=dana,
                status="completed",
                scheduled_start=MONDAY - timedelta(days=number),
                scheduled_end=MONDAY - timedelta(days=number, hours=-1),
            )
            for number, client in enumerate([ClientFactory(workspace=dana.workspace)] * 120, start=1)
        )
    seen: list[str] = []
    path = ALL
    while path:
        page = as_dana.get(path).text
        seen += re.findall(r"/appointments/([^/]+)/note/", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = f"{ALL}{following[1]}" if following else ""
    assert seen == [str(each.pk) for each in reversed(appointments)]
    assert counted(as_dana, ALL) == "99+"


def test_an_assistant_hears_nothing_of_it(as_avi: Browser, dana: User) -> None:
    completed(dana, 1)
    for path in (TODAY, CALENDAR):
        page = as_avi.get(path).text
        assert "To write" not in page
        assert ALL not in page
    assert as_avi.get(ALL).status_code == 403


def test_another_practice_counts_its_own(as_omer: Browser, dana: User, omer: User) -> None:
    completed(dana, 1)
    assert listed(as_omer) == []
    assert counted(as_omer, TODAY) == ""


@pytest.mark.parametrize("path", [CALENDAR, reverse("clients:list"), reverse("accounts:practice")])
def test_the_count_costs_one_query_and_no_more_with_many(as_dana: Browser, dana: User, path: str) -> None:
    as_dana.get(path)
    for rows in (range(1, 2), range(2, 14)):
        for number in rows:
            completed(dana, number)
        with CaptureQueriesContext(connection) as captured:
            as_dana.get(path)
        asked = [query["sql"] for query in captured if "awaits_note" in query["sql"]]
        assert len(asked) == 1
        assert "LIMIT" in asked[0]


def test_a_partial_does_not_count(as_dana: Browser, dana: User) -> None:
    completed(dana, 1)
    htmx = {"hx-request": "true", "hx-target": "week"}
    with CaptureQueriesContext(connection) as captured:
        assert "to-write-count" not in as_dana.get(CALENDAR, headers=htmx).text
    assert not [query for query in captured if "awaits_note" in query["sql"]]
