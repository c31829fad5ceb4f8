"""The forms of notes whose text is kept when it comes too late for its session."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pazpaz.web.kept_forms import KeptForm
from sessions.forms import AmendmentForm, NoteForm

FORMS = {
    "sessions:note-save": KeptForm(
        _("Session note"),
        (NoteForm,),
        page="sessions:note",
        # Signing saves first. A note is signed again by its author, not by a form that was kept.
        also_from={"sessions:note-sign"},
        in_parts=True,
    ),
    "sessions:note-amend": KeptForm(_("Amend note"), (AmendmentForm,)),
}
