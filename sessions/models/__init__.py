from sessions.models.attachment import Attachment
from sessions.models.note import SessionNote, SessionNoteQuerySet
from sessions.models.version import NoteVersion

__all__ = [
    "Attachment",
    "NoteVersion",
    "SessionNote",
    "SessionNoteQuerySet",
]
