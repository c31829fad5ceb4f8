"""The list of clients: by name, 50 a page, with what their appointments say."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import events, inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory

pytestmark = pytest.mark.django_db

LIST = reverse("clients:list")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARTIAL = {"HX-Request": "true", "HX-Target": "client-results"}


def names(browser: Browser, query: str = "") -> list[str]:
    return [client.full_name for client in browser.get(LIST + query).context["clients"]]


def test_clients_stand_in_the_order_of_their_family_names(as_dana: Browser, dana: User) -> None:
    for first, last in [("Zoe", "Ávila"), ("Ben", "Zohar"), ("O'Brien", "כהן 🌊"), ("Anna", "avila")]:
        ClientFactory(workspace=dana.workspace, first_name=first, last_name=last)
    assert names(as_dana) == ["Anna avila", "Zoe Ávila", "Ben Zohar", "O'Brien כהן 🌊"]


@time_machine.travel(MONDAY, tick=False)
def test_a_row_says_next_last_and_how_many(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    for days, status in [
        (-9, "completed"),
        (-2, "completed"),
        (-1, "no_show"),
        (1, "cancelled"),
        (3, "scheduled"),
        (5, "scheduled"),
    ]:
        start = MONDAY + days * DAY
        AppointmentFactory(workspace=dana.workspace, client=client, scheduled_start=start, status=status)
    (row,) = as_dana.get(LIST).context["clients"]
    assert (row.next_scheduled, row.last_completed) == (MONDAY + 3 * DAY, MONDAY - 2 * DAY)
    assert row.appointment_count == 6
    html = as_dana.get(LIST).content.decode()
    assert "Thu 19 Nov, 10:00" in html, "in the workspace's zone"
    assert "14 Nov 2026" in html


def test_a_client_without_appointments_has_an_empty_row(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    (row,) = as_dana.get(LIST).context["clients"]
    assert (row.next_scheduled, row.last_completed, row.appointment_count) == (None, None, 0)


def test_fifty_clients_make_a_page(as_dana: Browser, dana: User) -> None:
    for n in range(52):
        ClientFactory(workspace=dana.workspace, last_name=f"Levi {n:02}")
    assert len(names(as_dana)) == 50
    assert names(as_dana, "?page=2") == ["Yonatan Levi 50", "Yonatan Levi 51"]
    assert names(as_dana, "?page=nonsense")[0] == "Yonatan Levi 00"
    assert as_dana.get(LIST, headers=PARTIAL).content.decode().strip().startswith("<section id=")


def test_archived_clients_have_a_list_of_their_own(as_dana: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    gone = ClientFactory(workspace=dana.workspace, first_name="Ruth")
    with inside(dana):
        Client.objects.get(pk=gone.pk).archive()
    assert names(as_dana) == ["Yonatan Levi"]
    assert names(as_dana, "?state=archived") == ["Ruth Levi"]
    assert '<span class="pill">Archived</span>' in as_dana.get(LIST + "?state=archived").content.decode()


def test_an_empty_list_leads_to_the_first_client(as_dana: Browser) -> None:
    html = as_dana.get(LIST).content.decode()
    assert "No clients yet" in html
    assert html.count(reverse("clients:create")) == 2
    assert "No archived clients" in as_dana.get(LIST + "?state=archived").content.decode()


def test_another_workspace_lists_nothing_of_it(as_omer: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert names(as_omer) == []


def test_an_assistant_sees_the_same_list(as_avi: Browser, dana: User) -> None:
    ClientFactory(workspace=dana.workspace)
    assert names(as_avi) == ["Yonatan Levi"]


def test_only_what_the_page_shows_counts_as_read(as_dana: Browser, dana: User) -> None:
    for n in range(52):
        ClientFactory(workspace=dana.workspace, last_name=f"Levi {n:02}", phone="030 1234567")
    as_dana.get(LIST)
    (event,) = events(dana, "client.viewed")
    assert len(event.object_ids) == 50
    assert event.fields == ["first_name", "last_name", "phone"]


def test_queries_do_not_grow_with_clients_or_appointments(
    as_dana: Browser, dana: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def look() -> int:
        as_dana.get(LIST)  # seals the directory again, after the change
        with CaptureQueriesContext(connection) as queries:
            as_dana.get(LIST)
        return len(queries)

    ClientFactory(workspace=dana.workspace)
    few = look()
    for n in range(20):
        client = ClientFactory(workspace=dana.workspace)
        AppointmentFactory(workspace=dana.workspace, client=client, scheduled_start=MONDAY + n * HOUR)
    assert look() == few
    with django_assert_max_num_queries(12):
        as_dana.get(LIST)


def test_other_methods_are_refused(as_dana: Browser) -> None:
    assert as_dana.delete(LIST).status_code == 405
