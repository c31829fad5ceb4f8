"""Tells PostgreSQL which workspace a transaction belongs to; row-level security does the rest."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import connection
from psycopg.pq import ExecStatus, TransactionStatus

SETTING = "pazpaz.workspace"
logger = logging.getLogger("pazpaz.tenancy")


def open_workspace(workspace_id: UUID) -> None:
    """Set the workspace for the running transaction only: a session-level SET would reach a pool's next user.

    Raises RuntimeError outside a transaction, where PostgreSQL would forget it at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A workspace is opened inside a transaction.")
    if not _begin(workspace_id):
        _set(str(workspace_id))


def close_workspace() -> None:
    """Forget the workspace where the transaction goes on (a scope inside a larger one, as in tests)."""
    if connection.in_atomic_block and not connection.needs_rollback:
        _set("")


def _begin(workspace_id: UUID) -> bool:
    """Begin the transaction that the driver would begin with the first statement, and set the workspace.

    Both in one round trip, on every request. Returns False where that is not the same: in a transaction, or
    with settings of its own for transactions; and when it fails, which is logged: the ordinary way then
    raises what Django knows how to handle. A UUID has nothing that needs quoting.
    """
    driver = connection.connection
    plain = driver.isolation_level is driver.read_only is driver.deferrable is None
    if not plain or driver.pgconn.transaction_status != TransactionStatus.IDLE:
        return False
    command = f"BEGIN; SELECT set_config('{SETTING}', '{UUID(str(workspace_id))}', true)"
    result = driver.pgconn.exec_(command.encode())
    if result.status == ExecStatus.TUPLES_OK:
        return True
    logger.warning("A workspace was not opened: %s", result.error_message.decode(errors="replace").strip())
    return False


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
