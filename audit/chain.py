"""The hash chain of a workspace's trail, keyed with a key the database does not hold.

Each event's hash is HMAC-SHA256 (RFC 2104) over the previous hash and the event's canonical JSON; the key is
derived from a master key (HKDF, RFC 5869) for this workspace. Events are appended by the last statements of a
scope, so the row of the head is locked for the commit only. The head carries a seal of its own: cutting off
the end of the chain leaves a head that says how long it was, and a head put back without the key stops the
writing.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from audit.canonical import canonical
from audit.models import AuditEvent, AuditHead
from pazpaz.database.prepared import prepared_cursor
from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.keys import derive
from pazpaz.encryption.providers import master_keys
from pazpaz.events import Event
from pazpaz.scope import Scope

START = bytes(32)
# A trail begins with its workspace, and only then.
FIRST_ACTION = "workspace.created"
# Events in one statement. Each number of them is a statement of its own, and PostgreSQL keeps all of those.
MOST_AT_ONCE = 20


class TrailBroken(RuntimeError):
    """The trail of a workspace cannot be continued: nothing is written there until it was restored."""

    def __init__(self, workspace_id: UUID, damage: str) -> None:
        super().__init__(
            f"The audit trail of workspace {workspace_id} cannot be continued: {damage}. "
            "Run manage.py verify_audit."
        )


# Each value with its type in the database: PostgreSQL cannot tell that of a NULL or of an empty list.
_COLUMNS = {
    "id": "uuid",
    "workspace_id": "uuid",
    "sequence": "bigint",
    "at": "timestamptz",
    "actor_kind": "text",
    "actor_id": "uuid",
    "command": "text",
    "session_ref": "text",
    "request_id": "uuid",
    "ip": "inet",
    "action": "text",
    "object_type": "text",
    "object_id": "uuid",
    "object_ids": "uuid[]",
    "outcome": "text",
    "fields": "text[]",
    "metadata": "jsonb",
    "key_id": "text",
    "previous_hash": "bytea",
    "hash": "bytea",
}
_ROW = "(" + ", ".join(f"%s::{kind}" for kind in _COLUMNS.values()) + ")"
_LOCKED_HEAD = (
    "SELECT sequence, hash, key_id, seal FROM audit_audithead WHERE workspace_id = %s::uuid FOR UPDATE"
)
_APPEND = (
    "WITH head AS (UPDATE audit_audithead SET sequence = %s::bigint, hash = %s, key_id = %s, seal = %s "
    "WHERE workspace_id = %s::uuid RETURNING id) "
    f"INSERT INTO audit_auditevent ({', '.join(_COLUMNS)}) "
    "SELECT event.* FROM head, (VALUES {rows}) AS event"
)


def append(scope: Scope, events: list[Event]) -> None:
    """Chain a scope's events after the last one, whose head is locked until the commit.

    Raises TrailBroken when the head is gone or not ours: going on would vouch for what somebody has cut off.
    """
    head = _locked_head(scope.workspace.pk, is_new=events[0].action == FIRST_ACTION)
    if not is_sealed(head):
        raise TrailBroken(scope.workspace.pk, "its head was altered")
    for batch in batched(events, MOST_AT_ONCE):
        head = _append_after(head, scope, batch)


def _append_after(head: AuditHead, scope: Scope, events: Sequence[Event]) -> AuditHead:
    """Write the rows of events and the new head in one statement; return the head."""
    workspace_id = scope.workspace.pk
    sequence, previous = head.sequence, bytes(head.hash)
    key_id = master_keys().current.id
    key = chain_key(key_id, workspace_id)
    values: list[Any] = []
    for event in events:
        sequence += 1
        row = _row(scope, event, sequence)
        row.key_id = key_id
        row.previous_hash = previous
        row.hash = previous = link(key, previous, row)
        values += (_value(row, column) for column in _COLUMNS)
    seal = head_seal(key, workspace_id, sequence, previous)
    with prepared_cursor(connection) as cursor:
        cursor.execute(
            _APPEND.format(rows=", ".join([_ROW] * len(events))),
            [str(sequence), previous, key_id, seal, workspace_id, *values],
        )
        if cursor.rowcount != len(events):
            raise TrailBroken(workspace_id, "PostgreSQL did not write every event")
    return AuditHead(workspace_id=workspace_id, sequence=sequence, hash=previous, key_id=key_id, seal=seal)


def _value(row: AuditEvent, column: str) -> Any:
    """A column's value for the statement: ids and numbers as texts, which have one type, NULL's, to psycopg.

    With types of their own there would be a statement to keep for every combination of them.
    """
    value = getattr(row, column)
    if column == "metadata":
        return Jsonb(value)
    if column == "object_ids":
        return [str(id) for id in value]
    return str(value) if isinstance(value, UUID | int) else value


def link(key: bytes, previous: bytes, event: AuditEvent) -> bytes:
    """Return an event's 32-byte hash: keyed, over the hash before it and everything the event says."""
    return link_to(key, previous, canonical(event.facts()))


