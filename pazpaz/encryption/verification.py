"""Verification of what is stored: does every encrypted value of a workspace open, in its place?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models

from pazpaz.encryption.blind_index import BlindIndexField
from pazpaz.encryption.cipher import generation_of
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.registry import sealed_models
from pazpaz.encryption.vault import Vault

BATCH = 1000

type Progress = Callable[[int], None]
type Check = Callable[[Vault], Iterable["Damage"]]

_further_checks: list[Check] = []


def also_verify(check: Check) -> None:
    """Let verify_workspace() ask an app whether what it derives from encrypted values agrees with them."""
    _further_checks.append(check)


@dataclass(frozen=True)
class Damage:
    """One value that does not open, or one index that does not match its value. It says where, never what."""

    label: str
    row: UUID
    problem: str


@dataclass
class Report:
    """How many values opened, by model and key generation, and which did not."""

    values: Counter[tuple[str, int]] = field(default_factory=Counter)
    indexes: Counter[str] = field(default_factory=Counter)
    damage: list[Damage] = field(default_factory=list)

    @property
    def opened(self) -> int:
        return self.values.total()


def count_rows() -> int:
    """Return how many rows of the open workspace carry encrypted columns, archived and deleted included."""
    return sum(models.QuerySet[Any](model).count() for model in sealed_models())


def verify_workspace(vault: Vault, progress: Progress = lambda rows: None) -> Report:
    """Open every encrypted value of the open workspace and recompute every blind index.

    No user sees a value, so no read is recorded: the caller records that the workspace was verified.
    """
    report = Report()
    done = 0
    for model in sealed_models():
        columns = encrypted_fields(model)
        indexes = [f for f in model._meta.concrete_fields if isinstance(f, BlindIndexField)]
        for batch in _batches(model, [*columns, *indexes]):
            for row_id, *values in batch:
                plain = {
                    column.name: _open(vault, column, row_id, value.token, report)
                    for column, value in zip(columns, values, strict=False)
                    if value is not None
                }
                for index, stored in zip(indexes, values[len(columns) :], strict=True):
                    _compare(vault, index, row_id, plain, stored, report)
            done += len(batch)
            progress(done)
    for check in _further_checks:
        report.damage.extend(check(vault))
    return report


def _batches(
    model: type[models.Model], columns: Iterable[models.Field[Any, Any]]
) -> Iterable[list[tuple[Any, ...]]]:
    """Yield rows in order of their id: no manager, however it filters, stands in between."""
    rows = (
        models.QuerySet[Any](model).order_by("pk").values_list("pk", *(column.attname for column in columns))
    )
    last: UUID | None = None
    while batch := list((rows if last is None else rows.filter(pk__gt=last))[:BATCH]):
        yield batch
        last = batch[-1][0]


def _open(vault: Vault, column: EncryptedField, row_id: UUID, token: str, report: Report) -> Any:
    try:
        value = column.decrypt_unrecorded(
            vault, row_id, token, reason="checks that the value decrypts; no user sees it"
        )
    except EncryptionError as error:
        report.damage.append(Damage(column.label, row_id, str(error)))
        return None
    except ValueError:
        # It decrypts, but is not a valid date, JSON or UTF-8.
        report.damage.append(Damage(column.label, row_id, f"{column.label} of {row_id}: cannot be read"))
        return None
    report.values[column.model._meta.label, generation_of(token)] += 1
    return value


def _compare(
    vault: Vault,
    index: BlindIndexField,
    row_id: UUID,
    plain: dict[str, Any],
    stored: memoryview | bytes | None,
    report: Report,
) -> None:
    if index.source in plain and plain[index.source] is None:
        return  # the value does not decrypt: reported above
    expected = index.digest(plain.get(index.source), vault)
    if (None if stored is None else bytes(stored)) != expected:
        report.damage.append(
            Damage(index.label, row_id, f"{index.label} of {row_id}: the index does not match its value")
        )
    elif expected is not None:
        report.indexes[index.model._meta.label] += 1
