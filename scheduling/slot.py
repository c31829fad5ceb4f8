"""A slot: a therapist's time for a client, and the one rule for what it overlaps.

Booking, moving, scheduling again and the conflict check all ask a slot, stored or not. Whatever else can
stand in the way of an appointment (working hours, blocked time, buffers) belongs here: `overlaps()` finds it,
`Overlap.blocks` says whether it forbids the slot, `conflicts()` shows it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from clients.directory import NAMES
from clients.models import Client, initials_of
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.sealed import Sealed
from pazpaz.encryption.vault import current_vault
from scheduling.calendar import is_ambiguous, local_to_utc
from scheduling.calendar_locks import lock_calendars
from scheduling.conflicts import Conflict

if TYPE_CHECKING:
    from pazpaz.accounts.models import Workspace

_first_name, _last_name = (field for field in encrypted_fields(Client) if field.name in NAMES)


@dataclass(frozen=True, slots=True)
class Slot:
    """A time from start (inclusive) to end (exclusive) with a therapist, for a client if one is chosen."""

    workspace: Workspace
    therapist_id: UUID
    client_id: UUID | None
    start: datetime
    end: datetime
    exclude: UUID | None = None  # the appointment that gets this slot: it never stands in its own way

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the clocks that the start was read from."""
        return ZoneInfo(self.workspace.time_zone)

    @property
    def starts_in_first_pass(self) -> bool:
        """Whether the clocks show the start once more an hour later."""
        local = self.start.astimezone(self.zone)
        return not local.fold and is_ambiguous(local.replace(tzinfo=None), self.zone)

    def overlaps(self) -> list[Overlap]:
        """Return the other appointments of the therapist or the client at this time, by their start."""
        rows = self.workspace.appointments.overlapping_slot(self)
        return [Overlap._make((*row, row[1] == self.therapist_id)) for row in rows]

    def claim(self, *, allow_overlap: Collection[UUID] = ()) -> Claim:
        """Keep others from booking the therapist until the transaction ends.

        Raises SlotTaken where it overlaps an appointment of the therapist that is not in `allow_overlap`.
        """
        lock_calendars([self.therapist_id])
        overlaps = self.overlaps()
        blocking = {overlap.id for overlap in overlaps if overlap.blocks}
        if not blocking <= set(allow_overlap):
            raise SlotTaken(self)
        return Claim(overlap_allowed=bool(blocking), client_is_double_booked=len(overlaps) > len(blocking))

    def conflicts(self) -> list[Conflict]:
        """Return what the slot overlaps, as far as its user may know: first what blocks it."""
        overlaps = self.overlaps()
        elsewhere = {overlap.therapist_id for overlap in overlaps if not overlap.blocks}
        therapists = self.workspace.users.in_bulk(elsewhere) if elsewhere else {}
        conflicts = [
            Conflict(
                overlap.id,
                overlap.client_initials() if overlap.blocks else therapists[overlap.therapist_id].initials,
                overlap.start,
                overlap.end,
                overlap.blocks,
            )
            for overlap in overlaps
        ]
        return sorted(conflicts, key=lambda conflict: not conflict.blocks)


class Overlap(NamedTuple):
    """Another appointment at the time of a slot; the names of its client are sealed until they are needed."""

    id: UUID
    therapist_id: UUID
    client_id: UUID
    start: datetime
    end: datetime
    first_name: Sealed
    last_name: Sealed
    blocks: bool  # the therapist is busy; otherwise only the client is

    def client_initials(self) -> str:
        vault = current_vault()
        return initials_of(
            _first_name.open(vault, self.client_id, self.first_name.token or ""),
            _last_name.open(vault, self.client_id, self.last_name.token or ""),
        )


# What Slot.overlaps() reads of an appointment, after its id.
OVERLAP_COLUMNS = (
    "therapist_id",
    "client_id",
    "scheduled_start",
    "scheduled_end",
    *map("client__{}".format, NAMES),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of claiming a slot."""

    overlap_allowed: bool  # the therapist is double-booked, on purpose
    client_is_double_booked: bool = False  # with another therapist: a warning, nothing more


class SlotTaken(Exception):
    """The therapist is busy at the time of the slot."""

    def __init__(self, slot: Slot) -> None:
        super().__init__()
        self.slot = slot


def moment_of(local: datetime, zone: ZoneInfo, *, stored: datetime | None = None) -> datetime:
    """Return the moment of a local time as people type it. Raises NonexistentTime.

    An hour that the clocks show twice means its first pass: the second cannot be typed. An appointment that
    is `stored` in the second pass stays there while its time on the clock stays the same.
    """
    if stored is not None:
        stored_local = stored.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, fold=0)
        if local == stored_local:
            return stored
    return local_to_utc(local, zone)
