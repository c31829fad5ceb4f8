"""The page of a client: facts, and the history newest first, twenty at a time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.timeline import PAGE, Position
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(dana: User) -> Client:
    return ClientFactory(workspace=dana.workspace)


def url_of(client: Client) -> str:
    return reverse("sessions:client", args=[client.pk])


def book(client: Client, days: int, **fields: object) -> None:
    AppointmentFactory(
        workspace=client.workspace, client=client, scheduled_start=MONDAY + timedelta(days=days), **fields
    )


def write(client: Client, days: int, **fields: object) -> SessionNote:
    return SessionNoteFactory(
        workspace=client.workspace, client=client, session_date=MONDAY + timedelta(days=days), **fields
    )


def entries(response: Any) -> list[tuple[str, str]]:
    months = response.context["history"].months
    return [(entry.title, entry.text) for month in months for entry in month.entries]


def times(response: Any) -> list[datetime]:
    return [entry.at for month in response.context["history"].months for entry in month.entries]


def test_the_newest_comes_first_by_month(as_dana: Browser, dana: User, client: Client) -> None:
    book(client, 0)
    note = write(client, -30)
    with inside(dana):
        note.sign(dana, version=1)
        note.amend(dana, note.sections() | {"plan": "New."}, "Plan corrected.", seen=0)
    response = as_dana.get(url_of(client))
    assert sorted(entries(response)) == [
        ("Amendment", "Plan corrected."),
        ("Appointment", "10:00 – 11:00 · Clinic"),
        ("Session note", "Tension, improving."),
    ]
    assert times(response) == sorted(times(response), reverse=True)
    assert "November 2026" in response.text
    assert "October 2026" in response.text


def test_the_line_of_a_note_comes_from_the_first_section_that_says_something(
    as_dana: Browser, client: Client
) -> None:
    write(client, -1, assessment="\nAssessment:\nImproving.\nMore.")
    write(client, -2, assessment=" ", subjective="Slept badly.")
    write(client, -3, assessment="", subjective="", objective="", plan="Rest.")
    write(client, -4, assessment="", subjective="", objective="", plan="")
    write(client, -5, assessment="long " * 100)
    lines = [text for _title, text in entries(as_dana.get(url_of(client)))]
    assert lines[:4] == ["Improving.", "Slept badly.", "Rest.", ""]
    assert lines[4].endswith("…")


def test_twenty_at_a_time_without_a_gap_or_a_repetition(as_dana: Browser, client: Client) -> None:
    for days in range(PAGE):
        book(client, -days)
        # The same moment as the appointment: the note stands above it.
        write(client, -days, assessment=f"Day {days}")
    seen: list[tuple[str, str]] = []
    url = url_of(client)
    for _page in range(2):
        response = as_dana.get(url)
        assert len(entries(response)) == PAGE
        seen += entries(response)
        url = f"{url_of(client)}?before={response.context['history'].older}".replace("+", "%2B")
    assert response.context["history"].older is None
    assert [text for title, text in seen if title == "Session note"] == [
        f"Day {days}" for days in range(PAGE)
    ]
    assert [title for title, _text in seen] == ["Session note", "Appointment"] * PAGE


@pytest.mark.parametrize(
    "older", ["", "x", "2026-11-16~1~2", "2026-11-16T09:00:00~1~00000000-0000-0000-0000-000000000000"]
)
def test_a_place_that_is_none_is_the_beginning(as_dana: Browser, client: Client, older: str) -> None:
    book(client, 0)
    assert len(entries(as_dana.get(url_of(client), {"before": older}))) == 1


def test_a_place_survives_the_url() -> None:
    place = Position(MONDAY, 2, UUID(int=7))
    assert Position.parse(str(place)) == place


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "2026-11-02T09:00:00+23:59"]
)
def test_a_time_from_the_address_bar_breaks_nothing(at: str, as_dana: Browser, client: Client) -> None:
    query = {"before": f"{at}~1~{UUID(int=0)}"}
    headers = {"hx-request": "true", "hx-target": "older-history"}
    assert as_dana.get(url_of(client), query, headers=headers).status_code == 200


def test_htmx_gets_only_what_is_appended(as_dana: Browser, client: Client) -> None:
    for days in range(PAGE + 1):
        book(client, -days)
    older = as_dana.get(url_of(client)).context["history"].older
    response = as_dana.get(
        url_of(client), {"before": str(older)}, headers={"hx-request": "true", "hx-target": "older-history"}
    )
    assert "<html" not in response.text
    assert response.text.count('class="entry"') == 1
    # 27 October stands under the heading of its month already.
    assert "October 2026" not in response.text
    assert "HX-Target" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("all", {"Session note", "Appointment", "Amendment"}),
        ("notes", {"Session note", "Amendment"}),
        ("appointments", {"Appointment"}),
        ("files", {"Session note", "Appointment", "Amendment"}),
    ],
)
def test_it_filters_by_kind(
    as_dana: Browser, dana: User, client: Client, kind: str, titles: set[str]
) -> None:
    book(client, 0)
    note = write(client, -1)
    with inside(dana):
        note.sign(dana, version=1)
        note.amend(dana, note.sections() | {"plan": "New."}, "Why.", seen=0)
    assert {title for title, _text in entries(as_dana.get(url_of(client), {"kind": kind}))} == titles


def test_only_what_is_shown_is_opened_and_recorded(as_dana: Browser, dana: User, client: Client) -> None:
    for days in range(PAGE + 5):
        write(client, -days)
    as_dana.get(url_of(client))
    (viewed,) = events(dana, "session_note.viewed")
    assert (len(viewed.object_ids), viewed.fields) == (PAGE, ["assessment"])


def test_deleted_drafts_and_other_clients_are_not_in_it(as_dana: Browser, dana: User, client: Client) -> None:
    note = write(client, 0)
    with inside(dana):
        note.delete_draft(dana)
    write(ClientFactory(workspace=dana.workspace), 0)
    assert entries(as_dana.get(url_of(client))) == []
    assert "Nothing yet" in as_dana.get(url_of(client)).text


def test_an_assistant_sees_appointments_only(as_avi: Browser, dana: User, client: Client) -> None:
    book(client, 0)
    write(client, -1)
    for kind in ("all", "notes"):
        response = as_avi.get(url_of(client), {"kind": kind})
        assert response.status_code == 200
        assert [title for title, _text in entries(response)] == ["Appointment"]
        assert "Write note" not in response.text
    assert not events(dana, "session_note.viewed")


def test_the_bar_leads_to_editing_booking_and_writing(as_dana: Browser, client: Client) -> None:
    page = as_dana.get(url_of(client)).text
    assert "Yonatan Levi" in page
    assert reverse("clients:edit", args=[client.pk]) in page
    assert f"{reverse('scheduling:book')}?client={client.pk}" in page
    assert reverse("sessions:note-start", args=[client.pk]) in page


def test_another_workspace_sees_404_and_it_is_recorded(as_omer: Browser, omer: User, client: Client) -> None:
    assert as_omer.get(url_of(client)).status_code == 404
    (refusal,) = events(omer, "access.refused")
    assert refusal.object_id == client.pk


def test_a_long_history_needs_no_more_queries_than_a_short_one(
    as_dana: Browser, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for days in range(30):
        book(client, -days)
        write(client, -days)
    with django_assert_max_num_queries(12):
        as_dana.get(url_of(client))


def test_it_is_only_looked_at(as_dana: Browser, client: Client) -> None:
    assert as_dana.post(url_of(client)).status_code == 405


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"assessment": "ASSESSMENT AND PLAN\n\nRotator cuff overload."}, "Rotator cuff overload."),
        ({"assessment": "Assessment:\nBetter.", "plan": "Heat."}, "Better."),
        ({"assessment": "IMPRESSION", "subjective": "", "objective": "ROM 60°", "plan": ""}, "IMPRESSION"),
        ({"assessment": "", "subjective": "כאב בכתף"}, "כאב בכתף"),
        ({"assessment": " \n", "subjective": "", "objective": "", "plan": "Assessment"}, "Assessment"),
        (dict.fromkeys(("subjective", "objective", "assessment", "plan"), ""), ""),
    ],
)
def test_the_line_that_says_most_is_shown(
    as_dana: Browser, client: Client, texts: dict[str, str], expected: str
) -> None:
    write(client, -1, **texts)
    assert entries(as_dana.get(url_of(client))) == [("Session note", expected)]
