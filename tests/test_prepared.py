"""Statements kept by the server: as good as the others, also when they are gone or cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from pazpaz.database.prepared import prepared_cursor
from tests.conftest import Connection

TWICE = "SELECT %s::int * 2"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _new_connection() -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def twice(number: int) -> int:
    with prepared_cursor(connection) as cursor:
        cursor.execute(TWICE, [number])
        (answer,) = cursor.fetchone()
    return int(answer)


def kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def end_of_request() -> None:
    connection.close_if_unusable_or_obsolete()


def test_a_statement_is_kept_from_its_first_use() -> None:
    assert [twice(4), twice(5)] == [8, 10]
    assert kept() == ["SELECT $1::int * 2"]


def test_nothing_is_kept_for_a_pooler_that_cannot(settings: Settings) -> None:
    settings.DATABASE_PREPARED_STATEMENTS = False
    assert [twice(4), twice(5)] == [8, 10]
    assert kept() == []


def test_other_statements_are_never_kept_neither_by_the_driver() -> None:
    twice(4)
    for number in range(10):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [f"Yonatan {number}"])
    assert kept() == ["SELECT $1::int * 2"]
    driver = connection.connection._prepared
    assert [query for query, *_types in (*driver._counts, *driver._names)] == [b"SELECT $1::int * 2"]


def test_a_transaction_rolled_back_is_survived() -> None:
    twice(4)
    with suppress(RuntimeError), transaction.atomic():
        twice(4)
        raise RuntimeError
    with transaction.atomic():
        with suppress(DatabaseError), transaction.atomic():
            twice(2**31)
        assert twice(4) == 8


def test_it_is_logged_and_counted_as_any_other() -> None:
    with CaptureQueriesContext(connection) as queries:
        twice(4)
    [query] = queries
    assert TWICE in query["sql"]


def test_its_errors_are_djangos() -> None:
    with pytest.raises(DatabaseError), prepared_cursor(connection) as cursor:
        cursor.execute("SELECT nothing_like_this", [])
    assert twice(4) == 8


def test_statements_lost_on_the_way_cost_one_request() -> None:
    """A pooler without its own list handed us another connection of its own."""
    twice(4)
    connection.connection.pgconn.exec_(b"DEALLOCATE ALL")
    with pytest.raises(DatabaseError):
        twice(4)
    end_of_request()
    assert twice(4) == 8


def test_a_column_changed_by_a_migration_costs_one_request(superuser: Connection) -> None:
    superuser.execute("CREATE TABLE changing (name varchar(10))")
    superuser.execute("GRANT SELECT ON changing TO PUBLIC")

    def read() -> None:
        with prepared_cursor(connection) as cursor:
            cursor.execute("SELECT name FROM changing", [])

    try:
        read()
        superuser.execute("ALTER TABLE changing ALTER name TYPE varchar(20)")
        with pytest.raises(DatabaseError):
            read()
        end_of_request()
        read()
    finally:
        superuser.execute("DROP TABLE changing")


def test_a_lost_connection_is_replaced_before_it_is_used(
    superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    twice(4)
    superuser.execute(f"SELECT pg_terminate_backend({connection.connection.info.backend_pid})")
    end_of_request()
    assert twice(4) == 8
