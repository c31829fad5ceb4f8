"""The appointments a booking would overlap, as far as the user who books may know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from clients.directory import NAMES
from clients.models import Client, initials_of
from pazpaz.accounts.models import Workspace
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import current_vault
from scheduling.models import Appointment, others_with
from scheduling.spans import Span

_with_names = others_with(
    "therapist_id",
    "client_id",
    "scheduled_start",
    "scheduled_end",
    "client__first_name",
    "client__last_name",
)
_first_name, _last_name = (field for field in encrypted_fields(Client) if field.name in NAMES)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another appointment at the same time: initials and hours, nothing else."""

    id: UUID
    initials: str  # of its client; of its therapist, where it is the client who would be in two places
    start: datetime
    end: datetime
    blocks: bool  # the therapist is busy; otherwise only the client is

    @property
    def span(self) -> Span:
        return Span.of(self.start, self.end)


def conflicts_of(appointment: Appointment) -> list[Conflict]:
    """What the appointment would overlap, saved or not: first what blocks it."""
    return conflicts_at(
        appointment.workspace,
        appointment.pk,
        appointment.therapist_id,
        appointment.client_id,
        appointment.scheduled_start,
        appointment.scheduled_end,
    )


def conflicts_at(
    workspace: Workspace,
    but: UUID,
    therapist_id: UUID,
    client_id: UUID | None,
    start: datetime,
    end: datetime,
) -> list[Conflict]:
    """What a therapist or a client has at a time, but for one appointment: first what blocks it."""
    rows = _with_names.rows(
        workspace=workspace.pk, id=but, therapist=therapist_id, client=client_id, start=start, end=end
    )
    others = [_Other(*row) for row in rows]
    elsewhere = {other.therapist_id for other in others} - {therapist_id}
    therapists = workspace.users.in_bulk(elsewhere) if elsewhere else {}
    conflicts = []
    for other in others:
        therapist = therapists.get(other.therapist_id)
        initials = therapist.initials if therapist else other.client_initials()
        conflicts.append(Conflict(other.id, initials, other.start, other.end, blocks=therapist is None))
    return sorted(conflicts, key=lambda conflict: not conflict.blocks)


class _Other(NamedTuple):
    id: UUID
    therapist_id: UUID
    client_id: UUID
    start: datetime
    end: datetime
    first_name: Sealed
    last_name: Sealed

    def client_initials(self) -> str:
        vault = current_vault()
        return initials_of(
            _first_name.open(vault, self.client_id, self.first_name.token or ""),
            _last_name.open(vault, self.client_id, self.last_name.token or ""),
        )
