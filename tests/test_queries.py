"""How many queries a page may cost, however much a practice has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client
from pazpaz.accounts.models import Invitation
from pazpaz.scope import record
from scheduling.models import Appointment, Location, Service
from sessions.models import SessionNote
from tests.cast import inside
from tests.factories import UserFactory, make_owner
from tests.full_practice import Ids, fill
from tests.url_table import MEMBERS, PAGES, Browsers, Url, everybody

MOST = 12
ROWS = 30
NOT_A_QUERY = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT")


@pytest.fixture(scope="module")
def practice(shared_db: None) -> tuple[Ids, Browsers]:
    """A practice with many rows of everything that a page lists."""
    dana = make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")
    ids = fill(dana)
    workspace = dana.workspace
    assert workspace is not None
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(ROWS):
        UserFactory(workspace=workspace, email=f"person{number}@example.org")
    with inside(dana):
        Service.objects.bulk_create(Service(workspace=workspace, name=f"Name {n}") for n in range(ROWS))
        Location.objects.bulk_create(Location(workspace=workspace, name=f"Name {n}") for n in range(ROWS))
        Invitation.objects.bulk_create(
            Invitation(workspace=workspace, email=f"invited{n}@example.org") for n in range(ROWS)
        )
        clients = Client.objects.bulk_create(
            Client(workspace=workspace, first_name=f"First {n}", last_name=f"Last {n}")
            for n in range(2 * ROWS)
        )
        for client in clients[:ROWS]:
            client.archive()
        busy = workspace.clients.get(pk=ids["client"]["client_id"])
        for client in (busy, *clients[ROWS:]):
            appointments = Appointment.objects.bulk_create(
                Appointment(
                    workspace=workspace,
                    client=client,
                    therapist=dana,
                    service=workspace.services.first(),
                    location=workspace.locations.first(),
                    scheduled_start=hour + timedelta(hours=n),
                    scheduled_end=hour + timedelta(hours=n + 1),
                    overlap_allowed=True,
                )
                for n in range(ROWS if client is busy else 1)
            )
            SessionNote.objects.bulk_create(
                SessionNote(
                    workspace=workspace, client=client, author=dana, session_date=hour, appointment=each
                )
                for each in appointments
            )
        for number in range(ROWS):
            record("client.viewed", clients[number], fields=["first_name"])
    return ids, everybody(dana)


@pytest.mark.parametrize(
    "url", [url for url in PAGES if url.roles & MEMBERS], ids=lambda url: url.name + url.query
)
def test_a_page_costs_few_queries(url: Url, practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    browser = browsers[url.visitor]
    browser.get(url.path(ids))  # the clock of the session, and what a process looks up once
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url.path(ids)).status_code == 200
    queries = [query["sql"] for query in captured if not query["sql"].startswith(NOT_A_QUERY)]
    assert len(queries) <= MOST, "\n".join(queries)
