"""Tells PostgreSQL which workspace a transaction belongs to; row-level security does the rest."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import connection
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

SETTING = "pazpaz.workspace"
logger = logging.getLogger("pazpaz.database")


def open_workspace(workspace_id: UUID, *, reading: str = "") -> tuple[str, ...] | None:
    """Set the workspace for the running transaction only: a session-level SET would reach a pool's next user.

    `reading` is a query whose first row is read on the same way and returned, as the texts of its columns:
    None when there is no row, or when it was not read because the transaction had begun already.
    Raises RuntimeError outside a transaction, where PostgreSQL would forget the workspace at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A workspace is opened inside a transaction.")
    begun = _begin(workspace_id, reading)
    if begun is None:
        _set(str(workspace_id))
    elif reading and begun.ntuples:
        return tuple(_text(begun.get_value(0, column)) for column in range(begun.nfields))
    return None


def close_workspace() -> None:
    """Forget the workspace where the transaction goes on (a scope inside a larger one, as in tests)."""
    if connection.in_atomic_block and not connection.needs_rollback:
        _set("")


def _begin(workspace_id: UUID, reading: str) -> PGresult | None:
    """Begin the transaction that the driver would begin with the first statement, set the workspace, read.

    All in one round trip, on every request. Returns None where that is not the same: in a transaction, or
    with settings of its own for transactions; and when it fails, which is logged: the ordinary way then
    raises what Django knows how to handle. A UUID has nothing that needs quoting.
    """
    driver = connection.connection
    plain = driver.isolation_level is driver.read_only is driver.deferrable is None
    if not plain or driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return None
    command = f"BEGIN; SELECT set_config('{SETTING}', '{UUID(str(workspace_id))}', true); {reading}"
    result: PGresult = driver.pgconn.exec_(command.encode())
    if result.status == ExecStatus.TUPLES_OK:
        return result
    logger.warning("A workspace was not opened: %s", result.error_message.decode(errors="replace").strip())
    return None


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
