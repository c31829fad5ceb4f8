"""What the chain vouches for: all that an event says, as one canonical JSON text (sorted, compact, ASCII).

It is written from texts, so that verifying a trail needs no model instances: every value arrives as the
database spells it, and only what has several spellings (metadata, addresses) is read.
"""

from __future__ import annotations

import json
from functools import lru_cache
from ipaddress import ip_address
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

quote = lru_cache(maxsize=4096)(encode_basestring_ascii)


class Facts(NamedTuple):
    """An event's values as texts; an empty one where there is none."""

    id: str
    workspace: str
    sequence: int
    at: str  # ISO 8601 in UTC, with microseconds
    actor_kind: str
    actor_id: str
    command: str
    session: str
    request: str
    ip: str
    action: str
    object_type: str
    object_id: str
    object_ids: str  # a JSON array without spaces
    outcome: str
    fields: str  # a JSON array without spaces
    metadata: str  # canonical JSON


def canonical(facts: Facts) -> bytes:
    """Return the text of an event that its hash is made from."""
    (
        id, workspace, sequence, at, actor_kind, actor_id, command, session, request,
        ip, action, object_type, object_id, object_ids, outcome, fields, metadata,
    ) = facts  # fmt: skip
    return (
        f'{{"action":{quote(action)},"actor":[{quote(actor_kind)},"{actor_id}",{quote(command)}],"at":"{at}",'
        f'"fields":{fields},"id":"{id}","ip":"{packed(ip)}","metadata":{metadata},'
        f'"object":[{quote(object_type)},"{object_id}",{object_ids}],"outcome":{quote(outcome)},'
        f'"request":"{request}","sequence":{sequence},"session":{quote(session)},"workspace":"{workspace}"}}'
    ).encode()


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=4096)
def packed(address: str) -> str:
    """Return an address in bytes: the database and the versions of Python spell some differently."""
    return ip_address(address).packed.hex() if address else ""
