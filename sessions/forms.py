"""Forms of a note: its sections, and what a page must remember of the texts it showed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pazpaz.web.fields import MultilineField
from sessions.models import SessionNote
from sessions.sections import SECTION_LENGTH, SECTIONS, mark_of, tidy

REASON_LENGTH = 2000


class SectionField(forms.CharField):
    """A section as it was typed, spaces and all."""

    def __init__(self, label: Any, key: str) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "accesskey": key})
        super().__init__(label=label, required=False, strip=False, max_length=SECTION_LENGTH, widget=widget)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No maxlength: a browser cuts a longer text off without a word.
        return {}


class SectionsForm(forms.Form):
    subjective = SectionField(_("Subjective"), "1")
    objective = SectionField(_("Objective"), "2")
    assessment = SectionField(_("Assessment"), "3")
    plan = SectionField(_("Plan"), "4")

    @property
    def sections(self) -> list[forms.BoundField]:
        return [self[name] for name in SECTIONS]

    def texts(self) -> dict[str, str]:
        """Return the sections that were sent; on a page of two texts, those where one's own was chosen."""
        taken = self.data.getlist("take") if hasattr(self.data, "getlist") else []
        return {name: self.cleaned_data[name] for name in SECTIONS if name in self.data and name not in taken}


class NoteForm(SectionsForm):
    """The editor of a draft. `version` and the marks say which texts the page has shown."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SECTIONS:
            self.fields[f"base_{name}"] = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, note: SessionNote, typed: dict[str, str] | None = None) -> NoteForm:
        """Return the editor of a note as it is stored, with other texts already typed into it."""
        stored = note.sections()
        bases = {f"base_{name}": mark_of(text) for name, text in stored.items()}
        return cls(initial={**stored, **(typed or {}), **bases, "version": note.version})

    def bases(self) -> dict[str, set[str]]:
        """Return the marks of texts the page knows to be stored, and the checksums of those it has sent
        without getting an answer."""
        return {name: {self.cleaned_data[f"base_{name}"], *self._sent(name)} for name in SECTIONS}

    def changes(self) -> dict[str, str]:
        """Return the sections that are not what the page was given."""
        return {
            name: text
            for name, text in self.texts().items()
            if mark_of(text) != self.cleaned_data[f"base_{name}"] or self._sent(name)
        }

    def _sent(self, name: str) -> list[str]:
        return self.data.getlist(f"sent_{name}") if hasattr(self.data, "getlist") else []


class AmendmentForm(SectionsForm):
    """The new text of a signed note. `seen` is the number of amendments the page knew of."""

    field_order = ("reason",)

    reason = MultilineField(
        label=_("Reason for the amendment"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Stays with the note, beside the text as it was before."),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, note: SessionNote, typed: dict[str, str] | None = None) -> AmendmentForm:
        """Return the form of a signed note as it is stored, with other texts already typed into it."""
        return cls(initial={**note.sections(), **(typed or {}), "seen": note.amendment_count})
