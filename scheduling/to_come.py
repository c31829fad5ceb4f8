"""Appointments that are still to come, for the settings of a practice and of its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.appointments_to_come import Upcoming
from pazpaz.accounts.models import User, Workspace
from pazpaz.scope import record
from scheduling.calendar import NonexistentTime, first_time_after, local_to_utc
from scheduling.calendar_locks import lock_calendars
from scheduling.models import Appointment, AppointmentQuerySet


class AppointmentsToCome:
    def count(self, workspace: Workspace) -> int:
        return _scheduled(workspace).count()

    def first_start(self, workspace: Workspace) -> datetime | None:
        first = _scheduled(workspace).in_order().first()
        return first.scheduled_start if first else None

    def count_by_therapist(self, workspace: Workspace) -> Mapping[UUID, int]:
        # Without an order, which would become part of the groups.
        grouped = _scheduled(workspace).order_by().values_list("therapist_id")
        return dict(grouped.annotate(count=Count("pk")))

    def of_therapist(self, therapist: User, limit: int) -> Sequence[Upcoming]:
        assert therapist.workspace is not None
        rows = _scheduled(therapist.workspace).filter(therapist=therapist).in_order()
        return [
            Upcoming(row.scheduled_start, row.client.initials, row.get_absolute_url())
            for row in rows.select_related("client")[:limit]
        ]

    def calendar_url(self, therapist: User) -> str:
        return reverse("scheduling:calendar", query={"therapist": therapist.pk})

    def keep_clock_times(self, workspace: Workspace, old: ZoneInfo, new: ZoneInfo) -> int:
        """Give every later appointment the moment at which the new zone's clocks show its old clock time.

        Lengths stay as they are. A clock time that the new zone skips becomes the first one after the gap.
        """
        # A booking made meanwhile could overlap, and the constraint could not be put back in force.
        lock_calendars(workspace.users.values_list("pk", flat=True))
        rows = list(_later(workspace).select_for_update(no_key=True))
        exclusive = [row.pk for row in rows if not row.overlap_allowed]
        now = timezone.now()
        for row in rows:
            length = row.scheduled_end - row.scheduled_start
            row.scheduled_start = _same_clock_time(row.scheduled_start, old, new)
            row.scheduled_end = row.scheduled_start + length
            # While they move one by one they overlap, and the constraint checks every row by itself.
            row.overlap_allowed = True
            row.updated_at = now
        columns = ("scheduled_start", "scheduled_end", "overlap_allowed", "updated_at")
        workspace.appointments.bulk_update(rows, columns, batch_size=500)
        _forbid_overlaps_again(workspace, exclusive)
        if rows:
            ids = [row.pk for row in rows]
            record("appointment.moved", ids=ids, fields=["scheduled_start", "scheduled_end"], count=len(rows))
        return len(rows)


def _later(workspace: Workspace) -> AppointmentQuerySet:
    later: AppointmentQuerySet = workspace.appointments.filter(scheduled_start__gt=timezone.now())
    return later


def _scheduled(workspace: Workspace) -> AppointmentQuerySet:
    return _later(workspace).filter(status=Appointment.Status.SCHEDULED)


def _same_clock_time(moment: datetime, old: ZoneInfo, new: ZoneInfo) -> datetime:
    clock = moment.astimezone(old)
    second = bool(clock.fold)
    local = clock.replace(tzinfo=None, fold=0)
    try:
        return local_to_utc(local, new, second=second)
    except NonexistentTime:
        return local_to_utc(first_time_after(local, new), new)


def _forbid_overlaps_again(workspace: Workspace, ids: Sequence[UUID]) -> None:
    """Put the constraint back in force, except for two whose clock times meet in a gap of the new zone."""
    moved = workspace.appointments.filter(pk__in=ids)
    others = workspace.appointments.overlapping(
        OuterRef("scheduled_start"),
        OuterRef("scheduled_end"),
        therapist=OuterRef("therapist"),
        exclude=OuterRef("pk"),
    )
    blocks_nothing = ~Q(status__in=Appointment.BLOCKING)
    moved.filter(blocks_nothing | ~Exists(others)).update(overlap_allowed=False, updated_at=F("updated_at"))
