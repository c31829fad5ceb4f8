"""Blind index: a keyed digest beside an encrypted column, for the few values a database must find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models

from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import Vault, current_vault

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from pazpaz.encryption.models import SealedModel

Normaliser = Callable[[str, str], str]
DIGEST_BYTES = 16


class BlindIndexField(models.BinaryField[Any, Any]):
    """16 bytes of HMAC-SHA256 of the normalised source value under the workspace's index key, or NULL.

    Every write path computes it from its source. `label` carries the version of the normaliser
    (`client.email#n1`): a changed function is a new label and a rebuild, never a silent miss.
    """

    def __init__(self, source: str, *, label: str, normalise: Normaliser, **kwargs: Any) -> None:
        kwargs.update(max_length=DIGEST_BYTES, null=True, editable=False)
        super().__init__(**kwargs)
        self.source = source
        self.label = label
        self.normalise = normalise

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, _args, kwargs = super().deconstruct()
        for implied in ("max_length", "null", "editable"):
            kwargs.pop(implied, None)
        return name, path, [self.source], {**kwargs, "label": self.label, "normalise": self.normalise}

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Accept an index only beside a value, so that SQL which clears a column must clear its index too."""
        column = connection.ops.quote_name(str(self.column))
        source = connection.ops.quote_name(str(self.source_of(self.model).column))
        return f"{column} IS NULL OR (octet_length({column}) = {DIGEST_BYTES} AND {source} IS NOT NULL)"

    def source_of(self, model: type[models.Model]) -> EncryptedField:
        """Return the column that is indexed."""
        source = model._meta.get_field(self.source)
        assert isinstance(source, EncryptedField)
        return source

    def digest(self, text: str | None, vault: Vault | None = None) -> bytes | None:
        """Return the index of a text in the open workspace, or None when its normal form is empty."""
        vault = vault or current_vault()
        bare = self.normalise(text, vault.region) if text else ""
        return vault.keys.digest(self.label, bare.encode())[:DIGEST_BYTES] if bare else None

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        source = self.source_of(type(model_instance))
        if source.attname not in model_instance.__dict__:
            # The source was not loaded, so it cannot have changed.
            kept: bytes | None = getattr(model_instance, self.attname)
            return kept
        value: Sealed | None = model_instance.__dict__[source.attname]
        index = self.digest(self._plain(source, model_instance, value))
        setattr(model_instance, self.attname, index)
        return index

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in {"exact", "in", "isnull"}:
            raise FieldError(f"{self.label} is a blind index: it supports equality only (digest(text)).")
        return super().get_lookup(lookup_name)

    @staticmethod
    def _plain(source: EncryptedField, instance: models.Model, value: Sealed | None) -> str | None:
        if value is None:
            return None
        if value.token is None:
            plain: str | None = source.to_python(value.plain)
            return plain
        row = value.row or instance.__dict__.get("_row_as_loaded") or instance.pk
        plain = source.decrypt_unrecorded(
            current_vault(), row, value.token, reason="computes the blind index; no user sees the value"
        )
        return str(plain)


def indexes_of(model: type[models.Model], source: str) -> list[BlindIndexField]:
    """Return the blind indexes of a column."""
    return [f for f in model._meta.concrete_fields if isinstance(f, BlindIndexField) and f.source == source]


def rebuild(objects: Sequence[SealedModel], field: BlindIndexField) -> None:
    """Recompute one blind index of loaded rows, after its normaliser, key or region changed."""
    for instance in objects:
        field.pre_save(instance, add=False)
    models.QuerySet[Any](field.model).bulk_update(objects, [field.name])
