"""A signed note is read-only in the database itself, for whoever gets at it."""

import psycopg
import pytest
from django.db import connection
from psycopg import Connection

from pazpaz.accounts.models import User
from sessions.models import NoteVersion, SessionNote
from tests.cast import inside
from tests.factories import SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOTES = "session_notes_sessionnote"
VERSIONS = "session_notes_noteversion"


@pytest.fixture
def note(dana: User) -> SessionNote:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=1)
    return note


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {NOTES} SET plan = subjective",
        f"UPDATE {NOTES} SET is_draft = true, signed_at = NULL, signed_by_id = NULL",
        f"UPDATE {NOTES} SET signed_at = now()",
        f"UPDATE {NOTES} SET client_id = gen_random_uuid()",
        f"UPDATE {NOTES} SET amendment_count = 1, amended_at = now(), plan = subjective",
        f"DELETE FROM {NOTES}",
        f"TRUNCATE {NOTES} CASCADE",
        f"UPDATE {VERSIONS} SET plan = subjective",
        f"UPDATE {VERSIONS} SET number = 7",
        f"DELETE FROM {VERSIONS}",
        f"TRUNCATE {VERSIONS}",
    ],
)
def test_not_even_a_superuser_changes_it(superuser: Connection, note: SessionNote, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        superuser.execute(statement)


@pytest.mark.parametrize(
    "statement", [f"UPDATE {NOTES} SET plan = subjective", f"UPDATE {VERSIONS} SET plan = subjective"]
)
def test_skipping_triggers_for_a_replica_does_not_help(
    superuser: Connection, note: SessionNote, statement: str
) -> None:
    superuser.execute("SET session_replication_role = replica")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        superuser.execute(statement)


def test_a_note_is_not_signed_without_its_first_version(superuser: Connection, dana: User) -> None:
    draft = SessionNoteFactory(workspace=dana.workspace)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="first version"):
        superuser.execute(
            f"UPDATE {NOTES} SET is_draft = false, signed_at = now(), signed_by_id = author_id WHERE id = %s",
            [draft.pk],
        )


def test_an_amendment_with_its_version_passes(dana: User, note: SessionNote) -> None:
    with inside(dana):
        texts = SessionNote.objects.get(pk=note.pk).sections()
        note.amend(dana, texts | {"plan": "Amended."}, "Because.", seen=0)
        assert SessionNote.objects.get(pk=note.pk).plan == "Amended."


def test_hiding_it_is_the_one_other_thing_that_may_happen(dana: User, note: SessionNote) -> None:
    with inside(dana), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {NOTES} SET deleted_at = now() WHERE id = %s", [note.pk])
        assert cursor.rowcount == 1


def test_the_version_says_when_a_text_was_moved_into_it(
    superuser: Connection, dana: User, note: SessionNote
) -> None:
    """Somebody who can rewrite the table file cannot make the text of one section open in another."""
    superuser.execute(f"ALTER TABLE {VERSIONS} DISABLE TRIGGER USER")
    superuser.execute(f"UPDATE {VERSIONS} SET plan = subjective")
    with inside(dana), pytest.raises(Exception, match="cannot open note_version.plan"):
        NoteVersion.objects.get(note=note).sections()
