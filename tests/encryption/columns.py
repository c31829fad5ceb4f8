"""What PostgreSQL really holds, and a second generation of keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models, transaction

from pazpaz.accounts.keyring import forget_keys
from pazpaz.accounts.models import User, WorkspaceKey
from pazpaz.encryption.keys import check_value
from pazpaz.encryption.providers import master_keys
from tests.cast import inside


def stored(row: models.Model, *columns: str) -> tuple[Any, ...]:
    """The columns of a row as they stand in the table; needs an open scope."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return tuple(cursor.fetchone() or ())


def store(row: models.Model, **columns: Any) -> None:
    """Write columns past the ORM; needs an open scope."""
    changes = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {row._meta.db_table} SET {changes} WHERE id = %s", [*columns.values(), row.pk]
        )


def new_generation(user: User, generation: int = 2) -> None:
    """Give somebody's workspace a new data key; the ones before only open."""
    with inside(user) as scope:
        workspace = scope.workspace
        keys = WorkspaceKey.objects.filter(workspace=workspace, purpose="data")
        keys.update(state=WorkspaceKey.State.DECRYPT_ONLY)
        key, ring = os.urandom(32), master_keys()
        WorkspaceKey.objects.create(
            workspace=workspace,
            generation=generation,
            purpose="data",
            wrapped_key=ring.wrap(key, workspace_id=workspace.pk, generation=generation, purpose="data"),
            wrapping_key_id=ring.current.id,
            check_value=check_value(key),
        )
        forget(workspace.pk)


def forget(workspace_id: UUID) -> None:
    forget_keys(workspace_id)


@contextmanager
def refused(kind: type[Exception], match: str | None = None) -> Iterator[None]:
    """The block raises, and the transaction around it goes on."""
    with pytest.raises(kind, match=match), transaction.atomic():
        yield
