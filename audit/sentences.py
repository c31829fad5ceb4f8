"""What an event says to people: "viewed 25 clients: first name, last name". The subject stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, gettext_lazy

from audit.models import AuditEvent
from pazpaz import activity
from pazpaz.accounts.models import User, Workspace
from pazpaz.activity import Kind, Words
from pazpaz.events import object_type

NOBODY: Mapping[UUID, str] = {}

# The audit app's own words; every other app registers those of what it records (`pazpaz.activity`).
WORDS = Words(
    actions={
        "trail.viewed": gettext_lazy("looked at the activity"),
        "trail.exported": gettext_lazy("exported the activity"),
    },
    kinds={"trail": Kind(gettext_lazy("Activity"))},
    last=True,
)


def is_look(action: str) -> bool:
    """Return whether an action only looked at something."""
    return action.endswith(".viewed") or action in activity.looks()


def is_of_kind(kind: str, action: str, object_type: str) -> bool:
    """Return whether a deed belongs to a kind of the filter."""
    return activity.kind_of().get(action.partition(".")[0], object_type) == kind


def sentence(event: AuditEvent, people: Mapping[UUID, str] = NOBODY) -> str:
    """Return what was done, without who did it and without any client data.

    `people` are the names of the practice's members, for what was done for one of them.
    """
    counted = event.metadata.get("count")
    text = sentence_of_many(event.action, len(event.object_ids) or counted or 1, _person(event, people))
    role = event.metadata.get("role")
    if role in User.Role:
        return f"{text} ({User.Role(role).label})"
    return text if counted is None or str(counted) in text else f"{text} ({counted})"


def sentence_of_many(action: str, count: int, person: str = "") -> str:
    """Return what an action says of a number of objects; its code when it has no sentence."""
    return _sentence_of_many(action, count, person, get_language())


# A page of the activity says some hundred sentences and names of fields, most of them many times.
@lru_cache(maxsize=4096)
def _sentence_of_many(action: str, count: int, person: str, language: str | None) -> str:
    # Lazy plurals choose their form by the number they are formatted with; others take no notice of it.
    text = activity.actions().get(action)
    return action if text is None else str(text % {"count": count, "person": person})


def fields(event: AuditEvent) -> str:
    """Return the names of the fields an event touched, as forms call them."""
    return _fields(event.object_type, tuple(event.fields), get_language())


@lru_cache(maxsize=4096)
def _fields(kind: str, names: tuple[str, ...], language: str | None) -> str:
    return ", ".join(dict.fromkeys(_field_name(kind, name) for name in names))


def action_choices() -> list[tuple[str, str]]:
    """Return every action with what it says, for a filter."""
    return [
        (action, capfirst(str(deed % {"count": 1, "person": gettext("a colleague")})))
        for action, deed in activity.actions().items()
    ]


def _person(event: AuditEvent, people: Mapping[UUID, str]) -> str:
    author = event.metadata.get("author")
    known = author and next((name for pk, name in people.items() if str(pk) == author), "")
    return known or gettext("a colleague")


def _field_name(kind: str, name: str) -> str:
    """Return a field's name as people read it: a name of the code's would be a raw word in any language."""
    model = models_by_kind().get(kind)
    try:
        field = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        field = None
    verbose = getattr(field, "verbose_name", None)
    if isinstance(verbose, Promise):
        return str(verbose)
    return str(activity.fields().get(f"{kind}.{name}") or gettext("other details"))


@cache
def models_by_kind() -> dict[str, type[models.Model]]:
    """Return the models of the trail's kinds of object; the trail itself knows only their names."""
    found: list[type[models.Model]] = [m for m in apps.get_models() if hasattr(m, "workspace")]
    return {object_type(Workspace): Workspace} | {object_type(model): model for model in found}
