from django.urls import path

from scheduling import catalogue_views, views

app_name = "scheduling"

calendar = [
    path("calendar/", views.calendar, name="calendar"),
]
appointments = [
    path("appointments/new/", views.book, name="book"),
    path("appointments/conflicts/", views.conflicts, name="conflicts"),
    path("appointments/client-choices/", views.client_choices, name="client-choices"),
    path("appointments/<uuid:appointment_id>/", views.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/complete/", views.complete, name="complete"),
    path("appointments/<uuid:appointment_id>/no-show/", views.no_show, name="no-show"),
    path("appointments/<uuid:appointment_id>/cancel/", views.cancel, name="cancel"),
    path("appointments/<uuid:appointment_id>/reopen/", views.reopen, name="reopen"),
]
services = [
    path("settings/services/", catalogue_views.services, name="services"),
    path("settings/services/new/", catalogue_views.service_create, name="service-create"),
    path("settings/services/<uuid:service_id>/", catalogue_views.service_edit, name="service-edit"),
    path(
        "settings/services/<uuid:service_id>/deactivate/",
        catalogue_views.service_deactivate,
        name="service-deactivate",
    ),
    path(
        "settings/services/<uuid:service_id>/reactivate/",
        catalogue_views.service_reactivate,
        name="service-reactivate",
    ),
]
locations = [
    path("settings/locations/", catalogue_views.locations, name="locations"),
    path("settings/locations/new/", catalogue_views.location_create, name="location-create"),
    path("settings/locations/<uuid:location_id>/", catalogue_views.location_edit, name="location-edit"),
    path(
        "settings/locations/<uuid:location_id>/deactivate/",
        catalogue_views.location_deactivate,
        name="location-deactivate",
    ),
    path(
        "settings/locations/<uuid:location_id>/reactivate/",
        catalogue_views.location_reactivate,
        name="location-reactivate",
    ),
]

urlpatterns = [*calendar, *appointments, *services, *locations]
