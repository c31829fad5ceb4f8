"""The hash chain of a workspace's trail, keyed with a key the database does not hold.

Each event's hash is HMAC-SHA256 (RFC 2104) over the previous hash and the event's canonical JSON; the key is
derived from a master key (HKDF, RFC 5869) for this workspace. Events are appended as the last statements of a
scope, under a row lock on the chain's head, so the lock is held for the commit only. The head carries a seal
of its own: cutting off the end of the chain leaves a head that says how long it was, and a head put back
without the key stops the writing.
"""

from __future__ import annotations

import hmac
import json
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from audit.models import AuditEvent, AuditHead
from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.keys import derive
from pazpaz.encryption.providers import master_keys
from pazpaz.scope import Event, Scope

START = bytes(32)
# A trail begins with its workspace, and only then.
FIRST_ACTION = "workspace.created"


class TrailBroken(RuntimeError):
    """The trail of a workspace cannot be continued: nothing is written there until it was restored."""

    def __init__(self, workspace_id: UUID, damage: str) -> None:
        super().__init__(
            f"The audit trail of workspace {workspace_id} cannot be continued: {damage}. "
            "Run manage.py verify_audit."
        )


_COLUMNS = (
    "id",
    "workspace_id",
    "sequence",
    "at",
    "actor_kind",
    "actor_id",
    "command",
    "session_ref",
    "request_id",
    "ip",
    "action",
    "object_type",
    "object_id",
    "object_ids",
    "outcome",
    "fields",
    "metadata",
    "key_id",
    "previous_hash",
    "hash",
)
# psycopg cannot tell the type of a NULL in VALUES.
_TYPES = {"actor_id": "uuid", "request_id": "uuid", "ip": "inet", "object_id": "uuid"}
_ROW = "(" + ", ".join(f"%s::{_TYPES[c]}" if c in _TYPES else "%s" for c in _COLUMNS) + ")"


_NEW_HEAD = (
    "INSERT INTO audit_audithead (id, sequence, hash, key_id, seal, workspace_id) "
    "VALUES (gen_random_uuid(), %s, %s, %s, %s, %s)"
)
_NEXT_HEAD = (
    "UPDATE audit_audithead SET sequence = %s, hash = %s, key_id = %s, seal = %s WHERE workspace_id = %s"
)


def append(scope: Scope, events: list[Event]) -> None:
    """Chain a scope's events: one query for the head and its lock, one for all rows and the new head.

    Raises TrailBroken when the head is gone or not ours: going on would vouch for what somebody has cut off.
    """
    workspace_id = scope.workspace.pk
    sequence, previous = _lock_head(workspace_id, is_new=events[0].action == FIRST_ACTION)
    key_id = master_keys().current.id
    key = chain_key(key_id, workspace_id)
    values: list[Any] = []
    for event in events:
        sequence += 1
        row = _row(scope, event, sequence)
        row.key_id = key_id
        row.previous_hash = previous
        row.hash = previous = link(key, previous, row)
        values += (
            Jsonb(row.metadata) if column == "metadata" else getattr(row, column) for column in _COLUMNS
        )
    head: list[Any] = [
        sequence,
        previous,
        key_id,
        head_seal(key, workspace_id, sequence, previous),
        workspace_id,
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH head AS ({_NEW_HEAD if sequence == len(events) else _NEXT_HEAD}) "
            f"INSERT INTO audit_auditevent ({', '.join(_COLUMNS)}) VALUES {', '.join([_ROW] * len(events))}"
            # In the same round trip. Django then finds nothing left to commit; if this fails, nothing was.
            f"{'; COMMIT' if scope.ends_transaction else ''}",
            [*head, *values],
        )


def link(key: bytes, previous: bytes, event: AuditEvent) -> bytes:
    """Return an event's 32-byte hash: keyed, over the hash before it and everything the event says."""
    facts = json.dumps(event.facts(), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, b"event" + previous + facts.encode(), sha256)


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


def _lock_head(workspace_id: UUID, *, is_new: bool) -> tuple[int, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, workspace_id, sequence, hash, key_id, seal FROM audit_audithead "
            "WHERE workspace_id = %s FOR UPDATE",
            [workspace_id],
        )
        found = cursor.fetchone()
    if found is None:
        if not is_new:
            raise TrailBroken(workspace_id, "its head is missing")
        return 0, START
    head = AuditHead(*found)
    if not is_sealed(head):
        raise TrailBroken(workspace_id, "its head was altered")
    return head.sequence, bytes(head.hash)


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
        # An interface (fe80::1%eth0) is no part of an address to PostgreSQL.
        ip=origin.ip and origin.ip.partition("%")[0],
        action=event.action,
        object_type=event.object_type,
        object_id=event.object_ids[0] if len(event.object_ids) == 1 else None,
        object_ids=list(event.object_ids) if len(event.object_ids) > 1 else [],
        outcome=event.outcome,
        fields=list(event.fields),
        metadata=dict(event.metadata),
    )
