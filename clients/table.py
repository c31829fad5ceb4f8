"""The rows of the list of clients, ready for `clients/_rows.jinja`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from clients.damaged import shown
from clients.models import Client
from pazpaz.web.dates import format_cached
from pazpaz.web.pages import url_around_id


class Row(NamedTuple):
    """What the list shows of a client."""

    url: str
    name: str
    is_active: bool
    phone: str
    next: Moment | None
    last: Moment | None
    appointments: int


class Moment(NamedTuple):
    iso: str
    words: str


def table_rows(clients: Iterable[Client]) -> list[Row]:
    """Return the rows of clients that come with_appointments()."""
    before_id, after_id = url_around_id("sessions:client")
    return [
        Row(
            f"{before_id}{client.pk}{after_id}",
            shown(client, "full_name"),
            client.is_active,
            shown(client, "phone"),
            _moment(client.next_scheduled, "BRIEF_WEEKDAY_TIME_FORMAT"),
            _moment(client.last_completed, "BRIEF_DATE_FORMAT"),
            client.appointment_count,
        )
        for client in clients
    ]


def _moment(at: datetime | None, format_name: str) -> Moment | None:
    return Moment(at.isoformat(), format_cached(timezone.localtime(at), format_name)) if at else None
