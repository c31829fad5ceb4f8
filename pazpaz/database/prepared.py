"""Statements that PostgreSQL parses once for each connection, and plans once where that is as good."""

from __future__ import annotations

import time
from typing import Any, Self

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor
from psycopg.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName


def prepared_cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    """Return a cursor of Django's whose statements are prepared at their first use and kept for the next.

    For statements whose text never changes. The server puts the values in, so the text says their type where
    PostgreSQL cannot know it (`%s::uuid`, `= ANY(%s)` instead of `IN %s`). A transaction that is rolled back
    takes the connection's statements along (psycopg's way). With DATABASE_PREPARED_STATEMENTS off nothing is
    kept, and everything works.
    """
    # What BaseDatabaseWrapper._cursor() does, with another cursor inside.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor: CursorWrapper = connection._prepare_cursor(_PreparingCursor(connection))  # type: ignore[attr-defined]
        return cursor


class _PreparingCursor(Cursor[Any]):
    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__(connection.connection)
        self._of = connection

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        if settings.DATABASE_PREPARED_STATEMENTS:
            # For this statement alone: otherwise psycopg would count all others as well, and keep the last
            # hundred of them for it, with what they say of clients.
            self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **options)
        except (FeatureNotSupported, InvalidSqlStatementName, DuplicatePreparedStatement):
            # A migration changed the type of a column, or a pooler does not keep statements: what is prepared
            # on this connection is of no use any more. Django replaces the connection after the request.
            self._of.close_at = time.monotonic()
            raise
        finally:
            self.connection.prepare_threshold = None
