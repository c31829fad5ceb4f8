from django.urls import path

from scheduling.views import appointment, booking, calendar, catalogue

app_name = "scheduling"

weeks_and_months = [
    path("calendar/", calendar.calendar, name="calendar"),
]
appointments = [
    path("appointments/new/", booking.book, name="book"),
    path("appointments/conflicts/", booking.conflicts, name="conflicts"),
    path("appointments/client-choices/", booking.client_choices, name="client-choices"),
    path("appointments/<uuid:appointment_id>/", appointment.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/complete/", appointment.complete, name="complete"),
    path("appointments/<uuid:appointment_id>/no-show/", appointment.no_show, name="no-show"),
    path("appointments/<uuid:appointment_id>/cancel/", appointment.cancel, name="cancel"),
    path("appointments/<uuid:appointment_id>/reopen/", appointment.reopen, name="reopen"),
]
services = [
    path("settings/services/", catalogue.services, name="services"),
    path("settings/services/new/", catalogue.service_create, name="service-create"),
    path("settings/services/<uuid:service_id>/", catalogue.service_edit, name="service-edit"),
    path(
        "settings/services/<uuid:service_id>/deactivate/",
        catalogue.service_deactivate,
        name="service-deactivate",
    ),
    path(
        "settings/services/<uuid:service_id>/reactivate/",
        catalogue.service_reactivate,
        name="service-reactivate",
    ),
]
locations = [
    path("settings/locations/", catalogue.locations, name="locations"),
    path("settings/locations/new/", catalogue.location_create, name="location-create"),
    path("settings/locations/<uuid:location_id>/", catalogue.location_edit, name="location-edit"),
    path(
        "settings/locations/<uuid:location_id>/deactivate/",
        catalogue.location_deactivate,
        name="location-deactivate",
    ),
    path(
        "settings/locations/<uuid:location_id>/reactivate/",
        catalogue.location_reactivate,
        name="location-reactivate",
    ),
]

urlpatterns = [*weeks_and_months, *appointments, *services, *locations]
