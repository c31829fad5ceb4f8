"""What goes with what, in the database itself: no Python has to remember it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, models, transaction

from audit.models import AuditEvent, AuditHead
from clients.models import Client
from pazpaz.accounts.models import User, Workspace, WorkspaceKey
from scheduling.models import Appointment, Location, Service
from sessions.models import Attachment, NoteVersion, SessionNote
from tests.cast import inside
from tests.conftest import Connection
from tests.database.two_practices import TENANT_MODELS, attach
from tests.full_practice import fill

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _filled(dana: User, omer: User) -> None:
    for owner in (dana, omer):
        fill(owner)
        attach(owner)


def counts(superuser: Connection, owner: User) -> dict[type[models.Model], int]:
    found = {}
    for model in TENANT_MODELS:
        column = "id" if model is Workspace else "workspace_id"
        [(count,)] = superuser.execute(
            f"SELECT count(*) FROM {model._meta.db_table} WHERE {column} = %s", [owner.workspace_id]
        ).fetchall()
        found[model] = count
    return found


def as_owner(statement: str, *parameters: Any) -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def test_a_deleted_workspace_takes_everything_along_but_its_trail(
    superuser: Connection, dana: User, omer: User
) -> None:
    before, others = counts(superuser, dana), counts(superuser, omer)
    assert all(before.values())
    assert as_owner("DELETE FROM accounts_workspace WHERE id = %s", dana.workspace_id) == 1
    after = counts(superuser, dana)
    assert {model for model, count in after.items() if count} == {AuditEvent, AuditHead}
    assert after[AuditEvent] == before[AuditEvent]
    assert counts(superuser, omer) == others
    for table in ("mfa_authenticator", "accounts_session"):
        left = superuser.execute(f"SELECT count(*) FROM {table} WHERE user_id = %s", [dana.pk]).fetchall()
        assert left == [(0,)], table


def test_a_deleted_client_takes_appointments_notes_versions_and_files_along(
    superuser: Connection, dana: User, omer: User
) -> None:
    others = counts(superuser, omer)
    as_owner("DELETE FROM clients_client WHERE workspace_id = %s", dana.workspace_id)
    left = counts(superuser, dana)
    gone = (Client, Appointment, SessionNote, NoteVersion, Attachment)
    assert [left[model] for model in gone] == [0] * 5
    assert all(left[model] for model in (Service, Location, User, WorkspaceKey))
    assert counts(superuser, omer) == others


@pytest.mark.parametrize("model", [Service, Location])
def test_a_deleted_service_or_location_leaves_the_appointments(
    superuser: Connection, dana: User, model: type[models.Model]
) -> None:
    before = counts(superuser, dana)
    with inside(dana), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
    after = counts(superuser, dana)
    assert after[Appointment] == before[Appointment]
    with inside(dana):
        name = f"{model._meta.model_name}_id"
        assert set(Appointment.objects.values_list(name, flat=True)) == {None}
        assert set(Appointment.objects.values_list("workspace_id", flat=True)) == {dana.workspace_id}


def test_a_deleted_appointment_leaves_its_note(superuser: Connection, dana: User) -> None:
    with inside(dana) as scope:
        [appointment] = Appointment.objects.filter(status="scheduled")
        note = SessionNote.objects.create(
            workspace=scope.workspace,
            client=appointment.client,
            appointment=appointment,
            author=dana,
            session_date=appointment.scheduled_start,
            subjective="",
            objective="",
            assessment="",
            plan="",
        )
        Appointment.objects.filter(pk=appointment.pk).delete()
        note.refresh_from_db()
        assert note.appointment_id is None


def test_a_signed_note_and_its_versions_cannot_be_deleted_by_themselves(dana: User) -> None:
    for statement in (
        "DELETE FROM session_notes_sessionnote WHERE NOT is_draft",
        "DELETE FROM session_notes_noteversion",
        "UPDATE session_notes_noteversion SET number = number",
    ):
        with pytest.raises(DatabaseError), inside(dana), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        with pytest.raises(DatabaseError):
            as_owner(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM accounts_workspace",
        "DELETE FROM accounts_user",
        "DELETE FROM accounts_workspacekey",
        "DELETE FROM audit_audithead",
    ],
)
@pytest.mark.parametrize("is_inside", [True, False])
def test_the_application_deletes_no_practices_people_keys_or_heads(
    superuser: Connection, dana: User, statement: str, is_inside: bool
) -> None:
    before = counts(superuser, dana)
    scope = inside(dana) if is_inside else nullcontext()
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        scope,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert counts(superuser, dana) == before


def test_the_owner_sees_every_practice_for_data_migrations_and_dumps(dana: User, omer: User) -> None:
    """Forced row-level security would else show nothing, and a migration would succeed without a change."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT array_agg(DISTINCT workspace_id) FROM clients_client")
        [seen] = cursor.fetchone() or [[]]
    assert set(seen) == {dana.workspace_id, omer.workspace_id}
