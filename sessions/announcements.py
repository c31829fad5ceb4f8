"""What messages say about session notes: whose session it was, by initials, and when."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy

from clients.announcements import initials
from pazpaz.web.announcements import says
from pazpaz.web.request import Request
from scheduling.announcements import moment


@says(
    {
        "note.saved": gettext_lazy("Note saved: %(client)s, %(when)s"),
        "note.signed": gettext_lazy("Note signed: %(client)s, %(when)s"),
        "note.amended": gettext_lazy(
            "Note amended: %(client)s, %(when)s. The earlier text stays readable under its version."
        ),
        "note.deleted": gettext_lazy("Draft by %(author)s deleted: %(client)s, %(when)s"),
        "note.restored": gettext_lazy("Draft restored: %(client)s, %(when)s"),
    }
)
def about_note(request: Request, note_id: UUID) -> Mapping[str, str] | None:
    if not request.user.sees_clinical_data:
        return None
    notes = request.workspace.session_notes.select_related("client", "author").only(
        "session_date", "client__first_name", "client__last_name", "author__name", "author__email"
    )
    note = notes.filter(pk=note_id).first()
    if note is None:
        return None
    return {
        "client": initials(note.client),
        "when": moment(note.session_date),
        "author": note.author.display_name,
    }
