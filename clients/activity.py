"""What the activity page says about clients and their consents."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.models import Client
from pazpaz.activity import Kind, Subjects, Words


def initials(workspace_id: UUID, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the initials of clients by their ids."""
    clients = Client.objects.filter(workspace=workspace_id, pk__in=ids)
    return {client.pk: client.initials for client in clients.only("first_name", "last_name")}


ACTIONS = {
    "client.viewed": ngettext_lazy("viewed a client", "viewed %(count)d clients", "count"),
    "client.searched": _("searched the clients"),
    "client_directory.viewed": _("read the names of all clients"),
    "client.created": _("added a client"),
    "client.updated": _("changed a client"),
    "client.alerts_moved": ngettext_lazy(
        "moved the alerts of a client out of the tags",
        "moved the alerts of %(count)d clients out of the tags",
        "count",
    ),
    "client.archived": _("archived a client"),
    "client.restored": _("restored a client"),
    "consent.viewed": ngettext_lazy("viewed a consent", "viewed %(count)d consents", "count"),
    "consent.recorded": _("recorded a consent"),
    "consent.withdrawn": _("recorded that a consent was withdrawn"),
}
WORDS = Words(
    actions=ACTIONS,
    kinds={
        "client": Kind(_("Clients"), page="sessions:client", subject="pk"),
        "consent": Kind(_("Consents")),
    },
    kind_of={"client_directory": "client"},
    looks={"client.searched"},
    # No form asks for these.
    fields={
        "client_directory.people": _("names"),
        "client_directory.sources": _("names"),
        "client_directory.words": _("names"),
    },
    subjects=Subjects("client", _("Client"), initials),
)
