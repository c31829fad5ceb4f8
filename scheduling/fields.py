"""Form fields for choosing one of a handful of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from django import forms
from django.db import models


class FillingSelect(forms.Select):
    """A list whose options carry what choosing them fills in elsewhere: see static/js/fill-in.js."""

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

    They are fetched at most once, for the list and for what comes back; not at all when nothing is chosen or
    what is `at_hand`.
    """

    def __init__(
        self,
        rows: Callable[[], Iterable[M]],
        *,
        caption: Callable[[M], str] = str,
        nothing: str = "",
        at_hand: M | None = None,
        **kwargs: Any,
    ) -> None:
        self._source = rows
        self._caption = caption
        self._nothing = nothing
        self._at_hand = at_hand
        super().__init__(choices=self._options, coerce=self.row, empty_value=None, **kwargs)

    @cached_property
    def rows(self) -> dict[str, M]:
        return {str(row.pk): row for row in self._source()}

    def row(self, key: object) -> M:
        """The row of that id. Raises ValueError."""
        if self._at_hand is not None and str(self._at_hand.pk) == str(key):
            return self._at_hand
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
        if self._nothing:
            yield "", self._nothing
        for key, row in self.rows.items():
            yield key, self._caption(row)
