"""Two people change the consents of one client at the same moment."""

import time
from datetime import date
from threading import Thread

import pytest
from django.db import connection, connections

from clients.consents import Consent
from clients.models import Client
from pazpaz.accounts.models import User
from tests.cast import inside
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for_a_lock() -> None:
    """Return when another transaction waits for this one."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nothing waits.")


def test_a_consent_given_while_another_is_withdrawn_still_counts(dana: User, noa: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    facts = {"workspace": dana.workspace, "client": client}
    earlier = Consent(given_on=date(2024, 3, 1), text="Version 1", recorded_by=dana, **facts)
    with inside(dana):
        earlier.give()

    def withdraw() -> None:
        with inside(noa):
            Consent.objects.get(pk=earlier.pk).withdraw(noa)
        connections.close_all()

    other = Thread(target=withdraw)
    with inside(dana):
        Consent(given_on=date(2025, 3, 1), text="Version 2", recorded_by=dana, **facts).give()
        other.start()
        wait_for_a_lock()
    other.join()

    with inside(dana):
        assert Client.objects.get(pk=client.pk).consent_status
        assert Consent.objects.filter(withdrawn_at=None).count() == 1
