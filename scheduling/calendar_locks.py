"""Locks of therapists' calendars, held until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection


def lock_calendars(therapists: Iterable[UUID]) -> None:
    """Keep others from booking these therapists until the transaction ends.

    Without it two bookings of one slot would wait for each other in the exclusion constraint, until the
    database calls it a deadlock. Several are taken in the order of their ids, for the same reason.
    """
    with connection.cursor() as cursor:
        for therapist in sorted(therapists):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"calendar of {therapist}"]
            )
