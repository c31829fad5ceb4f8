"""The directory of a workspace: everybody in the order of their names, and finding somebody by part of one.

Both read the sealed copy of `directory_copy.py`; what is shown is opened from the clients themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from clients.damaged import UNREADABLE
from clients.directory_copy import open_directory, search_directory
from clients.models import NAMES as NAMES
from clients.models import Client
from pazpaz.accounts.models import Workspace
from pazpaz.database.compiled import any_of, compiled
from pazpaz.encryption.models import open_rows
from pazpaz.encryption.vault import current_vault

CONTACT = (*NAMES, "email", "phone")


@compiled
def _rows(workspace: Workspace, ids: list[UUID], now: datetime) -> QuerySet[Client]:
    return (
        Client.objects.filter(any_of("pk", ids), workspace=workspace)
        .only("first_name", "last_name", "phone", "is_active")
        .with_appointments(now)
        .fetch_mode(models.FETCH_RAISE)
    )


@compiled
def _contacts(workspace: Workspace, ids: list[UUID]) -> QuerySet[Client, Any]:
    return Client.objects.filter(any_of("pk", ids), workspace=workspace).sealed_values(*CONTACT)


@compiled
def _with_alerts(workspace: Workspace, ids: list[UUID]) -> QuerySet[Client, Any]:
    return Client.objects.filter(any_of("pk", ids), workspace=workspace).sealed_values(*CONTACT, "alerts")


class Choice(NamedTuple):
    """A client one may choose, and what tells two of the same name apart."""

    id: UUID
    name: str
    phone: str
    email: str
    alerts: Sequence[str] = ()

    @property
    def detail(self) -> str:
        return self.phone or self.email


def by_name(workspace: Workspace, *, active: bool) -> Sequence[UUID]:
    """Ids of the active clients, or of the archived ones, in the order of their names.

    The names go no further, so there is nothing to record.
    """
    directory = open_directory(workspace.pk, with_words=False, unrecorded="sorting only")
    return directory.in_order(active=active)


def search(workspace: Workspace, query: str) -> Sequence[UUID]:
    """Ids of everybody who may be meant, the likeliest first; of equally likely ones the archived last."""
    return search_directory(workspace.pk, query, event="client.searched")


def choices(workspace: Workspace, query: str, limit: int = 8) -> list[Choice]:
    """The active clients who may be meant, the likeliest first; without a query the first ones by name."""
    if query.strip():
        found: Sequence[UUID] = search_directory(
            workspace.pk, query, active_only=True, unrecorded="the choices that are shown are recorded"
        )
    else:
        found = by_name(workspace, active=True)
    ids = found[:limit]
    may_see_alerts = current_vault().opens(clinical="shareable")
    query_of, names = (_with_alerts, (*CONTACT, "alerts")) if may_see_alerts else (_contacts, CONTACT)
    rows = query_of(workspace, list(ids)) if ids else []
    opened = open_rows(Client, names, rows, damaged=UNREADABLE, event="client.searched", count=len(found))
    choices = {pk: _choice(pk, *values) for pk, *values in opened}
    return [choices[pk] for pk in ids if pk in choices]


def rows(workspace: Workspace, ids: Sequence[UUID]) -> list[Client]:
    """The clients of one page of a list, in the order of the ids, with their appointments in figures."""
    found = {client.pk: client for client in _rows(workspace=workspace, ids=list(ids), now=timezone.now())}
    return [found[pk] for pk in ids if pk in found]


def guess(query: str) -> dict[str, str]:
    """What somebody who is not in the directory was searched by, as the beginning of a new client."""
    query = " ".join(query.split())
    if "@" in query:
        return {"email": query}
    if any(map(str.isdigit, query)):
        return {"phone": query}
    first, _space, last = query.rpartition(" ")
    return {"first_name": first, "last_name": last} if first else {"first_name": last}


def _choice(pk: UUID, first: Any, last: Any, email: Any, phone: Any, alerts: Any = None) -> Choice:
    """Return what is shown of a client to choose; a value that fails to decrypt hides nobody."""
    name = str(UNREADABLE) if UNREADABLE in (first, last) else f"{first} {last}".strip()
    email, phone = ("" if value is UNREADABLE else value or "" for value in (email, phone))
    return Choice(pk, name, phone, email, [str(UNREADABLE)] if alerts is UNREADABLE else alerts or ())
