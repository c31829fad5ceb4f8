"""What a booking would collide with, as much of it as whoever books needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scheduling.models import Appointment, others_with

_with_names = others_with(
    "scheduled_start",
    "scheduled_end",
    "client__workspace_id",
    "client__first_name",
    "client__last_name",
    "therapist__name",
    "therapist__email",
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another appointment at the same time: initials and hours, nothing else."""

    id: UUID
    initials: str  # of its client; of its therapist, where it is the client who would be in two places
    start: datetime
    end: datetime
    blocks: bool  # the therapist is busy; otherwise only the client is


def conflicts_of(appointment: Appointment) -> list[Conflict]:
    """What the appointment would overlap, saved or not: first what blocks it."""
    others = appointment.others_at_its_time(_with_names)
    found = [_conflict(appointment, other) for other in others]
    return sorted(found, key=lambda conflict: not conflict.blocks)


def _conflict(appointment: Appointment, other: Appointment) -> Conflict:
    blocks = other.therapist_id == appointment.therapist_id
    initials = other.client.initials if blocks else other.therapist.initials
    return Conflict(other.pk, initials, other.scheduled_start, other.scheduled_end, blocks)
