"""The queries of appointments."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, FilteredRelation, Q
from django.db.models.lookups import GreaterThan

from pazpaz.database.compiled import compiled
from pazpaz.encryption.models import SealedQuerySet
from scheduling.slot import OVERLAP_COLUMNS, Slot

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import OuterRef, QuerySet

    from pazpaz.accounts.models import Workspace
    from scheduling.models.appointment import Appointment

_NO_APPOINTMENT = UUID(int=0)  # NULL would compare with nothing


class AppointmentQuerySet(SealedQuerySet["Appointment"]):
    def blocking(self) -> Self:
        """Those that take up their therapist's time."""
        return self.filter(status__in=self.model.BLOCKING)

    def between(self, start: datetime | OuterRef, end: datetime | OuterRef) -> Self:
        """Those that touch the time from start (inclusive) to end (exclusive), aware datetimes."""
        # None is longer than 24 hours: the index on scheduled_start can bound the scan on both sides.
        earliest = start - self.model.LONGEST
        # A plain `scheduled_end > start` would be a condition of that index, too, and PostgreSQL expects to
        # leap through it for that: it prefers the index of clients, and reads each client's entries.
        scheduled_end = ExpressionWrapper(F("scheduled_end") + timedelta(0), DateTimeField())
        return self.filter(
            GreaterThan(scheduled_end, start), scheduled_start__lt=end, scheduled_start__gt=earliest
        )

    def overlapping(
        self,
        start: datetime | OuterRef,
        end: datetime | OuterRef,
        *,
        therapist: UUID | OuterRef,
        client: UUID | None = None,
        exclude: UUID | OuterRef,
    ) -> Self:
        """Those that take time of a therapist or a client between start and end, without the excluded one."""
        people = Q(therapist=therapist)
        if client is not None:
            people |= Q(client=client)
        return self.blocking().between(start, end).filter(people).exclude(pk=exclude)

    def overlapping_slot(self, slot: Slot) -> list[Any]:
        """Return what Slot.overlaps() reads: ids and OVERLAP_COLUMNS, of the workspace of the slot.

        The query is compiled, so no earlier filter applies.
        """
        return _overlapping(
            slot.workspace,
            slot.start,
            slot.end,
            slot.therapist_id,
            slot.client_id,
            slot.exclude or _NO_APPOINTMENT,
            model=self.model,
        )

    def in_order(self) -> Self:
        return self.order_by("scheduled_start", "scheduled_end", "id")

    def documented(self, *, drafts: bool = True) -> Self:
        """Those with a live note; without drafts, those with a signed one."""
        states = [True, False] if drafts else [False]
        return self.filter(session_notes__is_draft__in=states, session_notes__deleted_at=None)

    def to_write(self) -> Self:
        """Completed ones without a live note."""
        return self.filter(awaits_note=True)

    def with_note_state(self) -> Self:
        """Annotate `note_is_draft`: true or false, and None where there is no note."""
        live = FilteredRelation("session_notes", condition=Q(session_notes__deleted_at=None))
        annotated: Self = self.annotate(live_note=live).annotate(note_is_draft=F("live_note__is_draft"))
        return annotated


@compiled
def _overlapping(
    workspace: Workspace,
    start: datetime,
    end: datetime,
    therapist: UUID,
    client: UUID | None,
    exclude: UUID,
    *,
    model: type[Appointment],
) -> QuerySet[Appointment, Any]:
    rows = model.objects.filter(workspace=workspace)
    rows = rows.overlapping(start, end, therapist=therapist, client=client, exclude=exclude)
    return rows.in_order().sealed_values(*OVERLAP_COLUMNS)
