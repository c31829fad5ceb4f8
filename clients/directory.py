"""The directory of a workspace: everybody in the order of their names, and finding somebody by part of one.

Both read the sealed copy of `directory_copy.py`; what is shown is opened from the clients themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.utils import timezone

from clients.damaged import UNREADABLE, peek
from clients.directory_copy import open_directory
from clients.models import NAMES as NAMES
from clients.models import Client
from pazpaz.accounts.models import Workspace
from pazpaz.database.compiled import CompiledQuery, CompiledValues, Param, among
from pazpaz.encryption.models import open_rows
from pazpaz.encryption.vault import current_vault
from pazpaz.scope import record

_rows = CompiledQuery(
    lambda: (
        Client.objects.filter(among("pk", Param("ids")), workspace=Param("workspace"))
        .only("first_name", "last_name", "phone", "is_active")
        .with_appointments(Param("now"))
        .fetch_mode(models.FETCH_RAISE)
    )
)


CONTACT = (*NAMES, "email", "phone")
_contacts = CompiledValues(
    lambda: Client.objects.filter(among("pk", Param("ids")), workspace=Param("workspace")).sealed_values(
        *CONTACT
    )
)
_alerts = CompiledValues(
    lambda: Client.objects.filter(
        among("pk", Param("ids")), workspace=Param("workspace"), alerts__isnull=False
    ).sealed_values("alerts")
)


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
    return open_directory(workspace.pk, with_words=False).in_order(active=active)


def search(workspace: Workspace, query: str) -> Sequence[UUID]:
    """Ids of everybody who may be meant, the likeliest first; of equally likely ones the archived last."""
    found = open_directory(workspace.pk).search(query)
    record("client.searched", count=len(found))
    return found


def choices(workspace: Workspace, query: str, limit: int = 8) -> list[Choice]:
    """The active clients who may be meant, the likeliest first; without a query the first ones by name."""
    if query.strip():
        found = open_directory(workspace.pk).search(query, active_only=True)
    else:
        found = open_directory(workspace.pk, with_words=False).in_order(active=True)
    ids = found[:limit]
    alerts = _alerts_of(workspace, ids)
    record(
        "client.searched",
        ids=ids,
        fields=(*CONTACT, *(["alerts"] if alerts else [])),
        count=len(found),
    )
    return [choice._replace(alerts=alerts.get(choice.id, ())) for choice in _choices_of(workspace, ids)]


def rows(workspace: Workspace, ids: Sequence[UUID]) -> list[Client]:
    """The clients of one page of a list, in the order of the ids, with their appointments in figures."""
    found = {
        client.pk: client for client in _rows.rows(workspace=workspace, ids=list(ids), now=timezone.now())
    }
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


def _alerts_of(workspace: Workspace, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The alerts of those clients who have any; none for somebody who may not see them."""
    if not ids or not current_vault().opens(clinical="shareable"):
        return {}
    return dict(open_rows(Client, ("alerts",), _alerts.rows(workspace=workspace.pk, ids=ids)))


def _choices_of(workspace: Workspace, ids: Sequence[UUID]) -> list[Choice]:
    """What is shown of the clients to choose from, opened from their own rows."""
    rows = _contacts.rows(workspace=workspace.pk, ids=list(ids)) if ids else []
    vault = current_vault()
    found = {}
    for pk, *values in rows:
        first, last, email, phone = (
            peek(vault, name, pk, value) for name, value in zip(CONTACT, values, strict=True)
        )
        name = str(UNREADABLE) if None in (first, last) else f"{first} {last}".strip()
        found[pk] = Choice(pk, name, phone or "", email or "")
    return [found[pk] for pk in ids if pk in found]
