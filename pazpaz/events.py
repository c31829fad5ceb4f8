"""What the audit trail is told: who acted, from where, what happened to which objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from django.db import models
from django.utils import timezone

from pazpaz.accounts.models import User

Outcome = Literal["ok", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a signed-in person, or a command of the operator's."""

    kind: Literal["user", "command"]
    id: UUID | None = None
    command: str = ""
    clinical: bool = True

    @classmethod
    def of(cls, user: User) -> Actor:
        return cls("user", user.pk, clinical=user.sees_clinical_data)

    @classmethod
    def running(cls, command: str) -> Actor:
        return cls("command", command=command)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as the audit trail keeps it."""

    request_id: UUID | None = None
    session_ref: str = ""
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the audit trail before it is chained: names and ids, never values."""

    action: str
    object_type: str = ""
    object_ids: tuple[UUID, ...] = ()
    fields: tuple[str, ...] = ()
    outcome: Outcome = "ok"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=timezone.now)


@cache
def object_type(model: type[models.Model]) -> str:
    """Return the name of a kind of object in the trail: SessionNote is session_note."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
