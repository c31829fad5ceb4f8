from django.urls import URLPattern, path

from scheduling.views import appointment, booking, calendar, catalogue, undo
from scheduling.views.catalogue import Catalogue

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
    path("appointments/<uuid:appointment_id>/undo/", undo.undo, name="undo"),
]


def settings_of(kind: Catalogue) -> list[URLPattern]:
    folder, extra = f"settings/{kind.kind}s/", {"catalogue": kind}
    return [
        path(folder, catalogue.rows, extra, name=f"{kind.kind}s"),
        path(f"{folder}new/", catalogue.create, extra, name=f"{kind.kind}-create"),
        path(f"{folder}<uuid:row_id>/", catalogue.edit, extra, name=f"{kind.kind}-edit"),
        path(
            f"{folder}<uuid:row_id>/deactivate/",
            catalogue.deactivate,
            extra,
            name=f"{kind.kind}-deactivate",
        ),
        path(
            f"{folder}<uuid:row_id>/reactivate/",
            catalogue.reactivate,
            extra,
            name=f"{kind.kind}-reactivate",
        ),
    ]


urlpatterns = [
    *weeks_and_months,
    *appointments,
    *settings_of(catalogue.SERVICES),
    *settings_of(catalogue.LOCATIONS),
]
