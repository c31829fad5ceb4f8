"""A trail to tamper with, and the hands that do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from audit.verification import Damage, verify
from pazpaz.accounts.models import User
from pazpaz.scope import record
from tests.cast import inside
from tests.conftest import Connection

TABLES = ("audit_auditevent", "audit_audithead")


def write_events(user: User, count: int) -> None:
    """Add events to somebody's trail, each in a scope of its own."""
    for number in range(count):
        with inside(user):
            record("client.searched", count=number)


def damage(user: User) -> Damage | None:
    assert user.workspace is not None
    return verify(user.workspace.pk).damage


def where(found: Damage | None) -> tuple[str, int | None] | None:
    return (found.kind.value, found.sequence) if found else None


def workspace_id(user: User) -> UUID:
    assert user.workspace is not None
    return user.workspace.pk


@contextmanager
def put_back(superuser: Connection) -> Iterator[Connection]:
    """Triggers off, and the trail as it was afterwards: for many deeds in one test."""
    with unguarded(superuser):
        for table in TABLES:
            superuser.execute(f"CREATE TEMP TABLE saved_{table} AS TABLE {table}")
        try:
            yield superuser
        finally:
            for table in TABLES:
                superuser.execute(f"TRUNCATE {table}")
                superuser.execute(f"INSERT INTO {table} TABLE saved_{table}")
                superuser.execute(f"DROP TABLE saved_{table}")


@contextmanager
def unguarded(superuser: Connection) -> Iterator[Connection]:
    """Triggers off: only a superuser or the owner can, and only the hashes can tell."""
    for table in TABLES:
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    try:
        yield superuser
    finally:
        for table in TABLES:
            superuser.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
