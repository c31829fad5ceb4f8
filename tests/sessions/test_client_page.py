"""The page of a client: facts, and the history newest first, twenty at a time."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.timeline import PAGE, Entry, Position
from tests.cast import events, inside, signed_in
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, ServiceFactory, SessionNoteFactory

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


def book_and_write(
    client: Client, days: int, note: dict[str, object] | None = None, **fields: object
) -> SessionNote:
    """A session: an appointment with its note."""
    start = MONDAY + timedelta(days=days)
    appointment = AppointmentFactory(
        workspace=client.workspace, client=client, scheduled_start=start, status="completed", **fields
    )
    return SessionNoteFactory(
        workspace=client.workspace,
        client=client,
        appointment=appointment,
        session_date=start,
        **(note or {}),
    )


def shown(response: Any) -> list[Entry]:
    return [entry for group in response.context["history"].groups for entry in group.entries]


def entries(response: Any) -> list[tuple[str, str]]:
    return [(entry.about, entry.text) for entry in shown(response)]


def link_to_older(page: str) -> str:
    """The address of "Show older", which htmx asks for as well; "" where there is none."""
    links = re.findall(
        r'<a class="btn" rel="next" href="([^"]*)" hx-get="([^"]*)" hx-target="#older-history"', page
    )
    assert all(href == hx_get for href, hx_get in links)
    return unescape(links[0][0]) if links else ""


def walk(browser: Browser, url: str, **headers: str) -> Iterator[Any]:
    """Follow "Show older" to its end."""
    path = url
    while True:
        response = browser.get(path, headers=headers if path != url else {})
        yield response
        if not (query := link_to_older(response.text)):
            return
        path = urljoin(url, query)


def test_the_newest_comes_first_by_month(as_dana: Browser, dana: User, client: Client) -> None:
    book(client, 0)
    write(client, -30)
    response = as_dana.get(url_of(client))
    assert [entry.at.date().isoformat() for entry in shown(response)] == ["2026-11-16", "2026-10-17"]
    assert [group.heading for group in response.context["history"].groups] == [
        "November 2026",
        "October 2026",
    ]


def test_what_is_to_come_stands_above_the_months(as_dana: Browser, client: Client) -> None:
    with time_machine.travel(MONDAY + timedelta(hours=1)):
        book(client, 1)
        book(client, 0)
        browser = signed_in(User.objects.get(email="dana@example.org"))
        groups = browser.get(url_of(client)).context["history"].groups
    assert [(group.heading, len(group.entries)) for group in groups] == [("To come", 1), ("November 2026", 1)]


def test_a_session_is_one_card_with_its_note_and_its_appointment(
    as_dana: Browser, dana: User, noa: User, client: Client
) -> None:
    service = ServiceFactory(workspace=dana.workspace, name="Massage 60")
    book_and_write(client, -1, {"author": noa}, service=service, therapist=noa)
    response = as_dana.get(url_of(client))
    (entry,) = shown(response)
    assert entry.is_card
    assert entry.about == "10:00 – 11:00 · Massage 60 · Clinic · Noa Peretz"
    assert entry.text == "Tension, improving."
    assert "Draft by Noa" in response.text


def test_a_session_across_midnight_says_on_which_day_it_ends(as_dana: Browser, client: Client) -> None:
    start = MONDAY.replace(hour=22, minute=30)
    AppointmentFactory(workspace=client.workspace, client=client, scheduled_start=start)
    ((about, _text),) = entries(as_dana.get(url_of(client)))
    assert about.startswith("23:30 – Tue 17 Nov 00:30 · ") or about.startswith(
        "Mon 23:30 – Tue 17 Nov 00:30 · "
    )


def test_one_s_own_name_is_not_news(as_dana: Browser, client: Client) -> None:
    book_and_write(client, -1)
    response = as_dana.get(url_of(client))
    assert entries(response) == [("10:00 – 11:00 · Clinic", "Tension, improving.")]
    assert "Draft by" not in response.text


def test_a_colleague_who_wrote_it_is_named_beside_the_therapist(
    as_dana: Browser, dana: User, noa: User, client: Client
) -> None:
    note = book_and_write(client, -1, {"author": noa})
    with inside(dana):
        note.sign(noa, version=1)
    assert entries(as_dana.get(url_of(client)))[0][0] == "10:00 – 11:00 · Clinic · Noa Peretz"


def test_the_last_amendment_stands_on_the_card(as_dana: Browser, dana: User, client: Client) -> None:
    note = book_and_write(client, -1)
    with inside(dana):
        note.sign(dana, version=1)
        with time_machine.travel(MONDAY):
            note.amend(dana, note.sections() | {"plan": "New."}, "Plan corrected.", seen=0)
            note.amend(dana, note.sections() | {"plan": "Newer."}, "Side <corrected>.", seen=1)
    response = as_dana.get(url_of(client))
    assert [entry.amended for entry in shown(response)] == ["Amended 16 Nov 2026: Side <corrected>."]
    assert "Side &lt;corrected&gt;." in response.text
    (viewed,) = events(dana, "note_version.viewed")
    assert viewed.fields == ["reason"]


def test_an_appointment_without_a_note_is_a_thin_line(as_dana: Browser, client: Client) -> None:
    for days, status in enumerate(("completed", "no_show", "cancelled", "scheduled")):
        book(client, -days, status=status)
    response = as_dana.get(url_of(client))
    assert [(entry.is_card, entry.status) for entry in shown(response)] == [
        (False, "completed"),
        (False, "no_show"),
        (False, "cancelled"),
        (False, "scheduled"),
    ]
    assert response.text.count('class="entry line"') == 4
    assert "No note yet" in response.text


def test_the_line_of_a_note_comes_from_the_first_section_that_says_something(
    as_dana: Browser, client: Client
) -> None:
    write(client, -1, assessment="\nAssessment:\nImproving.\nMore.")
    write(client, -2, assessment=" ", subjective="Slept badly.")
    write(client, -3, assessment="", subjective="", objective="", plan="Rest.")
    write(client, -4, assessment="", subjective="", objective="", plan="")
    write(client, -5, assessment="long " * 100)
    lines = [text for _about, text in entries(as_dana.get(url_of(client)))]
    assert lines[:4] == ["Improving.", "Slept badly.", "Rest.", ""]
    assert lines[4].endswith("…")


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true", "hx-target": "older-history"}])
def test_show_older_leads_to_the_very_end(
    headers: dict[str, str], as_dana: Browser, dana: User, client: Client
) -> None:
    """Sessions, notes without an appointment at the same moment, and appointments without a note."""
    for days in range(PAGE):
        book_and_write(client, -days, {"assessment": f"Session {days}"})
        write(client, -days, assessment=f"Alone {days}")
        book(client, -days, status="cancelled")
    seen = [entry for page in walk(as_dana, url_of(client), **headers) for entry in shown(page)]
    assert len({entry.url for entry in seen}) == len(seen) == 3 * PAGE
    with inside(dana):
        notes = {note.get_absolute_url() for note in client.session_notes.all()}
        lines = {row.get_absolute_url() for row in client.appointments.filter(status="cancelled")}
    assert {entry.url for entry in seen} == notes | lines
    assert [entry.at for entry in seen] == sorted((entry.at for entry in seen), reverse=True)


def test_no_heading_is_repeated_where_pages_meet(as_dana: Browser, client: Client) -> None:
    for days in range(2 * PAGE + 5):
        book(client, -days)
    headers = {"hx-request": "true", "hx-target": "older-history"}
    pages = [page.text for page in walk(as_dana, url_of(client), **headers)]
    headings = [heading for page in pages for heading in re.findall(r'<h3 class="month">([^<]*)', page)]
    assert headings == ["November 2026", "October 2026"]
    assert all("<html" not in page for page in pages[1:])


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
    headers = {"hx-request": "true", "hx-target": "older-history"}
    _first, response = walk(as_dana, url_of(client), **headers)
    assert "<html" not in response.text
    assert response.text.count('class="entry line"') == 1
    assert "HX-Target" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("kind", "days"),
    [("all", [0, -1, -2]), ("notes", [-1, -2]), ("appointments", [0, -1]), ("files", [0, -1, -2])],
)
def test_it_filters_by_kind(as_dana: Browser, client: Client, kind: str, days: list[int]) -> None:
    book(client, 0)
    book_and_write(client, -1)
    write(client, -2)
    seen = shown(as_dana.get(url_of(client), {"kind": kind}))
    assert [(entry.at - MONDAY).days for entry in seen] == days


def test_a_filter_goes_on_with_the_older_ones(as_dana: Browser, client: Client) -> None:
    for days in range(PAGE + 1):
        book(client, -days)
        write(client, -days)
    seen = [e for page in walk(as_dana, f"{url_of(client)}?kind=notes") for e in shown(page)]
    assert len(seen) == PAGE + 1
    assert all(entry.is_card for entry in seen)


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
    for kind in ("all", "notes", "appointments"):
        response = as_avi.get(url_of(client), {"kind": kind})
        assert response.status_code == 200
        assert [entry.is_card for entry in shown(response)] == [False]
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
    assert [text for _about, text in entries(as_dana.get(url_of(client)))] == [expected]
