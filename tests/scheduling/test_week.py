"""The week: what stands where, for whom, and how little it asks of the database."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import User
from scheduling.models import Appointment
from tests.cast import events, signed_in
from tests.factories import AppointmentFactory, ClientFactory, ServiceFactory, SessionNoteFactory
from tests.scheduling.browsing import text

pytestmark = pytest.mark.django_db

URL = reverse("scheduling:calendar")
WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # ten in Berlin
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(WEDNESDAY, tick=False):
        yield


def blocks(page: str) -> list[dict[str, str]]:
    """The attributes of every block, in the order of the page."""
    return [
        dict(re.findall(r'data-(\S+?)="(.*?)"', tag)) for tag in re.findall(r'<li class="appt"(.*?)>', page)
    ]


def test_a_block_stands_at_its_time_in_the_colour_of_its_service(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(
        workspace=dana.workspace,
        client=ClientFactory(workspace=dana.workspace, first_name="Ingrid", last_name="Holm"),
        service=ServiceFactory(workspace=dana.workspace, name="Physio", colour="blue"),
        scheduled_start=WEDNESDAY + timedelta(hours=3, minutes=15),
        scheduled_end=WEDNESDAY + timedelta(hours=4),
        status="completed",
    )
    page = text(as_dana.get(URL))
    assert blocks(page) == [{"start": "13:15", "end": "14:00", "colour": "blue", "status": "completed"}]
    assert (
        f'<a href="{row.get_absolute_url()}"><b><i class="icon" data-icon="check"></i>'
        '<span class="vh">Completed:</span> <bdi>Ingrid Holm</bdi></b> '
        "<span><time>13:15</time> <i><bdi>Physio</bdi></i> <i><bdi>Clinic</bdi></i></span></a>"
    ) in page


def test_overlapping_blocks_share_the_width(as_dana: Browser, dana: User) -> None:
    for minutes in (0, 30):
        start = WEDNESDAY + timedelta(minutes=minutes)
        AppointmentFactory(
            workspace=dana.workspace,
            scheduled_start=start,
            scheduled_end=start + HOUR,
            overlap_allowed=bool(minutes),
        )
    assert [(block["lanes"], block["lane"]) for block in blocks(text(as_dana.get(URL)))] == [
        ("2", "0"),
        ("2", "1"),
    ]


def test_over_midnight_it_stands_in_both_days(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(
        workspace=dana.workspace,
        scheduled_start=datetime(2026, 11, 18, 22, 30, tzinfo=UTC),
        scheduled_end=datetime(2026, 11, 18, 23, 30, tzinfo=UTC),
    )
    page = text(as_dana.get(URL))
    assert [(block["start"], block["end"]) for block in blocks(page)] == [
        ("23:30", "24:00"),
        ("00:00", "00:30"),
    ]
    assert 'data-start="00:00" data-end="24:00" aria-label="16 – 22 November"' in page


@pytest.mark.parametrize(
    ("status", "words"), [("cancelled", "Cancelled:"), ("no_show", "No-show:"), ("scheduled", "")]
)
def test_the_status_is_said_in_words(as_dana: Browser, dana: User, status: str, words: str) -> None:
    AppointmentFactory(
        workspace=dana.workspace, scheduled_start=WEDNESDAY, scheduled_end=WEDNESDAY + HOUR, status=status
    )
    page = text(as_dana.get(URL))
    assert re.findall(r'<b><i.*?<span class="vh">(.*?)</span>', page) == ([words] if words else [])


@pytest.mark.parametrize(
    ("signed", "icon", "words"), [(True, "signed", "Note signed"), (False, "pencil", "Note is a draft")]
)
def test_the_state_of_the_note_is_shown_to_those_who_treat(
    as_noa: Browser, as_avi: Browser, dana: User, signed: bool, icon: str, words: str
) -> None:
    row = AppointmentFactory(
        workspace=dana.workspace,
        scheduled_start=WEDNESDAY,
        scheduled_end=WEDNESDAY + HOUR,
        status="completed",
    )
    signature = {"is_draft": False, "signed_at": WEDNESDAY, "signed_by": dana} if signed else {}
    SessionNoteFactory(workspace=dana.workspace, client=row.client, appointment=row, **signature)
    page = text(as_noa.get(URL))
    assert f'<i class="icon note-state" data-icon="{icon}"></i><span class="vh">{words}</span>' in page
    assert "note-state" not in text(as_avi.get(URL))


def test_a_deleted_note_leaves_no_trace_and_no_second_block(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(
        workspace=dana.workspace, scheduled_start=WEDNESDAY, scheduled_end=WEDNESDAY + HOUR
    )
    for _n in range(2):
        SessionNoteFactory(workspace=dana.workspace, client=row.client, appointment=row, deleted_at=WEDNESDAY)
    page = text(as_dana.get(URL))
    assert len(blocks(page)) == 1
    assert "note-state" not in page


def test_names_are_escaped(as_dana: Browser, dana: User) -> None:
    AppointmentFactory(
        workspace=dana.workspace,
        client=ClientFactory(workspace=dana.workspace, first_name="<script>", last_name="O'Brien"),
        service=ServiceFactory(workspace=dana.workspace, name="<b>Massage"),
        scheduled_start=WEDNESDAY,
        scheduled_end=WEDNESDAY + HOUR,
    )
    page = as_dana.get(URL).content.decode()
    assert "<bdi>&lt;script&gt; O&#39;Brien</bdi>" in page
    assert "&lt;b&gt;Massage" in page


def test_an_empty_half_hour_leads_to_booking_it(as_dana: Browser) -> None:
    page = text(as_dana.get(URL))
    slot = f'href="{reverse("scheduling:book")}?start=2026-11-18T09:30" data-start="09:30" data-end="10:00"'
    assert slot in page


def test_by_keyboard_a_day_leads_there_too(as_dana: Browser) -> None:
    page = text(as_dana.get(URL))
    url = f"{reverse('scheduling:book')}?day=2026-11-18"
    assert f'href="{url}" aria-label="New appointment on Wednesday, 18 November"' in page


def test_today_is_marked_with_the_time(as_dana: Browser) -> None:
    page = text(as_dana.get(URL))
    assert 'aria-labelledby="d-2026-11-18" data-today' in page
    assert '<now-line data-start="10:00" data-zone="Europe/Berlin">' in page
    assert "now-line data-start" not in text(as_dana.get(URL, {"week": "2026-11-25"}))


def test_the_bar_leads_back_and_forth(as_dana: Browser) -> None:
    page = text(as_dana.get(URL, {"week": "2026-11-18"}))
    assert "<h1>16 – 22 November" in page
    for monday in ("2026-11-09", "2026-11-23"):
        assert f'href="{URL}?week={monday}"' in page


@pytest.mark.parametrize(
    ("week", "title"),
    [
        ("2026-11-30", "30 Nov – 6 Dec"),
        ("2026-12-28", "28 Dec 2026 – 3 Jan 2027"),
        ("2025-02-05", "3 – 9 February 2025"),
        ("x", "16 – 22 November"),
        ("", "16 – 22 November"),
        ("0001-01-01", "16 – 22 November"),
        ("9999-12-31", "16 – 22 November"),
    ],
)
def test_any_day_shows_its_week_and_nonsense_the_present_one(as_dana: Browser, week: str, title: str) -> None:
    assert f"<h1>{title}" in text(as_dana.get(URL, {"week": week}))


def test_the_week_begins_on_sunday_in_hebrew(omer: User) -> None:
    assert omer.workspace is not None
    omer.workspace.language = "he"
    omer.workspace.save()
    page = text(signed_in(omer).get(URL))
    assert re.findall(r'class="day" aria-labelledby="d-(.*?)"', page)[0] == "2026-11-15"
    assert 'dir="rtl"' in page


def test_htmx_gets_the_week_and_the_bar_and_nothing_else(as_dana: Browser) -> None:
    page = text(as_dana.get(URL, headers={"HX-Request": "true", "HX-Target": "week"}))
    assert page.strip().startswith('<section class="week" id="week"')
    assert 'id="calendar-title" hx-swap-oob="true"' in page
    assert "<title>16 – 22 November" in page
    assert "<body" not in page


def test_two_therapists_are_told_apart_and_shown_one_by_one(as_dana: Browser, dana: User, noa: User) -> None:
    for therapist in (dana, noa):
        AppointmentFactory(
            workspace=dana.workspace,
            therapist=therapist,
            scheduled_start=WEDNESDAY,
            scheduled_end=WEDNESDAY + HOUR,
        )
    everybody = text(as_dana.get(URL))
    assert len(blocks(everybody)) == 2
    assert "</time> <i><bdi>DL</bdi></i> <i><bdi>Clinic</bdi></i></span>" in everybody
    assert "</time> <i><bdi>NP</bdi></i> <i><bdi>Clinic</bdi></i></span>" in everybody
    only_noa = text(as_dana.get(URL, {"therapist": str(noa.pk)}))
    assert len(blocks(only_noa)) == 1
    assert (
        f"week=2026-11-23&therapist={noa.pk}" in only_noa or f"therapist={noa.pk}&week=2026-11-23" in only_noa
    )


def test_a_practice_of_one_has_nothing_to_choose(as_dana: Browser, avi: User) -> None:
    assert "calendar-therapist" not in text(as_dana.get(URL))


@pytest.mark.parametrize("therapist", ["omer", "x"])
def test_a_therapist_of_others_is_not_found(as_dana: Browser, dana: User, omer: User, therapist: str) -> None:
    pk = str(omer.pk) if therapist == "omer" else therapist
    assert as_dana.get(URL, {"therapist": pk}).status_code == 404


def test_appointments_of_others_do_not_show(as_omer: Browser, dana: User) -> None:
    AppointmentFactory(workspace=dana.workspace, scheduled_start=WEDNESDAY, scheduled_end=WEDNESDAY + HOUR)
    assert blocks(text(as_omer.get(URL))) == []


def fill_week(user: User, count: int) -> list[Appointment]:
    return [
        AppointmentFactory(
            workspace=user.workspace,
            service=ServiceFactory(workspace=user.workspace),
            scheduled_start=WEDNESDAY + number * HOUR,
            scheduled_end=WEDNESDAY + (number + 1) * HOUR,
        )
        for number in range(count)
    ]


def test_looking_is_recorded_as_one_look_at_all_its_clients(as_avi: Browser, avi: User) -> None:
    rows = fill_week(avi, 3)
    as_avi.get(URL)
    (event,) = events(avi, "client.viewed")
    assert set(event.object_ids) == {row.client_id for row in rows}
    assert event.fields == ["first_name", "last_name"]


def test_the_number_of_queries_does_not_grow(
    as_dana: Browser, dana: User, noa: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fill_week(dana, 8)
    with django_assert_max_num_queries(12):
        assert len(blocks(text(as_dana.get(URL)))) == 8


def test_only_reading(as_dana: Browser) -> None:
    assert as_dana.post(URL).status_code == 405


def test_the_agenda_of_this_week_begins_today(as_dana: Browser) -> None:
    """Wednesday: Monday and Tuesday are folded, as long as nobody asks for one of them."""
    for query, folded in (({}, 2), ({"week": "2026-11-20"}, 2), ({"week": "2026-11-17"}, 0)):
        page = text(as_dana.get(URL, query))
        assert page.count(" data-past") == folded
        assert ("Show the days before today" in page) == bool(folded)
    assert " data-past" not in text(as_dana.get(URL, {"week": "2026-11-11"}))
