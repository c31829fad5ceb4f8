"""Every encrypted column there is, walked from the models: verification and rotation cannot miss one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks
from django.db import models

from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.models import (
    SealedModel,
    SealedQuerySet,
    encrypted_fields,
    encrypted_fields_in,
    latest_by,
)


def sealed_models() -> list[type[SealedModel]]:
    """Return the models that have encrypted fields, in order of their label."""
    sealed = [model for model in apps.get_models() if encrypted_fields(model)]
    return sorted(sealed, key=lambda model: model._meta.label)  # type: ignore[arg-type]


def registered_fields() -> list[EncryptedField]:
    """Return all encrypted fields of the project, in order of their label."""
    return sorted((f for m in sealed_models() for f in encrypted_fields(m)), key=lambda field: field.label)


def check_models(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check what a field alone cannot see: labels are unique, every model stands on what encryption needs."""
    labels = Counter(field.label for field in registered_fields())
    twice = [
        checks.Error(
            f"The label {label} is used twice.", hint="It names one column for ever.", id="encryption.E002"
        )
        for label, uses in labels.items()
        if uses > 1
    ]
    return [*twice, *(error for model in apps.get_models() for error in check_model(model))]


def check_model(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    """Check the base classes, key, constraints and ordering of one model."""
    if encrypted_fields(model):
        yield from _check_bases(model)
    meta = model._meta
    for index in (*meta.indexes, *meta.constraints):
        for field in encrypted_fields_in(
            model, (*getattr(index, "fields", ()), *getattr(index, "expressions", ()))
        ):
            yield _error(
                model, "E001", f"{field.label} is encrypted, so {index.name} cannot cover it.", USE_INDEX
            )
    for names in meta.unique_together:
        for field in encrypted_fields_in(model, names):
            yield _error(
                model, "E001", f"{field.label} is encrypted, so it cannot be unique together.", USE_INDEX
            )
    for field in encrypted_fields_in(model, (*(meta.ordering or ()), *latest_by(model))):
        yield _error(
            model, "E005", f"{field.label} is encrypted, so no ordering can name it.", SORT_IN_PYTHON
        )


USE_INDEX = "Add a BlindIndexField and put it there."
SORT_IN_PYTHON = "Open the rows and sort them in Python."


def _check_bases(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    name, pk = model._meta.label, model._meta.pk
    if not issubclass(model, SealedModel) or not isinstance(model._default_manager.all(), SealedQuerySet):
        yield _error(
            model,
            "E003",
            f"{name} has encrypted fields without SealedModel and a manager from SealedQuerySet.",
        )
    if pk.get_internal_type() != "UUIDField" or not pk.has_default():
        hint = "id = models.UUIDField(primary_key=True, default=uuid4, editable=False)"
        yield _error(
            model,
            "E004",
            f"{name} has encrypted fields, so its key must be a UUID with a Python default.",
            hint,
        )


def _error(model: type[models.Model], number: str, message: str, hint: str | None = None) -> checks.Error:
    return checks.Error(message, hint=hint, obj=model, id=f"encryption.{number}")
