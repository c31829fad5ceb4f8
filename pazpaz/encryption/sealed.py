"""The value of an encrypted column in a model instance: decrypted at the first read, encrypted at save()."""

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
_raw_values: ContextVar[bool] = ContextVar("pazpaz_raw_values", default=False)


@contextmanager
def raw_values() -> Iterator[None]:
    """Within the block, encrypted attributes return and accept `Sealed` objects and decrypt nothing."""
    before = _raw_values.set(True)
    try:
        yield
    finally:
        _raw_values.reset(before)


def raw_values_active() -> bool:
    """Return whether a raw_values() block is open."""
    return _raw_values.get()


class Sealed:
    """One value of an encrypted column, decrypted or not. Its repr is always <sealed>."""

    __slots__ = ("before", "plain", "row", "token")

    def __init__(self, token: str | None, row: UUID | None = None) -> None:
        self.token = token
        self.row = row
        self.plain: Any = UNREAD
        self.before: Sealed | None = None

    @classmethod
    def fresh(cls, plain: Any, before: Any) -> Self:
        """Return an assigned value that is not encrypted yet; `before` is the value it replaces."""
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
    """The attribute of an encrypted field: decrypts at the first read, keeps what an assignment replaces."""

    field: EncryptedField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.field.attname, UNREAD)
        if value is UNREAD:
            value = super().__get__(instance, cls)
        if value is None:
            return None
        if _raw_values.get():
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
