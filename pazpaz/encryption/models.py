"""Base classes of models with encrypted fields: SealedModel and SealedQuerySet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self, TypeVar, overload
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import BaseExpression, Combinable, F

from pazpaz.encryption.blind_index import BlindIndexField, indexes_of
from pazpaz.encryption.errors import Unpicklable
from pazpaz.encryption.fields import RAISE, EncryptedField, require_reason
from pazpaz.encryption.sealed import Sealed, raw_values, raw_values_active
from pazpaz.encryption.vault import Detail, current_vault

M = TypeVar("M", bound="SealedModel", covariant=True)


class SealedQuerySet(models.QuerySet[M]):
    """A queryset over encrypted columns: methods that cannot work raise FieldError."""

    @overload
    def open_values(self, *names: str, event: str, **details: Detail) -> Iterator[tuple[Any, ...]]: ...
    @overload
    def open_values(self, *names: str, unrecorded: str) -> Iterator[tuple[Any, ...]]: ...
    def open_values(self, *names: str, **audit: Any) -> Iterator[tuple[Any, ...]]:
        """Decrypt columns of every row and return (id, values…) of each, cheaper than instances.

        One event records the whole read: `event="client.searched", purpose="duplicates"` names it, with the
        ids, the encrypted columns and the details. `unrecorded="sorting only"` says why none is due. Exactly
        one of the two must be given, or TypeError is raised. Raises ClinicalDataDenied for a clinical field
        that the actor may not see.
        """
        # Refuses before the query runs.
        check_audit_arguments(audit)
        # Not iterator(): its server-side cursor costs three more round trips.
        return open_rows(self.model, names, self.sealed_values(*names), **audit)

    def sealed_values(self, *names: str) -> models.QuerySet[Any, Any]:
        """Return rows (id, stored values…): what open_rows() takes when the query is compiled."""
        rows: models.QuerySet[Any, Any] = super().values_list("pk", *names)
        return rows

    def order_by(self, *field_names: Any) -> Self:
        self._refuse(field_names, "ordered by")
        return super().order_by(*field_names)

    def values(self, *fields: Any, **expressions: Any) -> Any:
        self._refuse_values(fields, expressions)
        return super().values(*fields, **expressions)

    def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> Any:
        self._refuse_values(fields, {})
        return super().values_list(*fields, flat=flat, named=named)

    def annotate(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse((*args, *kwargs.values()), "computed with")
        return super().annotate(*args, **kwargs)

    def alias(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse((*args, *kwargs.values()), "computed with")
        return super().alias(*args, **kwargs)

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._refuse((*args, *kwargs.values()), "aggregated")
        return super().aggregate(*args, **kwargs)

    def distinct(self, *field_names: str) -> Self:
        self._refuse(field_names, "made distinct")
        return super().distinct(*field_names)

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        self._refuse((*args, *_expressions(kwargs.values())), "compared")
        return super().filter(*args, **kwargs)

    def exclude(self, *args: Any, **kwargs: Any) -> Self:
        self._refuse((*args, *_expressions(kwargs.values())), "compared")
        return super().exclude(*args, **kwargs)

    def earliest(self, *fields: Any) -> Any:
        self._refuse(fields or latest_by(self.model), "ordered by")
        return super().earliest(*fields)

    def latest(self, *fields: Any) -> Any:
        self._refuse(fields or latest_by(self.model), "ordered by")
        return super().latest(*fields)

    def update(self, **kwargs: Any) -> int:
        if not raw_values_active():
            for name, value in tuple(kwargs.items()):
                field = self.model._meta.get_field(name)
                if isinstance(field, BlindIndexField):
                    raise FieldError(f"{field.label} follows {field.source} by itself: save that.")
                if isinstance(field, EncryptedField) and value is None:
                    kwargs.update({index.name: None for index in indexes_of(self.model, name)})
        self._refuse(
            (value for name, value in kwargs.items() if not self._is_sealed_write(name)), "computed with"
        )
        return super().update(**kwargs)

    def update_sealed(self, instance: models.Model, values: Mapping[str, Any], **others: Any) -> int:
        """Assign encrypted values to an instance and write them to its row, if this queryset contains it.

        `others` are columns and expressions as update() takes them: `version=F("version") + 1`. Blind indexes
        follow. Returns 1, or 0 when the queryset does not contain the row: its filter is the lock.
        """
        for name, value in values.items():
            if not isinstance(self.model._meta.get_field(name), EncryptedField):
                raise FieldError(f"{name} is not encrypted: pass it by name, as to update().")
            setattr(instance, name, value)
        sealed = {}
        for name in _with_indexes(self.model, values):
            field: models.Field[Any, Any] = self.model._meta.get_field(name)  # type: ignore[assignment]
            sealed[name] = field.pre_save(instance, False)
        for name in others:
            if isinstance(self.model._meta.get_field(name), EncryptedField | BlindIndexField):
                raise FieldError(f"{name} is encrypted or follows an encrypted column: pass it in `values`.")
        self._refuse(_expressions(others.values()), "computed with")
        return super(SealedQuerySet, self.filter(pk=instance.pk)).update(**sealed, **others)

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Any]:
        if update_conflicts and not set(unique_fields or ("",)) <= {"pk", self.model._meta.pk.name}:
            raise FieldError(
                "An upsert on anything but the primary key would store values bound to the rejected row's "
                "id: look the row up, then bulk_create() or bulk_update()."
            )
        if update_fields is not None:
            update_fields = _with_indexes(self.model, update_fields)
        return super().bulk_create(
            objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        rows = list(objs)
        names = _with_indexes(self.model, fields)
        for row in rows:
            for name in names:
                field: models.Field[Any, Any] = self.model._meta.get_field(name)  # type: ignore[assignment]
                field.pre_save(row, False)
        with raw_values():
            return super().bulk_update(rows, names, batch_size)

    def _is_sealed_write(self, name: str) -> bool:
        """Return whether a column is encrypted: bulk_update() writes it, the field refuses other writes."""
        return isinstance(self.model._meta.get_field(name), EncryptedField)

    def _refuse_values(self, fields: Sequence[Any], expressions: dict[str, Any]) -> None:
        everything = [f.name for f in self.model._meta.concrete_fields if isinstance(f, EncryptedField)]
        names = list(fields) or everything
        for name in names:
            if isinstance(name, str) and (field := _encrypted(self.model, name)):
                raise FieldError(
                    f"values() would return {field.label} sealed: "
                    f"use open_values('{name}'), or name other columns."
                )
        computed = [field for field in fields if not isinstance(field, str)]
        self._refuse((*computed, *expressions.values()), "computed with")

    def _refuse(self, expressions: Iterable[Any], deed: str) -> None:
        for field in encrypted_fields_in(self.model, expressions):
            raise FieldError(field.refusal(deed))


def check_audit_arguments(audit: Mapping[str, Any]) -> None:
    """Raise TypeError unless the arguments name either an event or a reason for recording none."""
    if ("event" in audit) == ("unrecorded" in audit):
        raise TypeError('Give either event="…" or unrecorded="why this is not recorded".')
    if "unrecorded" in audit:
        require_reason(audit["unrecorded"])
        if stray := sorted(audit.keys() - {"unrecorded", "damaged"}):
            raise TypeError(f"Only a recorded event has details: {', '.join(stray)}.")
    elif not isinstance(audit["event"], str) or not audit["event"]:
        raise TypeError("The event must be an action of the audit trail, such as client.searched.")


@overload
def open_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    event: str,
    damaged: Any = RAISE,
    **details: Detail,
) -> Iterator[tuple[Any, ...]]: ...
@overload
def open_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    unrecorded: str,
    damaged: Any = RAISE,
) -> Iterator[tuple[Any, ...]]: ...
def open_rows(
    model: type[models.Model],
    names: Sequence[str],
    rows: Collection[Sequence[Any]],
    *,
    damaged: Any = RAISE,
    **audit: Any,
) -> Iterator[tuple[Any, ...]]:
    """Decrypt the rows (id, stored values…) of sealed_values(*names); see SealedQuerySet.open_values().

    `damaged` replaces values that fail to decrypt; without it the error is raised.
    """
    check_audit_arguments(audit)
    vault = current_vault()
    fields = [model._meta.get_field(name) for name in names]
    for field in fields:
        if isinstance(field, EncryptedField):
            vault.check(clinical=field.clinical)
    ids: list[UUID] = [row[0] for row in rows]
    columns: list[Sequence[Any]] = []
    decrypted: list[str] = []
    for place, field in enumerate(fields, start=1):
        values = [row[place] for row in rows]
        if isinstance(field, EncryptedField):
            if any(value is not None for value in values):
                decrypted.append(field.name)
            values = field.decrypt_column(vault, ids, values, damaged=damaged)
        columns.append(values)
    if "event" in audit:
        event = audit.pop("event")
        vault.recorder.record_reads(event, decrypted, ids, audit)
    return zip(ids, *columns, strict=True)


def _with_indexes(model: type[models.Model], names: Iterable[str]) -> list[str]:
    """Return the names with those of the blind indexes that follow them, sources first."""
    given = dict.fromkeys(names)
    return list(given | dict.fromkeys(index.name for name in given for index in indexes_of(model, name)))


def latest_by(model: type[models.Model]) -> Sequence[str]:
    """Return the columns of Meta.get_latest_by."""
    names = model._meta.get_latest_by or ()
    return (names,) if isinstance(names, str) else names


def _expressions(values: Iterable[Any]) -> Iterator[Any]:
    return (value for value in values if isinstance(value, Combinable | BaseExpression))


def _names(expressions: Iterable[Any]) -> Iterator[str]:
    """Yield every column name that expressions, strings and Q objects speak of."""
    for expression in expressions:
        if isinstance(expression, str):
            yield expression.lstrip("-+")
        elif isinstance(expression, F):
            yield expression.name  # type: ignore[attr-defined]
        elif isinstance(expression, models.Q):
            yield from _names(
                child[1] if isinstance(child, tuple) else child
                for child in expression.children
                if not isinstance(child, tuple) or isinstance(child[1], Combinable | BaseExpression)
            )
        elif hasattr(expression, "get_source_expressions"):
            yield from _names(e for e in expression.get_source_expressions() if e is not None)


def _encrypted(model: type[models.Model] | None, path: str) -> EncryptedField | None:
    """Return the encrypted field a lookup path leads through, if any."""
    for part in path.split(LOOKUP_SEP):
        if model is None:
            return None
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        if isinstance(field, EncryptedField):
            return field
        model = field.related_model if isinstance(field.related_model, type) else None
    return None


class SealedModel(models.Model):
    """Base of models with encrypted fields; the primary key is a UUID assigned in Python."""

    class Meta:
        abstract = True

    def __getstate__(self) -> dict[str, Any]:
        """Pickles and copies carry tokens, never plaintext."""
        state: dict[str, Any] = super().__getstate__()
        origin = state.get("_row_as_loaded") or self.pk
        for field in encrypted_fields(type(self)):
            value = state.get(field.attname)
            if isinstance(value, Sealed):
                if value.token is None:
                    raise Unpicklable(f"{field.label} has unsaved changes; save first, or pass the id.")
                state[field.attname] = _Token(value.token, value.row or origin)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(  # type: ignore[misc]
            {k: Sealed(v.token, v.row) if isinstance(v, _Token) else v for k, v in state.items()}
        )

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = _with_indexes(type(self), update_fields)
        elif self.get_deferred_fields():
            # Django leaves out what was not loaded; an index goes where its source goes.
            for field in encrypted_fields(type(self)):
                if field.attname in self.__dict__:
                    for index in indexes_of(type(self), field.name):
                        index.pre_save(self, False)
        super().save(*args, update_fields=update_fields, **kwargs)

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> Self:
        instance = super().from_db(db, field_names, values, **kwargs)
        # Values are bound to the row they came from, whatever happens to instance.pk afterwards.
        instance.__dict__["_row_as_loaded"] = instance.pk
        return instance

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        names = None if fields is None else tuple(fields)
        with raw_values():
            super().refresh_from_db(using, names, from_queryset)
        if names is None:
            self.__dict__["_row_as_loaded"] = self.pk
        for name in names or ():
            value = self.__dict__.get(name)
            if isinstance(value, Sealed):
                value.row = self.pk

    def _save_table(self, raw: bool = False, *args: Any, **kwargs: Any) -> Any:
        """Fixtures (raw) may only bring tokens that open in this very place; indexes are made anew.

        Deserialisers call Model.save_base() past any override of it, so this is where raw saves can be met.
        """
        if not raw:
            return super()._save_table(raw, *args, **kwargs)  # type: ignore[misc]
        for field in encrypted_fields(type(self)):
            field.verify_token(self)
            for index in indexes_of(type(self), field.name):
                index.pre_save(self, False)
        with raw_values():
            return super()._save_table(raw, *args, **kwargs)  # type: ignore[misc]


class _Token(NamedTuple):
    """A sealed value on its way through pickle."""

    token: str
    row: UUID


def encrypted_fields(model: type[models.Model]) -> list[EncryptedField]:
    """Return the encrypted fields of one model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]


def encrypted_fields_in(model: type[models.Model], expressions: Iterable[Any]) -> Iterator[EncryptedField]:
    """Yield the encrypted fields that column names, related paths and expressions speak of."""
    for name in _names(expressions):
        if field := _encrypted(model, name):
            yield field
