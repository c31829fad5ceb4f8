"""Labels are part of keys and of associated data: a changed label makes every stored value unreadable."""

from pathlib import Path

import pytest
from django.apps import AppConfig, apps

from pazpaz.encryption.blind_index import BlindIndexField
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.registry import registered_fields

TESTS = Path(__file__).parents[1]


def line(field: EncryptedField | BlindIndexField) -> str:
    return f"{field.model._meta.db_table}.{field.column} {field.label}"


def frozen_labels(app: AppConfig) -> list[str]:
    """The labels that an app has promised to keep, beside its tests."""
    file = TESTS / app.name.rpartition(".")[2] / "labels.txt"
    return file.read_text().splitlines() if file.exists() else []


def columns_of(app: AppConfig) -> list[EncryptedField | BlindIndexField]:
    registered = [field for field in registered_fields() if field.model._meta.app_config is app]
    indexes = [f for m in app.get_models() for f in m._meta.local_fields if isinstance(f, BlindIndexField)]
    return [*registered, *indexes]


@pytest.mark.parametrize("app", apps.get_app_configs(), ids=lambda app: app.label)
def test_no_label_changed_or_went(app: AppConfig) -> None:
    """A new column is a new line in labels.txt, a renamed one keeps its label; nothing else changes there."""
    assert sorted(map(line, columns_of(app))) == frozen_labels(app)


def test_every_frozen_label_is_of_an_app() -> None:
    files = set(TESTS.rglob("labels.txt"))
    lines = [line for app in apps.get_app_configs() for line in frozen_labels(app)]
    assert sum(len(file.read_text().splitlines()) for file in files) == len(lines) > 30


def test_the_registry_misses_no_encrypted_column() -> None:
    everywhere = {
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, EncryptedField)
    }
    assert set(registered_fields()) == everywhere


def test_no_migration_carries_key_material() -> None:
    root = Path(__file__).parents[2]
    for migration in root.glob("*/migrations/*.py"):
        assert "derive(" not in migration.read_text()
        assert "secret=" not in migration.read_text()
