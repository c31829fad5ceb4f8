"""What messages say about appointments: whose it is, by initials, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy

from clients.announcements import about_client, initials
from pazpaz.web.announcements import says
from pazpaz.web.request import Request
from scheduling.spans import day_and_time


def moment(at: datetime) -> str:
    return day_and_time(timezone.localtime(at))


@says(
    {
        "appointment.booked": gettext_lazy("Booked: %(client)s, %(when)s"),
        "appointment.saved": gettext_lazy("Saved: %(client)s, %(when)s"),
        "appointment.moved": gettext_lazy("Moved: %(client)s, %(when)s"),
        "appointment.completed": gettext_lazy("Completed: %(client)s, %(when)s"),
        "appointment.no_show": gettext_lazy("No-show: %(client)s, %(when)s"),
        "appointment.cancelled": gettext_lazy("Cancelled: %(client)s, %(when)s"),
        "appointment.reopened": gettext_lazy("Scheduled again: %(client)s, %(when)s"),
    }
)
def about_appointment(request: Request, appointment_id: UUID) -> Mapping[str, str] | None:
    rows = request.workspace.appointments.select_related("client").only(
        "scheduled_start", "client__first_name", "client__last_name"
    )
    row = rows.filter(pk=appointment_id).first()
    return {"client": initials(row.client), "when": moment(row.scheduled_start)} if row else None


# The appointment is gone: the message names its client.
says({"booking.undone": gettext_lazy("Booking undone: %(client)s")})(about_client)
