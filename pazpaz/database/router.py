"""Two aliases, one database: `default` is the application role, `owner` the role that owns the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import Model

_alias = ContextVar("_alias", default="default")


@contextmanager
def acting_as_owner() -> Iterator[None]:
    """Let queries that name no alias run as the owner: for migrations and maintenance, never for requests."""
    token = _alias.set("owner")
    try:
        yield
    finally:
        _alias.reset(token)


class Router:
    """The application role reads and writes, the owner migrates."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return _alias.get()

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
