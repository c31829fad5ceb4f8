"""Form fields for what people write in sentences."""

from __future__ import annotations

from typing import Any

from django import forms

from pazpaz.text import is_blank, without_nul


class MultilineField(forms.CharField):
    """Text of many lines. Browsers end lines with two characters: that would count, and look changed."""

    def to_python(self, value: Any) -> str | None:
        text: str | None = super().to_python(without_nul(value))
        if text is None or is_blank(text):
            return self.empty_value
        return text.replace("\r\n", "\n")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No maxlength: a browser cuts what is pasted beyond it off without a word.
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}
