"""What is typed into a note is found nowhere but in its ciphertext: not in the database, not in the logs."""

import base64
import logging
from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import reverse
from psycopg import Connection

from pazpaz.accounts.models import User
from sessions.sections import SECTIONS
from tests.factories import SessionNoteFactory
from tests.sessions.pages import autosave, open_editor

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "kanarienvogel-ציפור"


def everything(superuser: Connection) -> Iterator[str]:
    """Every row of every table, as text."""
    tables = superuser.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    for (table,) in tables.fetchall():
        for (row,) in superuser.execute(f"SELECT t::text FROM {table} t"):
            yield row


def test_no_word_of_a_note_is_in_the_database_or_the_logs(
    superuser: Connection, as_dana: Browser, dana: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    note = SessionNoteFactory(workspace=dana.workspace, **dict.fromkeys(SECTIONS, ""))
    one, two = open_editor(as_dana, note), open_editor(as_dana, note)
    typed = {name: f"{CANARY} {name}" for name in SECTIONS}
    assert autosave(as_dana, note, one, **typed).status_code == 200
    assert autosave(as_dana, note, two, plan=f"{CANARY} again").status_code == 409
    tab = open_editor(as_dana, note)
    as_dana.post(reverse("sessions:note-sign", args=[note.pk]), tab | {"confirmed": "yes"})
    amendment = {"seen": 0, "reason": f"{CANARY} because", "plan": f"{CANARY} amended"}
    assert as_dana.post(reverse("sessions:note-amend", args=[note.pk]), amendment).status_code == 302
    assert CANARY in as_dana.get(reverse("sessions:note", args=[note.pk])).text

    raw = CANARY.encode()
    forms = [
        CANARY,
        "kanarienvogel",
        raw.hex(),
        *(base64.b64encode(b"x" * skip + raw)[8:24].decode() for skip in range(3)),
    ]
    for text in (*everything(superuser), caplog.text):
        assert not any(form in text for form in forms)
