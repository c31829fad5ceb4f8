"""Scopes that write into one trail while others are open, and trails tampered with meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from audit.chain import MOST_AT_ONCE, TrailBroken
from pazpaz.accounts.models import User
from pazpaz.events import Actor, Origin
from pazpaz.scope import record, workspace_scope
from tests.audit.trail import damage, unguarded, write_events
from tests.cast import events, inside
from tests.conftest import Connection

pytestmark = pytest.mark.django_db


def write_in_one_scope(user: User, count: int) -> None:
    with inside(user):
        for number in range(count):
            record("client.searched", count=number)


def in_a_thread(act: Callable[[], None]) -> None:
    """Do something on another connection, and wait for it."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(run).result()


@pytest.mark.django_db(transaction=True)
def test_the_trail_costs_two_statements_however_many_write(dana: User) -> None:
    with CaptureQueriesContext(connection) as alone, inside(dana):
        record("client.searched")
    with CaptureQueriesContext(connection) as overtaken, inside(dana):
        record("client.searched")
        in_a_thread(lambda: write_events(dana, 1))
    # BEGIN, the workspace, the head, the events, COMMIT
    assert [len(queries) for queries in (alone, overtaken)] == [5, 5]
    assert damage(dana) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("UPDATE audit_audithead SET sequence = 0", "altered"),
        ("UPDATE audit_audithead SET hash = sha256(hash)", "altered"),
        ("UPDATE audit_audithead SET seal = sha256(seal)", "altered"),
        ("UPDATE audit_audithead SET key_id = 'another'", "altered"),
        ("DELETE FROM audit_audithead", "missing"),
    ],
)
def test_a_head_damaged_while_a_scope_is_open_stops_the_writing(
    dana: User, superuser: Connection, deed: str, said: str
) -> None:
    def act() -> None:
        with inside(dana):
            record("client.searched")
            superuser.execute(deed)

    write_events(dana, 2)
    with unguarded(superuser), pytest.raises(TrailBroken, match=said):
        act()
    assert len(events(dana, "client.searched")) == 2


@pytest.mark.django_db(transaction=True)
def test_an_open_scope_does_not_vouch_for_a_trail_cut_back_to_where_it_was_opened(
    dana: User, superuser: Connection
) -> None:
    def act() -> None:
        with inside(dana):
            record("client.searched")
            in_a_thread(lambda: write_events(dana, 3))
            superuser.execute("DELETE FROM audit_auditevent WHERE sequence > 5")
            superuser.execute(
                "UPDATE audit_audithead SET sequence = 5, seal = sha256(seal), "
                "hash = (SELECT hash FROM audit_auditevent WHERE sequence = 5)"
            )

    write_events(dana, 2)
    with unguarded(superuser), pytest.raises(TrailBroken, match="altered"):
        act()
    found = damage(dana)
    assert found is not None


@pytest.mark.django_db(transaction=True)
def test_events_swallowed_on_the_way_stop_the_writing(dana: User, superuser: Connection) -> None:
    superuser.execute(
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"
    )
    superuser.execute(
        "CREATE TRIGGER swallow BEFORE INSERT ON audit_auditevent "
        "FOR EACH ROW WHEN (NEW.metadata = '{\"count\": 1}') EXECUTE FUNCTION swallow()"
    )
    try:
        with pytest.raises(TrailBroken, match="did not write every event"):
            write_in_one_scope(dana, 3)
    finally:
        superuser.execute("DROP FUNCTION swallow CASCADE")
    assert not events(dana, "client.searched")
    assert damage(dana) is None


def test_the_server_keeps_one_statement_for_a_number_of_events(dana: User) -> None:
    def kept() -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_prepared_statements WHERE statement LIKE 'WITH head%'")
            return {name for (name,) in cursor.fetchall()}

    assert dana.workspace is not None
    write_events(dana, 1)
    before = kept()
    with inside(dana):
        record("client.updated", ids=[uuid4()], fields=["phone"], count=2**40)
    with workspace_scope(dana.workspace, Actor.running("purge"), Origin(uuid4(), "0123456789abcdef", "::1")):
        record("client.updated", ids=[uuid4(), uuid4()])
    assert before
    assert kept() == before


@pytest.mark.parametrize("count", [MOST_AT_ONCE, MOST_AT_ONCE + 1, 3 * MOST_AT_ONCE + 7])
@pytest.mark.django_db(transaction=True)
def test_any_number_of_events_is_one_chain(dana: User, count: int) -> None:
    with inside(dana):
        for number in range(count):
            record("client.searched", count=number)
        in_a_thread(lambda: write_events(dana, 1))
    found = events(dana, "client.searched")
    assert [event.metadata["count"] for event in found] == [0, *range(count)]
    assert damage(dana) is None
