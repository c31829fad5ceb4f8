"""Undo: the URL that undoes one change of an appointment.

The URL says, signed, what was before, so that it undoes that change and no other. It is valid for an hour,
and only until the appointment changes again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

from scheduling.models import Appointment

FIELD = "change"
SECONDS = 60 * 60
_SALT = "scheduling.undo"


@dataclass(frozen=True, slots=True)
class Change:
    """The status before a change, and the time of the change. Before a booking there is no status."""

    appointment: str
    workspace: str
    client: str
    made_at: str
    status: str = ""
    overlap_allowed: bool = False

    @property
    def is_booking(self) -> bool:
        return not self.status


def undo_url(row: Appointment, *, status: str = "", overlap_allowed: bool = False, back: str = "") -> str:
    """Return the URL that restores the earlier status of an appointment, or undoes its booking."""
    change = Change(
        appointment=str(row.pk),
        workspace=str(row.workspace_id),
        client=str(row.client_id),
        made_at=row.updated_at.isoformat(),
        status=status,
        overlap_allowed=overlap_allowed,
    )
    query = {FIELD: signing.dumps(asdict(change), salt=_SALT, compress=True)} | (
        {"next": back} if back else {}
    )
    return f"{reverse('scheduling:undo', args=[row.pk])}?{urlencode(query)}"


def change_from(token: str, appointment_id: object, workspace_id: object) -> Change | None:
    """Return the change that a URL undoes; None if its token is old, forged, or of another appointment."""
    try:
        change = Change(**signing.loads(token, salt=_SALT, max_age=SECONDS))
    except signing.BadSignature:
        return None
    ours = (change.appointment, change.workspace) == (str(appointment_id), str(workspace_id))
    return change if ours else None
