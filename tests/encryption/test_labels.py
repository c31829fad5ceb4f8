"""Labels are part of keys and of associated data: a changed label makes every stored value unreadable."""

from pathlib import Path

from django.apps import apps

from pazpaz.encryption.blind_index import BlindIndexField
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.registry import registered_fields

FROZEN = (Path(__file__).parent / "labels.txt").read_text().splitlines()


def line(field: EncryptedField | BlindIndexField) -> str:
    return f"{field.model._meta.db_table}.{field.column} {field.label}"


def test_no_label_changed_or_went() -> None:
    """A new column is a new line in labels.txt, a renamed one keeps its label; nothing else changes there."""
    columns: list[EncryptedField | BlindIndexField] = [*registered_fields()]
    columns += [f for m in apps.get_models() for f in m._meta.local_fields if isinstance(f, BlindIndexField)]
    assert sorted(map(line, columns)) == FROZEN


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
