"""The question a form asks while an appointment is typed: what would it collide with?

It is asked at every change of the form, so it makes do without a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from pazpaz.accounts.models import Workspace
from scheduling.calendar import NonexistentTime, is_ambiguous, local_to_utc
from scheduling.conflicts import Conflict, conflicts_at
from scheduling.forms import SlotForm
from scheduling.views.parameters import uuid_or_none

_DAY, _START, _DURATION = (SlotForm.base_fields[name] for name in ("day", "start", "duration"))
_NONE_YET = UUID(int=0)


class Asked(NamedTuple):
    """As much of an appointment as is needed to say what it would collide with."""

    id: UUID
    therapist_id: UUID
    client_id: UUID | None
    start: datetime
    end: datetime
    is_ambiguous: bool

    def conflicts(self, workspace: Workspace) -> list[Conflict]:
        return conflicts_at(workspace, self.id, self.therapist_id, self.client_id, self.start, self.end)


def read(typed: Mapping[str, Any], workspace: Workspace) -> Asked | None:
    """Return what is asked for; None while too little has been typed, or something that makes no sense."""
    therapist = uuid_or_none(typed.get("therapist"))
    try:
        local = datetime.combine(_DAY.clean(typed.get("day")), _START.clean(typed.get("start")))
        minutes = _DURATION.clean(typed.get("duration"))
        minutes = minutes or _usual_minutes(workspace, uuid_or_none(typed.get("service")))
        zone = ZoneInfo(workspace.time_zone)
        start = local_to_utc(local, zone)
    except (ValidationError, NonexistentTime):
        return None
    if therapist is None or not minutes:
        return None
    return Asked(
        id=uuid_or_none(typed.get("appointment")) or _NONE_YET,
        therapist_id=therapist,
        client_id=uuid_or_none(typed.get("client")),
        start=start,
        end=start + timedelta(minutes=minutes),
        is_ambiguous=is_ambiguous(local, zone),
    )


def _usual_minutes(workspace: Workspace, service_id: UUID | None) -> int | None:
    service = workspace.services.filter(pk=service_id).first() if service_id else None
    return service.default_duration_minutes if service else None
