"""The words of the activity page: what each app records, said by the app that records it.

An app lists its words in a module `activity.py` and registers them when it is ready:

    register("scheduling", Words(actions={"appointment.booked": _("booked an appointment")}))

The audit app reads them all and knows none of the other apps. A code belongs to one app.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object the activity can be asked about."""

    label: Promise
    page: str = ""
    """The name of the URL where an object is shown; it takes the object's id."""
    subject: str = ""
    """The column that holds the id of the person an object is about; lines are named after that person."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The people that lines are named after, and how a line calls them."""

    kind: str
    label: Promise
    """What one of them is called, in the singular."""
    names: Callable[[UUID, Collection[UUID]], Mapping[UUID, str]]
    """Returns the short names of people of a workspace. It opens values: the look is recorded."""


@dataclass(frozen=True, slots=True)
class Words:
    """What one app says about what it records."""

    actions: Mapping[str, Any] = field(default_factory=dict)
    """Sentences without a subject, in the order of the filter. Plurals are lazy and count `count`."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    kind_of: Mapping[str, str] = field(default_factory=dict)
    """The kind that an action belongs to, by what its code begins with; else it is that of its object."""
    looks: Collection[str] = ()
    """Actions that only look at something, beside all that end with `.viewed`."""
    fields: Mapping[str, Promise] = field(default_factory=dict)
    """The names of fields whose models have none for people: `session_note.deleted_at`."""
    commands: Mapping[str, Promise] = field(default_factory=dict)
    """Who acts when a command does."""
    subjects: Subjects | None = None
    last: bool = False
    """Whether these words stand after those of the other apps in the lists of the filter."""


class RegisteredTwice(ValueError):
    """Two apps register the same code."""


_words: dict[str, Words] = {}


def register(app: str, words: Words) -> None:
    """Register the words of an app. Raises RegisteredTwice."""
    for other, known in _words.items():
        if other == app:
            # A registry of apps made beside the global one (isolate_apps) makes them ready once more.
            if words is known:
                return
            raise RegisteredTwice(f"{app} registers its words twice.")
        for of_app, of_other in zip(_codes(words), _codes(known), strict=True):
            if both := of_app & of_other:
                raise RegisteredTwice(f"{app} registers {min(both)!r}, and so does {other}.")
    _words[app] = words
    for merged in (actions, kinds, kind_of, looks, fields, commands, subjects):
        merged.cache_clear()


def _codes(words: Words) -> tuple[set[str], ...]:
    subjects = {"subjects"} if words.subjects else set()
    named = (words.actions, words.kinds, words.kind_of, words.looks, words.fields, words.commands)
    return (*map(set, named), subjects)


def _in_order() -> list[Words]:
    """Return the words in the order in which the filter lists them."""
    return sorted(_words.values(), key=lambda words: words.last)


@cache
def actions() -> Mapping[str, Any]:
    """Return the sentence of every action."""
    return {code: text for words in _in_order() for code, text in words.actions.items()}


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of object."""
    return {name: kind for words in _in_order() for name, kind in words.kinds.items()}


@cache
def kind_of() -> Mapping[str, str]:
    """Return the kinds that actions belong to by what their codes begin with."""
    return {prefix: kind for words in _in_order() for prefix, kind in words.kind_of.items()}


@cache
def looks() -> frozenset[str]:
    """Return the actions that only look, beside all that end with `.viewed`."""
    return frozenset(action for words in _in_order() for action in words.looks)


@cache
def fields() -> Mapping[str, Promise]:
    """Return the names of fields whose models have none for people."""
    return {field: text for words in _in_order() for field, text in words.fields.items()}


@cache
def commands() -> Mapping[str, Promise]:
    """Return who acts when a command does."""
    return {name: text for words in _in_order() for name, text in words.commands.items()}


@cache
def subjects() -> Subjects | None:
    """Return the people that lines are named after, if an app has any."""
    return next((words.subjects for words in _in_order() if words.subjects), None)
