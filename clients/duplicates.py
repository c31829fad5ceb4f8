"""Is this client in the directory already? Asked while a client is being created."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from clients.directory_copy import Directory, open_directory
from clients.models import NAMES, Client
from pazpaz.accounts.models import Workspace
from pazpaz.text import fold_words

# More would say nothing more; a front desk's own number may stand in many rows.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Somebody who is probably the same person, and why. Of a weak one the name is the same, nothing else."""

    client: Client
    reasons: tuple[str, ...]
    is_weak: bool = False


def probable_duplicates(workspace: Workspace, given: Mapping[str, Any]) -> list[Duplicate]:
    """Those with the same e-mail address or phone, or with nearly the same name and the same date of birth.

    After them those with exactly the same name, unless another date of birth tells them apart: there may
    well be two. `given` holds what is known so far, by the names of the client's fields. An address that is
    said to be shared tells nothing.
    """
    email = None if given.get("email_shared") else Client.email_field().digest(given.get("email"))
    phone = given.get("phone")
    name = f"{given.get('first_name') or ''} {given.get('last_name') or ''}".strip()
    directory = _directory(workspace) if name or phone else None
    similar, same = _by_name(workspace, directory, name, given.get("date_of_birth"))
    same_phone = set(directory.with_number(phone)) if directory else set()

    suspicion = Q(pk__in=similar | same_phone)
    if email:
        suspicion |= Q(email_index=email)
    columns = ("first_name", "last_name", "is_active", "email_index")
    clients = workspace.clients.only(*columns).order_by("-is_active", "-updated_at")
    found = list(clients.filter(suspicion)[:SHOWN])
    weak = same - {client.pk for client in found}
    room = SHOWN - len(found)

    def reasons(client: Client) -> tuple[str, ...]:
        signs = (
            (client.pk in similar, _("similar name, same date of birth")),
            (email is not None and client.email_index == email, _("same e-mail address")),
            (client.pk in same_phone, _("same phone number")),
        )
        return tuple(words for applies, words in signs if applies)

    return [
        *(Duplicate(client, reasons(client)) for client in found),
        *(
            Duplicate(client, (_("same name"),), is_weak=True)
            for client in (clients.filter(pk__in=weak)[:room] if weak and room else ())
        ),
    ]


def _directory(workspace: Workspace) -> Directory:
    return open_directory(workspace.pk, unrecorded="the clients it leads to are read from their own rows")


def _by_name(
    workspace: Workspace, directory: Directory | None, name: str, born: datetime.date | None
) -> tuple[set[UUID], set[UUID]]:
    """Ids of those with a similar name and the same date of birth, and of those with the same name."""
    if not name or directory is None:
        return set(), set()
    near = list(directory.near(name))
    people = workspace.clients.filter(pk__in=near).open_values(
        *NAMES, "date_of_birth", event="client.searched", purpose="duplicates", count=len(near)
    )
    wanted = _compact(name)
    similar, same = set(), set()
    for pk, first, last, day in people:
        if born and day == born:
            similar.add(pk)
        elif _compact(f"{first} {last}") == wanted and not (born and day):
            same.add(pk)
    return similar, same


def _compact(name: str) -> str:
    return fold_words(name).replace(" ", "")
