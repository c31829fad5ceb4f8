"""The events of a trail as plain rows, read as the database spells them: what verification walks over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from psycopg import Cursor
from psycopg.pq import Format

from audit.canonical import Facts, canonical, canonical_json
from audit.chain import chain_key, link_to
from pazpaz.encryption.errors import BadKey

# Every way to alter a value must show: a year before Christ, the mask of an address, a null in a list.
_SELECT = """
    SELECT id::text, workspace_id::text, sequence,
      CASE WHEN at > '0001-01-01Z' THEN
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') ELSE 'never' END,
      actor_kind, coalesce(actor_id::text, ''), command, session_ref, coalesce(request_id::text, ''),
      CASE WHEN ip IS NULL THEN '' ELSE format('%%s', ip) END, action, object_type,
      coalesce(object_id::text, ''), array_to_json(object_ids)::text, outcome, array_to_json(fields)::text,
      metadata::text, key_id, previous_hash, hash
    FROM audit_auditevent WHERE workspace_id = %s AND """


class Row(NamedTuple):
    """One event, with what links it to its neighbours."""

    facts: Facts
    key_id: str
    previous_hash: bytes
    hash: bytes

    @property
    def sequence(self) -> int:
        return self.facts.sequence

    @property
    def id(self) -> UUID:
        return UUID(self.facts.id)

    def is_genuine(self, place: int, previous: bytes) -> bool:
        """Return whether this is our event for a place of its trail, after the hash before it."""
        facts = self.facts
        try:
            key = _key(self.key_id, facts.workspace)
            text = canonical(facts if facts.sequence == place else facts._replace(sequence=place))
        except (BadKey, ValueError):  # a key that is not configured; an address that we never write
            return False
        return link_to(key, previous, text) == self.hash


def fetch(workspace_id: UUID, condition: str, values: Sequence[Any], limit: int | None = None) -> list[Row]:
    """Return the events of the open workspace that meet a condition, in order."""
    ending = f" ORDER BY sequence LIMIT {limit}" if limit else " ORDER BY sequence"
    connection.ensure_connection()
    # Binary: hashes arrive as they are. Django's own cursors ask for text.
    with Cursor(connection.connection) as cursor:
        cursor.format = Format.BINARY
        cursor.execute(_SELECT + condition + ending, [workspace_id, *values])
        return [_row(values) for values in cursor]


def _row(values: tuple[Any, ...]) -> Row:
    *texts, fields, metadata, key_id, previous_hash, its_hash = values
    texts.append(fields if fields.isascii() else _canonical(fields))
    texts.append(metadata if metadata == "{}" else _canonical(metadata))
    return Row(Facts._make(texts), key_id, previous_hash, its_hash)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    try:
        return canonical_json(json.loads(text))
    except (ValueError, RecursionError):  # a number, or a nesting, that we never write
        return text


@lru_cache(maxsize=512)
def _key(key_id: str, workspace: str) -> bytes:
    return chain_key(key_id, UUID(workspace))
