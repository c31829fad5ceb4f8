"""Is this client in the directory already? Asked while a client is being created."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from clients.models import Client
from pazpaz.accounts.models import Workspace
from pazpaz.encryption.search import near_equal
from pazpaz.scope import record

# More would say nothing more; a front desk's own number may stand in many rows.
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Somebody who is probably the same person, and why."""

    client: Client
    reasons: tuple[str, ...]


def probable_duplicates(workspace: Workspace, given: Mapping[str, Any]) -> list[Duplicate]:
    """Those with the same e-mail address or phone, or with nearly the same name and the same date of birth.

    `given` holds what is known so far, by the names of the client's fields. An address that is said to be
    shared tells nothing.
    """
    email = None if given.get("email_shared") else Client.email_field().digest(given.get("email"))
    phone = Client.phone_field().digest(given.get("phone"))
    name = f"{given.get('first_name', '')} {given.get('last_name', '')}".strip()
    born = given.get("date_of_birth")
    namesakes = _namesakes(workspace, name, born) if name and born else set()

    suspicion = Q(pk__in=namesakes)
    if email:
        suspicion |= Q(email_index=email)
    if phone:
        suspicion |= Q(phone_index=phone)
    columns = ("first_name", "last_name", "is_active", "email_index", "phone_index")
    found = workspace.clients.filter(suspicion).only(*columns).order_by("-is_active", "-updated_at")[:SHOWN]

    def reasons(client: Client) -> tuple[str, ...]:
        signs = (
            (client.pk in namesakes, _("similar name, same date of birth")),
            (email is not None and client.email_index == email, _("same e-mail address")),
            (phone is not None and client.phone_index == phone, _("same phone number")),
        )
        return tuple(words for applies, words in signs if applies)

    return [Duplicate(client, reasons(client)) for client in found]


def _namesakes(workspace: Workspace, name: str, born: datetime.date) -> set[UUID]:
    dated = workspace.clients.filter(date_of_birth__isnull=False)
    people = dated.open_values("date_of_birth", "first_name", "last_name")
    found = {pk for pk, day, first, last in people if day == born and near_equal(name, f"{first} {last}")}
    record("client.searched", count=len(found), purpose="duplicates")
    return found
