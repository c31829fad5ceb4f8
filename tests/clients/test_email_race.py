"""Two people who give two new clients one address at the same moment: one is told, nothing breaks."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import inside, signed_in
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = reverse("clients:create")
ROUNDS = 10
TAKEN = "Another client has this e-mail address."
DUPLICATE = "Perhaps this client is in your list already."


def create(browser: Browser, name: str, email: str) -> tuple[int, str]:
    """In a thread of its own, so with a connection of its own."""
    try:
        response = browser.post(CREATE, {"first_name": name, "last_name": "Levi", "email": email})
        return response.status_code, response.content.decode()
    finally:
        connection.close()


def wait_until_somebody_waits(superuser: psycopg.Connection[tuple[Any, ...]]) -> None:
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _attempt in range(500):
        if superuser.execute(waiting).fetchone() is not None:
            return
        superuser.execute("SELECT pg_sleep(0.02)")
    pytest.fail("nobody waits for the other")


def test_an_address_taken_since_it_was_checked_is_refused_beside_the_field(
    dana: User, noa: User, superuser: psycopg.Connection[tuple[Any, ...]]
) -> None:
    as_noa = signed_in(noa)
    with ThreadPoolExecutor(1) as pool:
        with inside(dana):
            ClientFactory(workspace=dana.workspace, first_name="Ruth", email="twins@example.org")
            answer = pool.submit(create, as_noa, "Noam", "Twins@example.org")
            wait_until_somebody_waits(superuser)
        status, html = answer.result()
    assert status == 422
    assert TAKEN in html
    assert "Open Ruth Levi" in html
    assert 'value="Noam"' in html
    with inside(dana):
        assert Client.objects.count() == 1


def test_of_two_at_once_exactly_one_gets_the_address(dana: User, noa: User) -> None:
    browsers = [signed_in(dana), signed_in(noa)]
    together = Barrier(2)

    def meet(who: int, turn: int) -> tuple[int, str]:
        together.wait()
        return create(browsers[who], f"Twin{who}", f"twins{turn}@example.org")

    with ThreadPoolExecutor(2) as pool:
        for turn in range(ROUNDS):
            created, refused = sorted(pool.map(meet, (0, 1), (turn, turn)))
            assert (created[0], refused[0]) == (302, 422)
            assert TAKEN in refused[1] or DUPLICATE in refused[1]

    with inside(dana):
        assert Client.objects.count() == ROUNDS
