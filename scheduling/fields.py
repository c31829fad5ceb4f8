"""Form fields for ids, and for choosing one of a handful of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.db import models


def uuid_or_none(text: object) -> UUID | None:
    with suppress(ValueError):
        return UUID(str(text))
    return None


class FillingSelect(forms.Select):
    """A list whose options fill in another field when they are chosen: see static/js/fill-in.js."""

    def __init__(self, fills: str, filling: Callable[[str], str]) -> None:
        super().__init__(attrs={"data-fills": f"id_{fills}"})
        self.filling = filling

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-fill"] = self.filling(str(value))
        return option


class RowField[M: models.Model](forms.TypedChoiceField):
    """One of a few rows; cleans to the row or None.

    The rows are fetched at most once, to list them and to validate; not at all if the user chose no row, or
    the `preloaded` one.
    """

    def __init__(
        self,
        rows: Callable[[], Iterable[M]],
        *,
        label_of: Callable[[M], str] = str,
        empty_label: str = "",
        preloaded: M | None = None,
        **kwargs: Any,
    ) -> None:
        self._source = rows
        self._label_of = label_of
        self._empty_label = empty_label
        self._preloaded = preloaded
        super().__init__(choices=self._options, coerce=self.row, empty_value=None, **kwargs)

    @cached_property
    def rows(self) -> dict[str, M]:
        return {str(row.pk): row for row in self._source()}

    def row(self, key: object) -> M:
        """The row of that id. Raises ValueError."""
        if self._preloaded is not None and str(self._preloaded.pk) == str(key):
            return self._preloaded
        try:
            return self.rows[str(key)]
        except KeyError:
            raise ValueError("not one of the rows") from None

    def valid_value(self, value: Any) -> bool:
        try:
            return bool(self.row(value))
        except ValueError:
            return False

    def _options(self) -> Iterator[tuple[str, str]]:
        if self._empty_label:
            yield "", self._empty_label
        for key, row in self.rows.items():
            yield key, self._label_of(row)
