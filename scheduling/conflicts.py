"""What a slot overlaps: as much as the user who books may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scheduling.spans import Span


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another appointment at the same time: initials and hours, nothing else."""

    id: UUID
    initials: str  # of its client; of its therapist where only the client is double-booked
    start: datetime
    end: datetime
    blocks: bool  # the therapist is busy; otherwise only the client is

    @property
    def span(self) -> Span:
        return Span.of(self.start, self.end)
