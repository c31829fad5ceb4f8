"""What is still to be written: completed appointments without a note, oldest first.

They are those of the whole practice, as its charts are: a therapist who stands in for a colleague sees what
is missing.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import any_of, compiled
from scheduling.models import Appointment, AppointmentQuerySet

# More than anybody wants counted; the navigation says "99+" then.
MOST_COUNTED = 100
# How many Today has room for.
SHOWN = 8


def _with_client(appointments: AppointmentQuerySet) -> QuerySet[Appointment, Any]:
    """Add what a line says: who, when, with whom; oldest first."""
    rows: QuerySet[Appointment, Any] = (
        appointments.annotate(therapist_name=F("therapist__name"), therapist_email=F("therapist__email"))
        .select_related("client")
        .only(
            "workspace_id",
            "client_id",
            "therapist_id",
            "scheduled_start",
            "client__workspace_id",
            "client__first_name",
            "client__last_name",
        )
        .order_by("scheduled_start", "id")
    )
    return rows


@compiled
def _counted(workspace: Workspace) -> QuerySet[Appointment, Any]:
    waiting = Appointment.objects.filter(workspace=workspace).to_write()
    rows: QuerySet[Appointment, Any] = waiting.values_list(Value(1))[:MOST_COUNTED]  # quicker to read
    return rows


@compiled
def _ids(workspace: Workspace) -> QuerySet[Appointment, Any]:
    waiting = Appointment.objects.filter(workspace=workspace).to_write()
    rows: QuerySet[Appointment, Any] = waiting.order_by("scheduled_start", "id").values_list("id")
    return rows


@compiled
def _of_ids(workspace: Workspace, ids: list[UUID]) -> QuerySet[Appointment]:
    return _with_client(Appointment.objects.filter(any_of("id", ids), workspace=workspace))


def _first_ones(of_workspace: AppointmentQuerySet) -> QuerySet[Appointment, Any]:
    # Row-level security hides from PostgreSQL how many rows the joins keep: it would join and sort all that
    # wait. Chosen first, from the index, there are only nine to join.
    first = of_workspace.to_write().order_by("scheduled_start", "id").values("pk")[: SHOWN + 1]
    return _with_client(of_workspace.filter(pk__in=first))


@compiled
def _oldest(workspace: Workspace) -> QuerySet[Appointment]:
    return _first_ones(Appointment.objects.filter(workspace=workspace))


def oldest(workspace: Workspace) -> list[Appointment]:
    """Return the first of them, one more than Today shows."""
    return _oldest(workspace)


def count_to_write(workspace: Workspace) -> int:
    """Count them, up to MOST_COUNTED. Every page asks this, so it reads one index and nothing else."""
    return len(_counted(workspace))


def ids_to_write(workspace: Workspace) -> list[UUID]:
    """Return the ids of all of them, for pages."""
    return [pk for (pk,) in _ids(workspace)]


def with_clients(workspace: Workspace, ids: list[UUID]) -> list[Appointment]:
    return _of_ids(workspace, ids)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context of every page: how many wait, asked only where it is shown, and only for those who write."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or user.workspace is None or not user.sees_clinical_data:
        return {}
    workspace = user.workspace
    return {"to_write": SimpleLazyObject(lambda: words_for(count_to_write(workspace)))}


def words_for(count: int) -> str:
    """The number as the navigation shows it; nothing for none."""
    if count == 0:
        return ""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
