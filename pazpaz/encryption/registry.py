"""Every encrypted column there is, walked from the models: verification, rotation and backfill cannot miss one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.apps import apps
from django.core import checks

from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.models import SealedModel, SealedQuerySet, encrypted_fields, encrypted_fields_in


def sealed_models() -> list[type[SealedModel]]:
    """Return the models that have encrypted fields, in order of their label."""
    models = [model for model in apps.get_models() if encrypted_fields(model)]
    return sorted(models, key=lambda model: model._meta.label)  # type: ignore[arg-type]


def registered_fields() -> list[EncryptedField]:
    """Return all encrypted fields of the project, in order of their label."""
    return sorted((f for m in sealed_models() for f in encrypted_fields(m)), key=lambda field: field.label)


def check_models(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check what a field alone cannot: labels are unique, and its model stands on the sealed base classes."""
    labels = Counter(field.label for field in registered_fields())
    errors: list[checks.CheckMessage] = [
        checks.Error(f"The label {label} is used twice.", hint="A label names one column for ever.", id="encryption.E002")
        for label, uses in labels.items()
        if uses > 1
    ]
    for model in sealed_models():
        pk = model._meta.pk
        if not issubclass(model, SealedModel) or not isinstance(model._default_manager.all(), SealedQuerySet):
            errors.append(
                checks.Error(
                    f"{model._meta.label} has encrypted fields but not the base class SealedModel and a manager from "
                    "SealedQuerySet.",
                    obj=model,
                    id="encryption.E003",
                )
            )
        if pk.get_internal_type() != "UUIDField" or not pk.has_default():
            errors.append(
                checks.Error(
                    f"{model._meta.label} has encrypted fields, so its primary key must be a UUID with a Python default.",
                    hint="id = models.UUIDField(primary_key=True, default=uuid4, editable=False)",
                    obj=model,
                    id="encryption.E004",
                )
            )
    for model in apps.get_models():
        errors += [
            checks.Error(f"{field.label} cannot be in Meta.ordering: it is encrypted.", obj=model, id="encryption.E005")
            for field in encrypted_fields_in(model, model._meta.ordering)
        ]
    return errors
