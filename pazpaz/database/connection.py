"""Tells PostgreSQL which workspace a transaction belongs to; row-level security does the rest."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

SETTING = "pazpaz.workspace"


def open_workspace(workspace_id: UUID) -> None:
    """Set the workspace for the running transaction only: a session-level SET would reach a pool's next user.

    Raises RuntimeError outside a transaction, where PostgreSQL would forget the workspace at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A workspace is opened inside a transaction.")
    _set(str(workspace_id))


def close_workspace() -> None:
    """Forget the workspace where the transaction goes on (a scope inside a larger one, as in tests)."""
    if connection.in_atomic_block and not connection.needs_rollback:
        _set("")


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
