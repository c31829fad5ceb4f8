"""Undo: the address that takes back one change of an appointment.

It says what was before, signed, so that it takes back what happened and nothing else. It counts for an hour,
and only until the appointment is changed again.
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
    """What was before a change, and when it was made. Before a booking there was no status."""

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
    """Return the address that gives an appointment its earlier status back, or takes its booking back."""
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


def change_of(token: str, appointment_id: object, workspace_id: object) -> Change | None:
    """Return what the token of an address takes back; None if it is too old, of another row, or not ours."""
    try:
        change = Change(**signing.loads(token, salt=_SALT, max_age=SECONDS))
    except signing.BadSignature:
        return None
    ours = (change.appointment, change.workspace) == (str(appointment_id), str(workspace_id))
    return change if ours else None
