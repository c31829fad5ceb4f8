"""The activity page: the trail in sentences, newest first, for owners; looking at it is in it."""

import csv
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from audit.csv_file import harmless
from audit.lines import PAGE
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.events import Actor, Event, Origin
from pazpaz.scope import record, workspace_scope
from sessions.models import SessionNote
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db
URL = reverse("audit:activity")
EXPORT = reverse("audit:export")


def page(browser: Browser, query: str = "") -> str:
    response = browser.get(URL + query)
    assert response.status_code == 200
    return response.content.decode()


def texts(html: str) -> list[str]:
    """What the rows say, without the time, the headings of the days and what is folded away."""
    rows = re.findall(r"<tr(?: class=\"look\")?><td>(.*?)</tr>", html, re.DOTALL)
    bare = []
    for row in rows:
        _time, _, said = re.sub(r"<ul>.*?</ul>|<span class=\"vh\">.*?</span>", "", row).partition("</td>")
        bare.append(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", said)))
    return [text.replace(" :", ":").replace(" ,", ",").strip() for text in bare]


def _inside(user: User, clients: list[Client]) -> list[Client]:
    with inside(user):
        found = list(Client.objects.filter(pk__in=[client.pk for client in clients]))
        for client in found:
            _ = client.initials
    return sorted(found, key=lambda client: [c.pk for c in clients].index(client.pk))


def follow(browser: Browser, query: str = "") -> list[str]:
    """Every page from the first one on, along the links that are there."""
    pages = [page(browser, query)]
    while links := re.findall(r'rel="next" href="([^"]+)"\s+hx-get="([^"]+)"', pages[-1]):
        [(plain, by_htmx)] = links
        assert plain == by_htmx
        pages.append(page(browser, unescape(plain).removeprefix(URL)))
        assert len(pages) < 50
    return pages


def act(user: User, *did: Event) -> None:
    assert user.workspace is not None
    with workspace_scope(user.workspace, user, Origin(ip="192.0.2.7")) as scope:
        scope.events += did


def test_it_tells_who_did_what_in_sentences(as_dana: Browser, dana: User, noa: User) -> None:
    clients = [ClientFactory(workspace=dana.workspace) for _n in range(3)]
    ids = tuple(client.pk for client in clients)
    act(
        noa,
        Event("client.viewed", "client", ids, ("first_name", "last_name")),
        Event("client.searched", "client", metadata={"count": 12}),
        Event("access.refused", outcome="refused"),
    )
    shown = texts(page(as_dana))
    assert shown[0] == "Noa Peretz was refused a page Refused 192.0.2.7"
    assert shown[-1] == "Command tests created the practice"
    shown = texts(page(as_dana, "?looks=on"))
    assert "Noa Peretz searched the clients viewed 3 clients 192.0.2.7" in shown


def test_a_client_appears_by_initials_that_lead_to_the_page(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Zebulon", last_name="Xanthopoulos")
    appointment = AppointmentFactory(workspace=dana.workspace, client=client)
    note = SessionNoteFactory(workspace=dana.workspace, client=client)
    act(
        dana,
        Event("client.updated", "client", (client.pk,), ("notes",)),
        Event("appointment.booked", "appointment", (appointment.pk,)),
        Event("session_note.signed", "session_note", (note.pk,)),
    )
    html = page(as_dana)
    of_client = f'<a href="{reverse("sessions:client", args=[client.pk])}"><bdi>Z.X.</bdi></a>'
    assert html.count(of_client) == 3
    assert f'<a href="{reverse("scheduling:appointment", args=[appointment.pk])}">booked' in html
    assert f'<a href="{reverse("sessions:note", args=[note.pk])}">signed' in html
    assert "Zebulon" not in html
    assert "Xanthopoulos" not in html


def test_what_no_longer_exists_has_no_links(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Zebulon", last_name="Xanthopoulos")
    draft = SessionNoteFactory(workspace=dana.workspace, client=client, is_draft=True)
    with inside(dana):
        SessionNote.objects.filter(pk=draft.pk).update(deleted_at=timezone.now())
    act(
        dana,
        Event("client.updated", "client", (uuid4(),)),
        Event("appointment.booked", "appointment", (uuid4(),)),
        Event("session_note.deleted", "session_note", (draft.pk,)),
        Event("access.refused", "access", (client.pk,), outcome="refused"),
    )
    html = page(as_dana)
    assert reverse("sessions:note", args=[draft.pk]) not in html
    assert html.count("<bdi>Z.X.</bdi>") == 1  # whose draft it was
    assert "object_id=" not in html
    assert len(re.findall(r'<td><a href="/(?:clients|appointments|notes)/', html)) == 1


def test_showing_initials_is_recorded_as_the_look_it_is(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    act(dana, Event("client.updated", "client", (client.pk,), ("phone",)))
    as_dana.get(URL)
    [look] = events(dana, "client.viewed")
    assert (look.object_id, look.fields) == (client.pk, ["first_name", "last_name"])
    for _turn in range(3):
        as_dana.get(URL)
    assert (
        texts(page(as_dana))[0]
        == "Dana Levi changed a client: phone " + texts(page(as_dana))[0].split("phone ")[1]
    )
    [mine, *_rest] = [text for text in texts(page(as_dana, "?looks=on")) if text.startswith("Dana Levi")]
    assert mine.startswith("Dana Levi viewed a client looked at the activity")


def test_looks_are_behind_a_switch_and_folded_by_person_and_minute(
    as_dana: Browser, dana: User, noa: User
) -> None:
    clients = [ClientFactory(workspace=dana.workspace) for _n in range(5)]
    minute = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)
    looks = [
        Event("client.viewed", "client", (client.pk,), ("phone",), at=minute + timedelta(seconds=n))
        for n, client in enumerate(clients)
    ]
    act(noa, *looks, Event("client.archived", "client", (clients[0].pk,), at=minute + timedelta(seconds=3)))
    act(dana, Event("session_note.viewed", "session_note", (uuid4(),), at=minute + timedelta(seconds=4)))
    act(noa, Event("client.viewed", "client", (clients[0].pk,), at=minute - timedelta(seconds=1)))
    assert [text for text in texts(page(as_dana)) if "viewed" in text] == []
    html = page(as_dana, "?looks=on")
    initials = [client.initials for client in _inside(dana, clients)]
    shown = [re.sub(r" 192.0.2.7$", "", text) for text in texts(html)]
    assert [text for text in shown if text.startswith(("Noa", "Dana Levi viewed a session"))] == [
        "Dana Levi viewed a session note",
        f"Noa Peretz viewed 5 clients {', '.join(reversed(initials[2:]))} +2",
        f"Noa Peretz archived a client {initials[0]} History",
        f"Noa Peretz viewed a client {initials[0]} History",
    ]
    [folded] = re.findall(r"<bdi>viewed 5 clients</bdi></span></summary><ul>(.*?)</ul>", html)
    assert folded.count("viewed a client: phone<") == 5
    assert 'aria-current="true">Changes and looks</a>' in html


def test_asking_for_a_look_shows_it_without_the_switch(as_dana: Browser, dana: User) -> None:
    act(dana, Event("client.searched", "client", metadata={"count": 7}))
    assert texts(page(as_dana, "?action=client.searched")) == ["Dana Levi searched the clients (7) 192.0.2.7"]


def test_rows_stand_under_the_days_they_happened_on(as_dana: Browser, dana: User) -> None:
    day = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)
    act(
        dana, *(Event("client.archived", "client", (uuid4(),), at=day + timedelta(hours=n)) for n in range(3))
    )
    html = page(as_dana, "?action=client.archived")
    headings = re.findall(r'<tr class="day-heading"><th colspan="5" scope="rowgroup">([^<]+)</th>', html)
    assert headings == ["Friday, 6 March 2026", "Thursday, 5 March 2026"]
    assert re.findall(r"<time[^>]*>([^<]+)</time>", html) == ["01:30", "00:30", "23:30"]


@pytest.mark.parametrize("query", ["", "?looks=on", "?action=client.archived", "?person=commands&looks=on"])
def test_the_links_lead_to_the_end_of_the_trail(as_dana: Browser, dana: User, query: str) -> None:
    assert dana.workspace is not None
    start = timezone.now() - timedelta(days=2)
    with inside(dana) as scope:
        for number in range(PAGE + 60):
            # Two of a moment, and one later in the trail than in time, as when a slow request ends.
            at = start + timedelta(seconds=30 * (number // 2 - 7 * (number % 9 == 0)))
            scope.events.append(Event("client.archived", "client", (uuid4(),), at=at))
            scope.events.append(Event("client.viewed", "client", (uuid4(), uuid4()), at=at))
    pages = follow(as_dana, query)
    archived = sum(text.count("archived a client") for html in pages for text in texts(html))
    assert archived == PAGE + 60
    if "looks" in query:
        entries = sum(
            max(1, row.count("<li>"))
            for html in pages
            for row in re.findall(r'<tr class="look">.*?</tr>', html)
        )
        assert entries >= PAGE + 60
    assert len(set(pages)) == len(pages) > 2
    partial = as_dana.get(
        URL + query, headers={"HX-Request": "true", "HX-Target": "activity-lines"}
    ).content.decode()
    assert partial.strip().startswith('<section id="activity-lines"')


def test_it_is_filtered_by_person_kind_action_object_and_day(as_dana: Browser, dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    other = ClientFactory(workspace=dana.workspace)
    long_ago = timezone.now() - timedelta(days=30)
    act(
        noa,
        Event("client.updated", "client", (client.pk,), ("phone",)),
        Event("client.viewed", "client", (client.pk, other.pk)),
        Event("client.archived", "client", (other.pk,)),
        Event("appointment.moved", "appointment", (uuid4(),), at=long_ago),
    )

    def shown(query: str) -> list[str]:
        return [text.removesuffix(" 192.0.2.7") for text in texts(page(as_dana, query))]

    assert shown(f"?person={noa.pk}&kind=appointment") == ["Noa Peretz moved an appointment"]
    assert shown("?action=client.archived")[0].startswith("Noa Peretz archived a client")
    assert [text.partition("client")[0] for text in shown(f"?object_id={client.pk}")] == [
        "Noa Peretz changed a "
    ]
    assert [text.partition("client")[0] for text in shown(f"?object_id={client.pk}&looks=on")] == [
        "Dana Levi viewed a ",  # by initials, on the page before
        "Noa Peretz viewed 2 ",
        "Noa Peretz changed a ",
    ]
    assert {text.split(" ")[0] for text in shown("?person=commands")} == {"Command"}
    day = f"{long_ago:%Y-%m-%d}"
    assert shown(f"?since={day}&until={day}") == ["Noa Peretz moved an appointment"]
    assert shown(f"?since={day}&until={day}&kind=client&looks=on") == []
    assert shown("?until=2000-01-01") == []
    assert shown("?since=0001-01-01&until=9999-12-31&action=client.archived&before=99999") == shown(
        "?action=client.archived"
    )


@pytest.mark.parametrize(
    "query", ["?person=x", "?kind=x", "?action=x", "?since=soon", "?object_id=1", "?before=0"]
)
def test_a_filter_that_makes_no_sense_is_refused(as_dana: Browser, dana: User, query: str) -> None:
    for url in (URL, EXPORT):
        assert as_dana.get(url + query).status_code == 422
    assert events(dana, "trail.viewed") == []


def test_looking_and_exporting_are_recorded(as_dana: Browser, dana: User) -> None:
    as_dana.get(URL)
    as_dana.get(URL + "?kind=client")
    as_dana.get(EXPORT + "?looks=on")
    looks = events(dana, "trail.viewed")
    assert [event.metadata["filtered"] for event in looks] == [False, True]
    assert looks[0].actor_id == dana.pk
    [exported] = events(dana, "trail.exported")
    assert exported.metadata["count"] == exported.sequence - 1
    assert "looked at the activity" in page(as_dana, "?looks=on")
    assert "exported the activity" in page(as_dana)


def test_only_owners_see_it(as_noa: Browser, as_avi: Browser, dana: User) -> None:
    for browser in (as_noa, as_avi):
        for url in (URL, EXPORT):
            assert browser.get(url).status_code == 403
    assert len(events(dana, "access.refused")) == 4


def test_it_can_only_be_read(as_dana: Browser) -> None:
    assert as_dana.post(URL).status_code == 405
    assert as_dana.post(EXPORT).status_code == 405


def test_another_practice_has_another_trail(as_omer: Browser, dana: User, omer: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    act(dana, Event("client.viewed", "client", (client.pk,)))
    html = page(as_omer)
    assert "Dana" not in html
    assert str(client.pk) not in html
    assert texts(page(as_omer, f"?object_id={client.pk}")) == []
    assert as_omer.get(f"{URL}?person={dana.pk}").status_code == 422


def test_it_takes_few_queries_however_much_there_is(
    as_dana: Browser, dana: User, django_assert_max_num_queries: object
) -> None:
    for day in range(3):
        client = ClientFactory(workspace=dana.workspace)
        start = MONDAY + timedelta(days=day)
        appointment = AppointmentFactory(workspace=dana.workspace, client=client, scheduled_start=start)
        act(
            dana,
            Event("client.viewed", "client", (client.pk,)),
            Event("appointment.viewed", "appointment", (appointment.pk,)),
        )
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        as_dana.get(URL)


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    response = browser.get(EXPORT + query)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="activity-\d{4}-\d\d-\d\d\.csv"', response.headers["Content-Disposition"]
    )
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeffnumber,time,person,")
    assert text.endswith("\r\n")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_file_carries_what_the_page_shows(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    act(dana, Event("client.updated", "client", (client.pk,), ("phone", "email"), metadata={"count": 1}))
    [row] = rows(as_dana, "?action=client.updated")
    assert row["person"] == "Dana Levi"
    assert (row["what"], row["fields"]) == ("changed a client (1)", "phone, e-mail")
    assert (row["action"], row["object_ids"], row["address"]) == (
        "client.updated",
        str(client.pk),
        "192.0.2.7",
    )
    assert len(rows(as_dana)) > 3


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", 'a "b", c\nd']
)
def test_no_cell_of_the_file_is_a_formula(as_dana: Browser, dana: User, name: str) -> None:
    User.objects.filter(pk=dana.pk).update(name=name)
    act(dana, Event("client.searched", "client"))
    [row] = rows(as_dana, "?action=client.searched")
    assert row["person"] in (name, f"'{name}")
    assert not row["person"].strip(" ").startswith(("=", "+", "-", "@", "\t"))


def test_harmless_text_stays_as_it_is() -> None:
    assert [harmless(text) for text in ("Dana", "", "a=b", "דנה")] == ["Dana", "", "a=b", "דנה"]


def test_a_name_is_escaped_on_the_page(as_dana: Browser, dana: User) -> None:
    User.objects.filter(pk=dana.pk).update(name="<b>Dana</b>")
    act(dana, Event("client.searched", "client"))
    assert escape("<b>Dana</b>") in page(as_dana)


def test_former_members_and_staff_are_not_nameless(as_dana: Browser, dana: User) -> None:
    assert dana.workspace is not None
    with workspace_scope(dana.workspace, Actor("user", uuid4())):
        record("workspace.inspected", dana.workspace)
    assert "Somebody outside the team looked at the records" in texts(page(as_dana))[0]


def test_the_page_speaks_hebrew(as_dana: Browser, dana: User) -> None:
    assert dana.workspace is not None
    dana.workspace.language = "he"
    dana.workspace.save()
    assert 'dir="rtl"' in page(as_dana)
    with translation.override("he"):
        assert Client._meta.verbose_name
