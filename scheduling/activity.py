"""What the activity page says about appointments, services and locations."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from pazpaz.activity import Kind, Words

ACTIONS = {
    "appointment.viewed": ngettext_lazy("viewed an appointment", "viewed %(count)d appointments", "count"),
    "appointment.booked": _("booked an appointment"),
    "appointment.updated": _("changed an appointment"),
    "appointment.moved": _("moved an appointment"),
    "appointment.completed": _("completed an appointment"),
    "appointment.cancelled": _("cancelled an appointment"),
    "appointment.no_show": _("marked an appointment as a no-show"),
    "appointment.reopened": _("scheduled an appointment again"),
    "appointment.undone": _("took back what was done to an appointment"),
    "appointment.unbooked": _("took a booking back"),
    "service.created": _("added a service"),
    "service.updated": _("changed a service"),
    "service.deactivated": _("deactivated a service"),
    "service.reactivated": _("reactivated a service"),
    "location.viewed": ngettext_lazy("viewed a location", "viewed %(count)d locations", "count"),
    "location.created": _("added a location"),
    "location.updated": _("changed a location"),
    "location.deactivated": _("deactivated a location"),
    "location.reactivated": _("reactivated a location"),
}
WORDS = Words(
    actions=ACTIONS,
    kinds={
        "appointment": Kind(_("Appointments"), page="scheduling:appointment", subject="client_id"),
        "service": Kind(_("Services")),
        "location": Kind(_("Locations")),
    },
)
