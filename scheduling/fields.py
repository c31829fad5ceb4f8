"""Form fields for choosing one of a handful of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.db import models


class FillingSelect(forms.Select):
    """A list whose options carry what choosing them fills in elsewhere: see static/js/fill-in.js."""

    def __init__(self, fills: str, values: Mapping[str, str]) -> None:
        super().__init__(attrs={"data-fills": f"id_{fills}"})
        self.values = values

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if filled := self.values.get(str(value)):
            option["attrs"]["data-fill"] = filled
        return option


class RowField[M: models.Model](forms.TypedChoiceField):
    """One of a few rows, fetched once for the list and for what comes back; cleans to the row or None."""

    def __init__(
        self, rows: Iterable[M], *, caption: Callable[[M], str] = str, nothing: str = "", **kwargs: Any
    ) -> None:
        self.rows = {str(row.pk): row for row in rows}
        choices = [(key, caption(row)) for key, row in self.rows.items()]
        super().__init__(
            choices=[("", nothing), *choices] if nothing else choices,
            coerce=self._row,
            empty_value=None,
            **kwargs,
        )

    def _row(self, key: object) -> M:
        try:
            return self.rows[str(key)]
        except KeyError:
            raise ValueError("not one of the rows") from None
