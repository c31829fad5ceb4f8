"""A form sent twice makes one row: two clicks, a reload, a form that waited for somebody to sign in again.

The form carries a random token, and the id of the row it makes is derived from it under the workspace's key:
sending it again finds the row, and no token can be made that names another practice's.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import connection, models

from pazpaz.encryption.vault import current_vault
from pazpaz.web.request import Request

FIELD = "form_token"
LONGEST = 64


def token_of(request: Request) -> str:
    """Return the token the form was sent with, or a new one for a form that is shown."""
    return request.POST.get(FIELD, "")[:LONGEST] or uuid4().hex


def row_id(token: str) -> UUID:
    """Return the id (a version 4 UUID, RFC 9562) of the row that the form with this token makes."""
    return UUID(bytes=current_vault().keys.digest("once", token.encode())[:16], version=4)


def was_sent_before(request: Request, model: type[models.Model], row: UUID) -> bool:
    """Whether the row of this form is there already. Of two requests at once the second waits."""
    if FIELD not in request.POST:
        return False
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        # Two statements: the second must see what was committed while the first one waited.
        cursor.execute(
            f"SELECT pg_advisory_xact_lock(%s); SELECT EXISTS (SELECT FROM {table} WHERE id = %s)",
            [row.int & 0x7FFF_FFFF_FFFF_FFFF, row],
        )
        cursor.nextset()
        return bool(cursor.fetchone()[0])


def has_done(request: Request, action: str, object_id: UUID) -> bool:
    """Return whether the trail says that this user did this to the object: the second of two clicks."""
    events = request.workspace.audit_events.filter(object_id=object_id)
    return bool(events.filter(actor_id=request.user.pk, action=action).exists())
