from django.urls import path

from scheduling.views import appointment, booking, calendar, locations, services, undo

app_name = "scheduling"

weeks_and_months = [
    path("calendar/", calendar.calendar, name="calendar"),
]
appointments = [
    path("appointments/new/", booking.book, name="book"),
    path("appointments/conflicts/", booking.check_conflicts, name="conflicts"),
    path("appointments/client-choices/", booking.client_choices, name="client-choices"),
    path("appointments/<uuid:appointment_id>/", appointment.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/complete/", appointment.complete, name="complete"),
    path("appointments/<uuid:appointment_id>/no-show/", appointment.no_show, name="no-show"),
    path("appointments/<uuid:appointment_id>/cancel/", appointment.cancel, name="cancel"),
    path("appointments/<uuid:appointment_id>/reopen/", appointment.reopen, name="reopen"),
    path("appointments/<uuid:appointment_id>/undo/", undo.undo, name="undo"),
]
settings = [
    path("settings/services/", services.services, name="services"),
    path("settings/services/new/", services.create, name="service-create"),
    path("settings/services/<uuid:service_id>/", services.edit, name="service-edit"),
    path("settings/services/<uuid:service_id>/deactivate/", services.deactivate, name="service-deactivate"),
    path("settings/services/<uuid:service_id>/reactivate/", services.reactivate, name="service-reactivate"),
    path("settings/locations/", locations.locations, name="locations"),
    path("settings/locations/new/", locations.create, name="location-create"),
    path("settings/locations/<uuid:location_id>/", locations.edit, name="location-edit"),
    path(
        "settings/locations/<uuid:location_id>/deactivate/", locations.deactivate, name="location-deactivate"
    ),
    path(
        "settings/locations/<uuid:location_id>/reactivate/", locations.reactivate, name="location-reactivate"
    ),
]

urlpatterns = [*weeks_and_months, *appointments, *settings]
