"""The activity page: the trail in sentences, newest first, for owners; looking at it is in it."""

import csv
import re
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from audit.activity import PAGE
from audit.csv_file import harmless
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.scope import Actor, Event, Origin, record, workspace_scope
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db
URL = reverse("audit:activity")
EXPORT = reverse("audit:export")


def page(browser: Browser, query: str = "") -> str:
    response = browser.get(URL + query)
    assert response.status_code == 200
    return response.content.decode()


def texts(html: str) -> list[str]:
    """What the rows say, without the time."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("<tbody>")[2], re.DOTALL)
    bare = [re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<th.*?</th>", "", row))) for row in rows]
    return [text.replace(" :", ":").strip() for text in bare]


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
    assert shown[:3] == [
        "Noa Peretz was refused a page Refused 192.0.2.7",
        "Noa Peretz searched the clients (12) 192.0.2.7",
        "Noa Peretz viewed 3 clients: first name, last name 192.0.2.7",
    ]
    assert shown[-1] == "Command tests created the practice"


def test_it_shows_ids_as_links_and_no_client_data(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, first_name="Zebulon", last_name="Xanthopoulos")
    appointment = AppointmentFactory(workspace=dana.workspace, client=client)
    act(
        dana,
        Event("client.viewed", "client", (client.pk,), ("notes",)),
        Event("appointment.booked", "appointment", (appointment.pk,)),
        Event("client.updated", "client", (uuid4(),)),
        Event("access.refused", "access", (client.pk,), outcome="refused"),
    )
    html = page(as_dana)
    assert f'<a href="{reverse("sessions:client", args=[client.pk])}">Client</a>' in html
    assert reverse("scheduling:appointment", args=[appointment.pk]) in html
    assert html.count(">Client</a>") == 1
    assert "Zebulon" not in html
    assert "Xanthopoulos" not in html


def test_fifty_a_page_and_the_older_ones_behind_a_link(as_dana: Browser, dana: User) -> None:
    with inside(dana):
        for number in range(PAGE + 5):
            record("client.searched", count=number)
    first = page(as_dana)
    assert len(texts(first)) == PAGE
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = page(as_dana, older.removeprefix(URL))
    assert len(texts(second)) == 5 + 3
    assert not set(re.findall(r"\((\d+)\)", first)) & set(re.findall(r"clients \((\d+)\)", second))
    partial = as_dana.get(
        older, headers={"HX-Request": "true", "HX-Target": "activity-lines"}
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
    assert shown("?action=client.archived") == ["Noa Peretz archived a client Client · History"]
    assert shown(f"?object_id={client.pk}") == [
        "Noa Peretz viewed 2 clients",
        "Noa Peretz changed a client: phone Client · History",
    ]
    assert {text.split(" ")[0] for text in shown("?person=commands")} == {"Command"}
    day = f"{long_ago:%Y-%m-%d}"
    assert shown(f"?since={day}&until={day}") == ["Noa Peretz moved an appointment"]
    assert shown("?until=2000-01-01") == []


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
    as_dana.get(EXPORT)
    looks = events(dana, "trail.viewed")
    assert [event.metadata["filtered"] for event in looks] == [False, True]
    assert looks[0].actor_id == dana.pk
    [exported] = events(dana, "trail.exported")
    assert exported.metadata["count"] == exported.sequence - 1
    assert "looked at the activity" in page(as_dana)


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
