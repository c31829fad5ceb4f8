"""The foreign key to a row of the same workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models

_ST = TypeVar("_ST")
_GT = TypeVar("_GT")


class SameWorkspaceKey(models.ForeignKey[_ST, _GT]):
    """A foreign key whose constraint and index `TenantTable` makes, both beginning with the workspace.

    Therefore Django makes neither. Migrations hold a plain ForeignKey.
    """

    def __init__(self, to: type[models.Model] | str, on_delete: Callable[..., Any], **options: Any) -> None:
        options |= {"db_constraint": False, "db_index": False}
        super().__init__(to, on_delete, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", list(args), kwargs
