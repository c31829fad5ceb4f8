"""Messages that say what happened: in words on the page, in codes and ids on the way there."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection, models
from django.http import HttpRequest
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from pazpaz.accounts.models import User
from pazpaz.web import announcements
from pazpaz.web.tags import sentence
from scheduling.models import Appointment
from tests.cast import events, inside, signed_in
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory
from tests.scheduling.browsing import booking, text

pytestmark = pytest.mark.django_db

TODAY = reverse("sessions:today")


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def cancel(browser: Browser, row: Appointment) -> Any:
    return browser.post(reverse("scheduling:cancel", args=[row.pk]), {"next": TODAY})


def told(response: Any) -> list[str]:
    """What the messages of a page say."""
    return [re.sub(r"<[^>]*>", "", words) for words in re.findall(r"<p>(.*?)</p>", live_region(response))]


def live_region(response: Any) -> str:
    return text(response).partition('id="messages"')[2].partition("<template")[0]


def waiting(browser: Browser) -> list[str]:
    """What travels in the cookie, unpacked."""
    request = HttpRequest()
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    return [f"{message} {message.extra_tags}" for message in CookieStorage(request)]


def test_a_booking_says_whom_and_when(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    form = booking(client, dana, day="2026-11-27", start="11:00")
    page = as_dana.post(reverse("scheduling:book"), form, follow=True)
    assert told(page) == ["Booked: Y. L., Fri 27 Nov 11:00"]


def test_another_year_is_named(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    form = booking(client, dana, day="2027-01-04", start="11:00")
    page = as_dana.post(reverse("scheduling:book"), form, follow=True)
    assert told(page) == ["Booked: Y. L., Mon 4 Jan 2027 11:00"]


def test_on_the_way_it_is_a_code_and_ids(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    cancel(as_dana, row)
    (message,) = waiting(as_dana)
    assert message.startswith(f"announcement appointment.cancelled {row.pk} {dana.pk} /")
    assert not re.search(r"Levi|Y\. ?L\.|10:00", message)


def test_it_says_what_is_true_when_it_is_shown(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    cancel(as_dana, row)
    with inside(dana):
        row.client.last_name = "Zur"
        row.client.save()
    assert told(as_dana.get(TODAY)) == ["Cancelled: Y. Z., Mon 16 Nov 10:00"]


def test_it_is_shown_once(as_dana: Browser, dana: User) -> None:
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace))
    assert told(as_dana.get(TODAY))
    assert not told(as_dana.get(TODAY))


def test_a_new_message_replaces_the_one_before(as_dana: Browser, dana: User) -> None:
    for hours in (1, 2):
        start = MONDAY + timedelta(hours=hours)
        cancel(as_dana, AppointmentFactory(workspace=dana.workspace, scheduled_start=start))
    assert told(as_dana.get(TODAY)) == ["Cancelled: Y. L., Mon 16 Nov 12:00"]


def test_also_where_the_new_one_is_a_plain_one(as_dana: Browser, dana: User) -> None:
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace))
    as_dana.post(reverse("accounts:rename-me"), {"name": "Dana L."})
    assert told(as_dana.get(TODAY)) == ["Saved."]


def test_two_of_one_request_stand_together(as_dana: Browser, dana: User, noa: User) -> None:
    other = AppointmentFactory(workspace=dana.workspace, therapist=noa)
    form = booking(other.client, dana, day="2026-11-16")
    page = as_dana.post(reverse("scheduling:book"), form, follow=True)
    assert [words[:12] for words in told(page)] == ["Booked: Y. L", "Please note:"]


def test_opening_the_name_is_recorded(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    cancel(as_dana, row)
    before = len(events(dana, "client.viewed"))
    as_dana.get(reverse("accounts:security"))  # a page that shows no client otherwise
    (seen,) = events(dana, "client.viewed")[before:]
    assert (seen.object_id, seen.fields) == (row.client_id, ["first_name", "last_name"])


def test_it_costs_one_query(as_dana: Browser, dana: User) -> None:
    page = reverse("accounts:security")
    as_dana.get(page)
    with CaptureQueriesContext(connection) as without:
        as_dana.get(page)
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace))
    with CaptureQueriesContext(connection) as with_message:
        assert told(as_dana.get(page))
    sql = [query["sql"] for query in with_message if "SAVEPOINT" not in query["sql"]]
    # One for the sentence; one that writes the look into the trail.
    assert len(sql) <= len([query for query in without if "SAVEPOINT" not in query["sql"]]) + 2, sql


def test_somebody_else_at_the_browser_is_told_nothing(as_dana: Browser, dana: User, avi: User) -> None:
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace))
    as_avi = signed_in(avi)
    as_avi.cookies["messages"] = as_dana.cookies["messages"].value
    assert not told(as_avi.get(TODAY))
    assert not waiting(as_avi)


def test_nor_is_another_practice(as_omer: Browser, omer: User, dana: User) -> None:
    """Even where the cookie says that it is Omer's own."""
    mine, theirs = AppointmentFactory(workspace=omer.workspace), AppointmentFactory(workspace=dana.workspace)
    for row, count in ((mine, 1), (theirs, 0)):
        cancel(as_omer, mine)
        with inside(omer):
            Appointment.objects.filter(pk=mine.pk).update(status="scheduled")
        as_omer.cookies["messages"] = resigned(as_omer, str(mine.pk), str(row.pk))
        assert len(told(as_omer.get(TODAY))) == count


