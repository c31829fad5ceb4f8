from scheduling.models.appointment import Appointment, Transition
from scheduling.models.appointment_queryset import AppointmentQuerySet
from scheduling.models.location import Location, LocationType
from scheduling.models.service import Service

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "Location",
    "LocationType",
    "Service",
    "Transition",
]
