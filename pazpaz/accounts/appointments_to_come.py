"""What is still to come in a practice, for the settings that reach into it.

Appointments belong to an app above this one, which registers itself here when it is ready.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from pazpaz.accounts.models import User, Workspace


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An appointment that is still to come."""

    start: datetime
    initials: str
    url: str


class AppointmentsToCome(Protocol):
    def count(self, workspace: Workspace) -> int:
        """How many appointments of a practice are still to come."""

    def first_start(self, workspace: Workspace) -> datetime | None:
        """When the first of them begins."""

    def count_by_therapist(self, workspace: Workspace) -> Mapping[UUID, int]:
        """How many are still to come, by the id of their therapist."""

    def of_therapist(self, therapist: User, limit: int) -> Sequence[Upcoming]:
        """The first ones of a therapist. Opens the names of their clients."""

    def calendar_url(self, therapist: User) -> str:
        """The page that shows all of a therapist's."""

    def keep_clock_times(self, workspace: Workspace, old: ZoneInfo, new: ZoneInfo) -> int:
        """Move what is to come, so that the clocks of another zone show the same times; returns how many."""


_registered: list[AppointmentsToCome] = []


def register(appointments: AppointmentsToCome) -> None:
    _registered[:] = [appointments]


def to_come() -> AppointmentsToCome:
    """Return what the app that keeps appointments has registered."""
    return _registered[0]