def test_a_target_that_is_gone_is_not_spoken_of(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    cancel(as_dana, row)
    as_dana.cookies["messages"] = resigned(as_dana, str(row.pk), str(uuid4()))
    page = as_dana.get(TODAY)
    assert page.status_code == 200
    assert not told(page)


def test_a_code_of_another_version_is_not_spoken_of(as_dana: Browser, dana: User) -> None:
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace))
    as_dana.cookies["messages"] = resigned(as_dana, "appointment.cancelled", "appointment.teleported")
    assert not told(as_dana.get(TODAY))


def resigned(browser: Browser, old: str, new: str) -> str:
    """The cookie of the messages with other words in it, signed as ours."""
    storage: Any = CookieStorage(HttpRequest())
    storage.request.COOKIES = {"messages": browser.cookies["messages"].value}
    changed = list(storage)
    for message in changed:
        message.message = message.message.replace(old, new)
    return str(storage._encode(changed))


def test_an_assistant_is_told_nothing_of_notes(dana: User, avi: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    row = AppointmentFactory(workspace=dana.workspace)
    as_avi = signed_in(avi)
    cancel(as_avi, row)
    as_avi.cookies["messages"] = resigned(as_avi, f"appointment.cancelled {row.pk}", f"note.signed {note.pk}")
    assert not told(as_avi.get(TODAY))


def test_names_are_escaped(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="<", last_name="%")
    cancel(as_dana, AppointmentFactory(workspace=dana.workspace, client=client))
    html = as_dana.get(TODAY).content.decode()
    assert "<bdi>&lt;. %.</bdi>" in html


def test_undo_posts_to_where_it_is_taken_back(as_dana: Browser, dana: User) -> None:
    row = AppointmentFactory(workspace=dana.workspace)
    cancel(as_dana, row)
    region = live_region(as_dana.get(TODAY))
    (undo,) = re.findall(r'<form method="post" action="([^"]*)"', region)
    as_dana.post(undo)
    with inside(dana):
        assert Appointment.objects.get(pk=row.pk).status == "scheduled"


def announced_in_the_code() -> Iterator[str]:
    for package in ("pazpaz", "audit", "clients", "scheduling", "sessions"):
        for path in (settings.BASE_DIR / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "announce":
                    yield from (
                        part.value
                        for part in ast.walk(node.args[1])
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    )


def test_whatever_is_announced_has_a_sentence() -> None:
    found = set(announced_in_the_code())
    assert len(found) > 5
    assert found <= announcements.codes()


@pytest.mark.parametrize("language", ["en", "he"])
def test_every_sentence_can_be_said(dana: User, language: str) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    note = SessionNoteFactory(workspace=dana.workspace, client=appointment.client)
    with inside(dana):
        assert dana.workspace is not None
        invitation = dana.workspace.invitations.create(email="mia@example.org", role="therapist")
    initials = "<bdi>Y. L.</bdi>"
    targets: dict[str, tuple[models.Model, str]] = {
        "appointment": (appointment, initials),
        "booking": (appointment.client, initials),
        "client": (appointment.client, initials),
        "note": (note, initials),
        "user": (dana, "<bdi>Dana Levi</bdi>"),
        "invitation": (invitation, "<bdi>mia@example.org</bdi>"),
    }
    request: Any = HttpRequest()
    request.user, request.workspace, request.session = dana, dana.workspace, {}
    for code in announcements.codes():
        request._messages = announcements.MessageStorage(request)
        with inside(dana), translation.override(language):
            target, named = targets[code.partition(".")[0]]
            announcements.announce(request, code, target)
            (shown,) = announcements.to_show(request, request._messages)
            words = sentence(shown.sentence, shown.values)
        assert named in words
        assert "%(" not in str(words)


def test_a_code_without_a_sentence_is_an_error_at_once(dana: User) -> None:
    request: Any = HttpRequest()
    request.user = dana
    with pytest.raises(LookupError):
        announcements.announce(request, "appointment.teleported", dana)
