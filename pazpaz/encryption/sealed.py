"""The value of an encrypted column in an instance: sealed until it is read, and again when it is saved."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, Self
from uuid import UUID

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from pazpaz.encryption.vault import current_vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pazpaz.encryption.fields import EncryptedField

UNREAD = object()
_hands_off: ContextVar[bool] = ContextVar("pazpaz_hands_off", default=False)


@contextmanager
def hands_off() -> Iterator[None]:
    """Within the block attributes give and take `Sealed` as they are: copied between instances, unopened."""
    before = _hands_off.set(True)
    try:
        yield
    finally:
        _hands_off.reset(before)


def are_hands_off() -> bool:
    """Return whether a hands_off() block is open."""
    return _hands_off.get()


class Sealed:
    """One value of an encrypted column, opened or not. It prints as <sealed>, whatever it holds."""

    __slots__ = ("before", "plain", "row", "token")

    def __init__(self, token: str | None, row: UUID | None = None) -> None:
        self.token = token
        self.row = row
        self.plain: Any = UNREAD
        self.before: Sealed | None = None

    @classmethod
    def fresh(cls, plain: Any, before: Any) -> Self:
        """Return a value that was assigned and is not sealed yet; `before` is what it replaces."""
        self = cls(None)
        self.plain = plain
        if isinstance(before, Sealed):
            self.before = before if before.token is not None else before.before
        return self

    def __repr__(self) -> str:
        return "<sealed>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A sealed value cannot be copied on its own; copy its model instance.")


class SealedAttribute(DeferredAttribute):
    """The attribute of an encrypted field: opens on first read, remembers what an assignment replaces."""

    field: EncryptedField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname, UNREAD)
        if value is UNREAD:
            value = super().__get__(instance, cls)
        if value is None:
            return None
        if _hands_off.get():
            return value
        if value.plain is UNREAD:
            row = value.row or instance.__dict__.get("_row_as_loaded") or instance.pk
            value.plain = self.field.open(current_vault(), row, value.token)
        return value.plain

    def __set__(self, instance: models.Model, value: Any) -> None:
        held = instance.__dict__
        name = self.field.attname
        if value is None or isinstance(value, Sealed):
            held[name] = value
        else:
            held[name] = Sealed.fresh(value, held.get(name))
