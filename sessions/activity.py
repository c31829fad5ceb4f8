"""What the activity page says about session notes, their versions and files, and the demo."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from pazpaz.activity import Kind, Words

ACTIONS = {
    "session_note.viewed": ngettext_lazy("viewed a session note", "viewed %(count)d session notes", "count"),
    "session_note.created": _("began a session note"),
    "session_note.saved": _("saved a draft of a session note"),
    "session_note.signed": _("signed a session note"),
    "session_note.signed_on_behalf": _("signed a session note on behalf of %(person)s"),
    "session_note.amended": _("amended a session note"),
    "session_note.deleted": _("deleted a session note"),
    "session_note.restored": _("restored a session note"),
    "note_version.viewed": ngettext_lazy(
        "viewed a version of a note", "viewed %(count)d versions of notes", "count"
    ),
    "attachment.viewed": ngettext_lazy("viewed a file", "viewed %(count)d files", "count"),
    "demo.seeded": _("filled the practice with invented data"),
}
WORDS = Words(
    actions=ACTIONS,
    kinds={
        "session_note": Kind(_("Session notes"), page="sessions:note", subject="client_id"),
        "note_version": Kind(_("Versions of notes")),
        "attachment": Kind(_("Files")),
    },
    kind_of={"demo": "workspace"},
    # No form asks for these.
    fields={"attachment.file_name": _("file name"), "session_note.deleted_at": _("deletion")},
    commands={"seed_demo": _("The demo")},
)
