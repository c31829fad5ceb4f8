"""A model that encryption cannot serve stops the start."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.checks import run_checks
from django.db import models
from django.test.utils import isolate_apps

from pazpaz.encryption import registry
from pazpaz.encryption.fields import EncryptedCharField
from pazpaz.encryption.models import SealedModel, SealedQuerySet


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with isolate_apps("clients"):
        yield


def model_with(
    base: type[models.Model] = SealedModel, meta: dict[str, Any] | None = None, **columns: Any
) -> Any:
    columns = {
        "__module__": __name__,
        "id": models.UUIDField(primary_key=True, default=uuid4),
        "secret": EncryptedCharField(label="odd.secret"),
        "objects": models.Manager.from_queryset(SealedQuerySet)(),
        **columns,
    }
    return type(
        "Odd", (base,), {**columns, "Meta": type("Meta", (), {"app_label": "clients", **(meta or {})})}
    )


def ids(model: Any) -> list[str]:
    return sorted({str(error.id) for error in registry.check_model(model)})


def test_a_model_as_it_should_be_passes() -> None:
    assert ids(model_with()) == []


@pytest.mark.parametrize("option", [{"unique": True}, {"db_index": True}])
def test_an_encrypted_column_is_neither_unique_nor_indexed(option: dict[str, bool]) -> None:
    field = EncryptedCharField(label="odd.other", **option)
    model = model_with(other=field)
    assert [error.id for error in model._meta.get_field("other").check()] == ["encryption.E001"]


@pytest.mark.parametrize(
    "meta",
    [
        {"constraints": [models.UniqueConstraint(fields=["id", "secret"], name="odd")]},
        {"constraints": [models.UniqueConstraint(models.functions.Lower("secret"), name="odd")]},
        {"indexes": [models.Index(fields=["-secret"], name="odd")]},
        {"indexes": [models.Index(models.F("secret").desc(), name="odd")]},
        {"unique_together": [("id", "secret")]},
    ],
)
def test_no_constraint_and_no_index_covers_an_encrypted_column(meta: dict[str, Any]) -> None:
    assert ids(model_with(meta=meta)) == ["encryption.E001"]


def test_a_model_needs_the_sealed_base_and_manager() -> None:
    assert ids(model_with(objects=models.Manager())) == ["encryption.E003"]


def test_a_model_without_the_sealed_base_is_refused() -> None:
    assert ids(model_with(base=models.Model)) == ["encryption.E003"]


def test_the_key_is_made_in_python() -> None:
    assert ids(model_with(id=models.BigAutoField(primary_key=True))) == ["encryption.E004"]
    with isolate_apps("clients"):
        assert ids(model_with(id=models.UUIDField(primary_key=True))) == ["encryption.E004"]


@pytest.mark.parametrize(
    "meta",
    [{"ordering": ["-secret"]}, {"ordering": [models.F("secret").asc()]}, {"get_latest_by": "secret"}],
)
def test_no_ordering_names_an_encrypted_column(meta: dict[str, Any]) -> None:
    assert ids(model_with(meta=meta)) == ["encryption.E005"]


def test_an_ordering_through_a_relation_is_noticed() -> None:
    odd = model_with()
    child = type(
        "Child",
        (models.Model,),
        {
            "__module__": __name__,
            "odd": models.ForeignKey(odd, models.CASCADE),
            "Meta": type("Meta", (), {"app_label": "clients", "ordering": ["odd__secret"]}),
        },
    )
    assert ids(child) == ["encryption.E005"]


def test_a_label_used_twice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = registry.registered_fields()
    monkeypatch.setattr(registry, "registered_fields", lambda: [*fields, fields[0]])
    assert f"The label {fields[0].label} is used twice." in {error.msg for error in registry.check_models()}


@pytest.mark.django_db
@pytest.mark.django_db(databases=["default", "owner"])  # checks of models ask a database what it can do
def test_the_project_passes_and_the_checks_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [error for error in run_checks() if (error.id or "").startswith("encryption.")] == []
    fields = registry.registered_fields()
    monkeypatch.setattr(registry, "registered_fields", lambda: [*fields, fields[0]])
    assert "encryption.E002" in {error.id for error in run_checks()}
