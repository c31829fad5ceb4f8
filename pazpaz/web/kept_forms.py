"""The forms whose text is kept when it comes too late for its session, each registered by the app it is of.

An app lists its forms in a module `kept_forms.py` and registers them when it is ready:

    register({"clients:edit": KeptForm(_("Edit client"), (ClientForm,))})

Register no form that gives rights: a stranger at an open page must not be able to leave such a form for its
author to send.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django_stubs_ext import StrOrPromise

# What is chosen, ticked or set by the page. It is sent, not read.
NOT_TYPED = (forms.ChoiceField, forms.BooleanField, forms.ModelChoiceField, forms.UUIDField, forms.FileField)


@dataclass(frozen=True)
class KeptForm:
    """A form whose text is kept. It is registered under the name of the URL it is sent to."""

    label: Promise
    """What users call the form."""
    forms: tuple[type[forms.BaseForm], ...]
    """Its classes, the most complete first. The names of its texts, and their order, come from them."""
    page: str = ""
    """The name of the URL where the object of the form is shown, if not under the address of the form."""
    also_from: Collection[str] = ()
    """Names of URLs that get the same text and do more than save it: the text is kept, the deed is not."""
    in_parts: bool = False
    """Whether a script sends only what changed, field by field: its requests add up to one form."""
    marks: Collection[str] = ()
    """Ticks that let others see more: the author must read them before sending the form again."""

    @cached_property
    def texts(self) -> Mapping[str, StrOrPromise]:
        """The labels of what is typed, in the order of the form."""
        return dict(self._labels(typed=True))

    def labels_of_marks(self) -> Iterator[tuple[str, StrOrPromise]]:
        return ((name, label) for name, label in self._labels(typed=False) if name in self.marks)

    def _labels(self, *, typed: bool) -> Iterator[tuple[str, StrOrPromise]]:
        seen: set[str] = set()
        for form in self.forms:
            fields = fields_of(form)
            order = [*(name for name in form.field_order or () if name in fields), *fields]
            for name in order:
                if name not in seen and is_typed(fields[name]) == typed:
                    seen.add(name)
                    yield name, capfirst(fields[name].label or name)


def fields_of(form: type[forms.BaseForm]) -> dict[str, forms.Field]:
    """Return the fields a class of forms declares, its model's included."""
    fields: dict[str, forms.Field] = getattr(form, "base_fields", {})
    return fields


def is_typed(field: forms.Field) -> bool:
    """Return whether users type into a field."""
    return not isinstance(field, NOT_TYPED) and not field.widget.is_hidden


class RegisteredTwice(ValueError):
    """Two forms are registered for the same URL."""


_forms: dict[str, KeptForm] = {}
_also_from: dict[str, str] = {}


def register(forms: Mapping[str, KeptForm]) -> None:
    """Register forms by the names of the URLs they are sent to. Raises RegisteredTwice."""
    if all(_forms.get(view) is form for view, form in forms.items()):
        return  # a registry of apps beside the global one (isolate_apps) makes them ready once more
    aliases = {alias: view for view, form in forms.items() for alias in form.also_from}
    known = {*_forms, *_also_from}
    if twice := (known & {*forms, *aliases}) | (forms.keys() & aliases.keys()):
        raise RegisteredTwice(f"{min(twice)} is registered twice.")
    _forms.update(forms)
    _also_from.update(aliases)


def kept_forms() -> Mapping[str, KeptForm]:
    """Return the registered forms by the names of their URLs."""
    return _forms


def labels_for(form: KeptForm) -> dict[str, StrOrPromise]:
    """Return the labels of what a request to a form may bring: its texts, then those of all other forms.

    A page of an earlier version of the site may have had a field that another form has now.
    """
    others = {name: label for other in _forms.values() for name, label in other.texts.items()}
    return {**form.texts, **{name: label for name, label in others.items() if name not in form.texts}}


def saved_at(view: str) -> str | None:
    """Return under which URL's name a text is kept that was sent to one which does more, or None."""
    return _also_from.get(view)
