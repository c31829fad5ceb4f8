from django.urls import path

from sessions.views import client, deleted, draft, signed, today

app_name = "sessions"

urlpatterns = [
    path("", today.today, name="today"),
    path("to-write/", today.everything_to_write, name="to-write"),
    path("clients/<uuid:client_id>/", client.client, name="client"),
    path("clients/<uuid:client_id>/notes/new/", draft.note_start, name="note-start"),
    path("appointments/<uuid:appointment_id>/note/", draft.note_for_appointment, name="note-for-appointment"),
    path("settings/deleted-drafts/", deleted.recently_deleted, name="recently-deleted"),
    path("notes/<uuid:note_id>/", draft.note, name="note"),
    path("notes/<uuid:note_id>/state/", draft.note_state, name="note-state"),
    path("notes/<uuid:note_id>/save/", draft.note_save, name="note-save"),
    path("notes/<uuid:note_id>/delete/", deleted.note_delete, name="note-delete"),
    path("notes/<uuid:note_id>/restore/", deleted.note_restore, name="note-restore"),
    path("notes/<uuid:note_id>/sign/", signed.note_sign, name="note-sign"),
    path("notes/<uuid:note_id>/amend/", signed.note_amend, name="note-amend"),
    path("notes/<uuid:note_id>/versions/", signed.note_versions, name="note-versions"),
    path("notes/<uuid:note_id>/versions/<int:number>/", signed.note_version, name="note-version"),
]