def link_to(key: bytes, previous: bytes, text: bytes) -> bytes:
    """Return the hash of an event with this canonical text after the hash before it."""
    return hmac.digest(key, b"event" + previous + text, sha256)


def head_seal(key: bytes, workspace_id: UUID, sequence: int, last_hash: bytes) -> bytes:
    """Return the 32-byte seal of a chain's head."""
    return hmac.digest(key, b"head" + workspace_id.bytes + sequence.to_bytes(8, "big") + last_hash, sha256)


@lru_cache(maxsize=512)
def chain_key(key_id: str, workspace_id: UUID) -> bytes:
    """Return the chain key of a workspace under one master key. Raises BadKey when the ring lacks it."""
    return derive(master_keys().get(key_id).secret, f"pazpaz|audit|{workspace_id}")


def is_sealed(head: AuditHead) -> bool:
    """Return whether a head carries our seal."""
    try:
        key = chain_key(head.key_id, head.workspace_id)
    except BadKey:
        return False
    seal = head_seal(key, head.workspace_id, head.sequence, bytes(head.hash))
    return hmac.compare_digest(seal, bytes(head.seal))


def _locked_head(workspace_id: UUID, is_new: bool) -> AuditHead:
    with prepared_cursor(connection) as cursor:
        cursor.execute(_LOCKED_HEAD, [workspace_id])
        found = cursor.fetchone()
    if found:
        sequence, last_hash, key_id, seal = found
        return AuditHead(
            workspace_id=workspace_id, sequence=sequence, hash=last_hash, key_id=key_id, seal=seal
        )
    if not is_new:
        raise TrailBroken(workspace_id, "its head is missing")
    key_id = master_keys().current.id
    seal = head_seal(chain_key(key_id, workspace_id), workspace_id, 0, START)
    return AuditHead.objects.create(
        workspace_id=workspace_id, sequence=0, hash=START, key_id=key_id, seal=seal
    )


def _row(scope: Scope, event: Event, sequence: int) -> AuditEvent:
    actor, origin = scope.actor, scope.origin
    return AuditEvent(
        workspace_id=scope.workspace.pk,
        sequence=sequence,
        at=event.at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        command=actor.command,
        session_ref=origin.session_ref,
        request_id=origin.request_id,
        # An interface (fe80::1%eth0) is not part of an address to PostgreSQL.
        ip=origin.ip and origin.ip.partition("%")[0],
        action=event.action,
        object_type=event.object_type,
        object_id=event.object_ids[0] if len(event.object_ids) == 1 else None,
        object_ids=list(event.object_ids) if len(event.object_ids) > 1 else [],
        outcome=event.outcome,
        fields=list(event.fields),
        metadata=dict(event.metadata),
    )
