from scheduling.models.appointment import Appointment, AppointmentQuerySet, Transition, others_with
from scheduling.models.catalogue import Location, LocationType, Service

__all__ = [
    "Appointment",
    "AppointmentQuerySet",
    "Location",
    "LocationType",
    "Service",
    "Transition",
    "others_with",
]
