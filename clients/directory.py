"""The directory of a workspace: everybody in the order of their names, and finding somebody by part of one.

Names are encrypted, so both open the whole directory: a few milliseconds for a thousand clients.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.utils import timezone

from clients.models import NAMES as NAMES
from clients.models import Client
from pazpaz.accounts.models import Workspace
from pazpaz.compiled import CompiledQuery, CompiledValues, Param, among
from pazpaz.encryption.models import open_rows
from pazpaz.encryption.ranking import rank
from pazpaz.encryption.search import sort_key
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


CONTACT = (*NAMES, "email", "phone", "is_active")
_names = CompiledValues(
    lambda: Client.objects.filter(workspace=Param("workspace"), is_active=Param("active")).sealed_values(
        *NAMES
    )
)
_everybody = CompiledValues(
    lambda: Client.objects.filter(workspace=Param("workspace")).sealed_values(*CONTACT)
)
_active = CompiledValues(
    lambda: Client.objects.filter(workspace=Param("workspace"), is_active=True).sealed_values(*CONTACT)
)


_alerts = CompiledValues(
    lambda: Client.objects.filter(
        among("pk", Param("ids")), workspace=Param("workspace"), alerts__isnull=False
    ).sealed_values("alerts")
)


class Person(NamedTuple):
    """Somebody in the directory, opened."""

    id: UUID
    first: str
    last: str
    email: str | None
    phone: str | None
    is_active: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


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


def by_name(workspace: Workspace, *, active: bool) -> list[UUID]:
    """Ids of the active clients, or of the archived ones, in the order of their names.

    The names go no further, so there is nothing to record.
    """
    names = open_rows(Client, NAMES, _names.rows(workspace=workspace.pk, active=active))
    return [pk for _key, pk in sorted((sort_key(last, first), pk) for pk, first, last in names)]


def search(workspace: Workspace, query: str) -> list[UUID]:
    """Ids of everybody who may be meant, the likeliest first; of equally likely ones the archived last."""
    found = _find(query, _open(_everybody, workspace))
    record("client.searched", count=len(found))
    return [person.id for person in found]


def choices(workspace: Workspace, query: str, limit: int = 8) -> list[Choice]:
    """The active clients who may be meant, the likeliest first; without a query the first ones by name."""
    active = _open(_active, workspace)
    found = _find(query, active) if query.strip() else _in_order(active)
    ids = [person.id for person in found[:limit]]
    alerts = _alerts_of(workspace, ids)
    record(
        "client.searched",
        ids=ids,
        fields=(*NAMES, "email", "phone", *(["alerts"] if alerts else [])),
        count=len(found),
    )
    return [
        Choice(person.id, person.name, person.phone or "", person.email or "", alerts.get(person.id, ()))
        for person in found[:limit]
    ]


def rows(workspace: Workspace, ids: Sequence[UUID]) -> list[Client]:
    """The clients of one page of a list, in the order of the ids, with their appointments in figures."""
    found = {client.pk: client for client in _rows.rows(workspace=workspace, ids=ids, now=timezone.now())}
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


def _find(query: str, people: list[Person]) -> list[Person]:
    matches = rank(query, people, current_vault().region)
    matches.sort(key=lambda match: (-match.score, not match.person.is_active))
    return [match.person for match in matches]


def _in_order(people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=lambda person: sort_key(person.last, person.first))


def _open(query: CompiledValues[Client], workspace: Workspace) -> list[Person]:
    return [Person(*row) for row in open_rows(Client, CONTACT, query.rows(workspace=workspace.pk))]
