"""How events get into the trail: chained, complete, append-only, with names of fields and no values."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction

from audit.chain import START, chain_key, link
from audit.models import AuditEvent, AuditHead
from audit.verification import verify
from clients.models import Client
from pazpaz.accounts.models import User
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys
from pazpaz.encryption.providers import master_keys
from pazpaz.events import Actor, Event, Origin, Outcome, object_type
from pazpaz.scope import record, workspace_scope
from sessions.models import SessionNote
from tests.audit.trail import damage, unguarded, workspace_id, write_events
from tests.cast import events, inside
from tests.conftest import Connection
from tests.factories import ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db


def test_events_are_linked_by_a_keyed_hash(dana: User) -> None:
    write_events(dana, 2)
    trail = events(dana)
    assert [event.sequence for event in trail] == [1, 2, 3, 4, 5]
    assert trail[0].action == "workspace.created"
    previous = START
    for event in trail:
        assert bytes(event.previous_hash) == previous
        key = chain_key(master_keys().current.id, workspace_id(dana))
        assert link(key, previous, event) == bytes(event.hash)
        assert link(bytes(32), previous, event) != bytes(event.hash)
        previous = bytes(event.hash)


def test_an_event_says_everything_about_who_and_where(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    request, now = uuid4(), datetime.now(UTC)
    assert dana.workspace is not None
    with workspace_scope(dana.workspace, dana, Origin(request, "0123456789abcdef", "192.0.2.7")):
        record("client.updated", client, fields=["phone", "email"], count=2, automatic=True)
    [event] = events(dana, "client.updated")
    assert (event.actor_kind, event.actor_id, event.command) == ("user", dana.pk, "")
    assert (event.request_id, event.session_ref, event.ip) == (request, "0123456789abcdef", "192.0.2.7")
    assert (event.object_type, event.object_id, event.object_ids) == ("client", client.pk, [])
    assert event.fields == ["email", "phone"]
    assert event.metadata == {"count": 2, "automatic": True}
    assert event.outcome == "ok"
    assert event.at.utcoffset() is not None
    assert event.at >= now


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.7",
        "2001:DB8::1",
        "2001:0db8:0:0:0:0:0:1",
        "::ffff:192.0.2.7",
        "::192.0.2.7",
        "fe80::1%eth0",
        None,
    ],
)
def test_an_address_in_any_spelling_is_stored_and_verifies(dana: User, address: str | None) -> None:
    assert dana.workspace is not None
    with workspace_scope(dana.workspace, dana, Origin(ip=address)):
        record("client.searched")
    assert damage(dana) is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"count": 10**18},
        {"text": 'a"\\\n\t\x1f{}%s'},
        {"שלום": "עולם 🌊"},
        {"none": None, "yes": True, "no": False},
    ],
)
def test_awkward_metadata_is_stored_as_it_was_chained(dana: User, metadata: dict[str, Any]) -> None:
    with inside(dana) as scope:
        scope.events.append(Event("client.searched", metadata=metadata))
    assert events(dana, "client.searched")[0].metadata == metadata
    assert damage(dana) is None


def test_a_line_break_in_an_event_forges_no_other_line(dana: User) -> None:
    with inside(dana):
        record("client.searched", purpose="x\n2026-01-01 INFO forged\x1b[2J")
    assert len(events(dana, "client.searched")) == 1


def test_reading_is_recorded_once_for_each_kind_and_scope(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, notes="knee")
    note = SessionNoteFactory(workspace=dana.workspace, client=client)
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        _ = found.first_name, found.first_name, found.notes
        _ = SessionNote.objects.get(pk=note.pk).plan
    [of_client], [of_note] = events(dana, "client.viewed"), events(dana, "session_note.viewed")
    assert (of_client.object_id, of_client.fields) == (client.pk, ["first_name", "notes"])
    assert (of_note.object_id, of_note.fields) == (note.pk, ["plan"])


def test_saving_without_looking_is_no_reading(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace, email="y@example.org")
    with inside(dana):
        found = Client.objects.get(pk=client.pk)
        found.email_shared = True
        found.save()
        list(Client.objects.open_values("first_name", unrecorded="a test"))
    assert events(dana, "client.viewed") == []


def test_the_trail_holds_no_client_data(dana: User) -> None:
    """A canary in every text of a client and a note, read, changed and searched for in the trail."""
    canary = "Quetzalcoatl"
    client = ClientFactory(
        workspace=dana.workspace, first_name=canary, last_name=canary, notes=canary, tags=[canary]
    )
    note = SessionNoteFactory(workspace=dana.workspace, client=client, plan=canary)
    with inside(dana):
        for row in (Client.objects.get(pk=client.pk), SessionNote.objects.get(pk=note.pk)):
            for field in row._meta.concrete_fields:
                getattr(row, field.attname)
        found = Client.objects.get(pk=client.pk)
        found.first_name = canary * 2
        found.save()
        record("client.updated", found, fields=["first_name"])
    with inside(dana), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM audit_auditevent e")
        [text] = cursor.fetchone() or [""]
    assert str(client.pk) in text
    assert canary not in text


def test_kinds_of_objects_are_named_after_their_models() -> None:
    assert [object_type(model) for model in (Client, SessionNote)] == ["client", "session_note"]


TAMPERING = [
    "UPDATE audit_auditevent SET action = 'x'",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent",
    "TRUNCATE audit_auditevent, audit_audithead CASCADE",
    "INSERT INTO audit_auditevent SELECT * FROM audit_auditevent LIMIT 1 "
    "ON CONFLICT (id) DO UPDATE SET action = 'x'",
    "MERGE INTO audit_auditevent t USING audit_auditevent s ON t.id = s.id WHEN MATCHED THEN DELETE",
    "MERGE INTO audit_auditevent t USING audit_auditevent s ON t.id = s.id "
    "WHEN MATCHED THEN UPDATE SET action = 'x'",
    "WITH gone AS (DELETE FROM audit_auditevent RETURNING *) SELECT * FROM gone",
    "UPDATE audit_audithead SET sequence = 0",
    "UPDATE audit_audithead SET seal = '\\x00'",
    "DELETE FROM audit_audithead",
    "TRUNCATE audit_audithead",
]


@pytest.mark.parametrize("role", ["application", "owner", "superuser", "replica"])
def test_the_trail_can_only_be_added_to(superuser: Connection, dana: User, role: str) -> None:
    write_events(dana, 2)
    before = superuser.execute("SELECT e::text FROM audit_auditevent e ORDER BY sequence").fetchall()
    for statement in TAMPERING:
        with pytest.raises(Exception, match="append-only|only moves forward|permission denied"):
            _execute(superuser, dana, role, statement)
    assert superuser.execute("SELECT e::text FROM audit_auditevent e ORDER BY sequence").fetchall() == before
    assert damage(dana) is None


def _execute(superuser: Connection, user: User, role: str, statement: str) -> None:
    if role == "application":
        with inside(user), connection.cursor() as cursor:
            cursor.execute(statement)
        return
    with superuser.transaction():
        if role == "owner":
            superuser.execute("SET LOCAL ROLE pazpaz_owner")
        if role == "replica":
            superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(statement)


def test_the_application_cannot_add_an_event_that_verifies(dana: User) -> None:
    """It may insert, as it must; what it inserts past the chain is found."""
    with inside(dana), connection.cursor() as cursor:
        columns = ", ".join(
            str(f.column) for f in AuditEvent._meta.local_fields if f.name not in {"id", "sequence"}
        )
        cursor.execute(
            f"INSERT INTO audit_auditevent (id, sequence, {columns}) "
            f"SELECT gen_random_uuid(), 4, {columns} FROM audit_auditevent WHERE sequence = 3"
        )
    found = damage(dana)
    assert found is not None
    assert (found.kind.value, found.sequence) == ("inserted", 4)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain_without_gaps(dana: User) -> None:
    start = threading.Barrier(4, timeout=10)

    def write(_number: int) -> None:
        try:
            start.wait()
            for _turn in range(10):
                with inside(dana):
                    record("client.searched")
                    record("client.searched")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert [event.sequence for event in events(dana)] == list(range(1, 3 + 80 + 1))
    assert damage(dana) is None


@pytest.mark.django_db(transaction=True)
def test_the_chain_is_locked_only_while_it_is_written(dana: User) -> None:
    """A slow request does not hold up the others, and goes on after what they wrote meanwhile."""
    entered, done = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with inside(dana):
                record("client.searched", count=1)
                entered.set()
                assert done.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert entered.wait(10)
    with inside(dana), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        record("client.searched", count=2)
    done.set()
    thread.join()
    assert [event.metadata["count"] for event in events(dana, "client.searched")] == [2, 1]


def test_a_new_master_key_goes_on_where_the_old_one_stopped(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_events(dana, 1)
    old = master_keys()
    new = KeyEncryptionKeys((KeyEncryptionKey(b"n" * 32), *old.keys))
    for place in ("audit.chain", "pazpaz.accounts.keyring"):
        monkeypatch.setattr(f"{place}.master_keys", lambda: new)
    write_events(dana, 1)
    trail = events(dana)
    assert {event.key_id for event in trail} == {old.current.id, new.current.id}
    assert damage(dana) is None
    with inside(dana):
        assert AuditHead.objects.get().key_id == new.current.id


def test_a_deleted_workspace_keeps_its_key_and_its_trail(superuser: Connection, dana: User) -> None:
    write_events(dana, 2)
    gone = workspace_id(dana)
    superuser.execute("DELETE FROM accounts_workspace")
    finding = verify(gone)
    assert (finding.events, finding.damage) == (5, None)


def test_a_command_acts_under_its_own_name(dana: User) -> None:
    assert dana.workspace is not None
    with workspace_scope(dana.workspace, Actor.running("purge")):
        record("client.searched")
    [event] = events(dana, "client.searched")
    assert (event.actor_kind, event.actor_id, event.command) == ("command", None, "purge")


def test_an_event_that_cannot_be_written_undoes_what_it_speaks_of(dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)

    def act() -> None:
        with inside(dana):
            Client.objects.filter(pk=client.pk).update(email_shared=True)
            record("x" * 100, client)

    with pytest.raises(DatabaseError), transaction.atomic():
        act()
    with inside(dana):
        assert not Client.objects.get(pk=client.pk).email_shared


def test_each_workspace_chains_with_a_key_of_its_own(dana: User, omer: User) -> None:
    """Events of one practice cannot be put into the trail of another."""
    current = master_keys().current.id
    assert chain_key(current, workspace_id(dana)) != chain_key(current, workspace_id(omer))


@pytest.mark.parametrize("outcome", ["ok", "refused", "failed"])
def test_the_chain_vouches_for_the_outcome(dana: User, superuser: Connection, outcome: Outcome) -> None:
    with inside(dana):
        record("client.searched", outcome=outcome)
    assert damage(dana) is None
    other = "failed" if outcome == "ok" else "ok"
    with unguarded(superuser):
        superuser.execute(
            "UPDATE audit_auditevent SET outcome = %s WHERE action = 'client.searched'", [other]
        )
    assert damage(dana) is not None
