"""What messages say about clients. Initials only: people who pass the screen can read a message."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy

from clients.models import Client
from pazpaz.web.announcements import says
from pazpaz.web.request import Request


def initials(client: Client) -> str:
    """Return "Y. L."."""
    return client.initials.replace(".", ". ").strip()


@says(
    {
        "client.created": gettext_lazy("Created: %(client)s"),
        "client.created_same_name": gettext_lazy("Created: %(client)s. Another client has the same name."),
        "client.saved": gettext_lazy("Saved: %(client)s"),
        "client.consent_recorded": gettext_lazy("Consent recorded: %(client)s"),
        "client.consent_withdrawn": gettext_lazy("Consent withdrawn: %(client)s"),
        "client.archived": gettext_lazy("Archived: %(client)s"),
        "client.archived_while_booked": gettext_lazy("Archived: %(client)s. An appointment is still booked."),
        "client.restored": gettext_lazy("Back in the list: %(client)s"),
    }
)
def about_client(request: Request, client_id: UUID) -> Mapping[str, str] | None:
    client = request.workspace.clients.only("first_name", "last_name").filter(pk=client_id).first()
    return {"client": initials(client)} if client else None
