"""The keys of a workspace: made once, wrapped in the database, unwrapped into a small short-lived cache."""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections import OrderedDict
from uuid import UUID

from django.db import transaction

from pazpaz.accounts.models import Workspace, WorkspaceKey
from pazpaz.database.connection import close_workspace, open_workspace
from pazpaz.encryption.errors import BadKey
from pazpaz.encryption.keys import KEY_BYTES, Purpose, WorkspaceKeys, check_value
from pazpaz.encryption.providers import master_keys

CACHE_SECONDS = 60
CACHE_SIZE = 256
PURPOSES: tuple[Purpose, ...] = ("data", "index")

_cache: OrderedDict[UUID, tuple[float, WorkspaceKeys]] = OrderedDict()
_lock = threading.Lock()


def create_keys(workspace: Workspace) -> None:
    """Give a new workspace its first data and index key, random, wrapped under the current master key."""
    ring = master_keys()
    with transaction.atomic():
        open_workspace(workspace.pk)
        for purpose in PURPOSES:
            key = os.urandom(KEY_BYTES)
            WorkspaceKey.objects.create(
                workspace=workspace,
                generation=1,
                purpose=purpose,
                wrapped_key=ring.wrap(key, workspace_id=workspace.pk, generation=1, purpose=purpose),
                wrapping_key_id=ring.current.id,
                check_value=check_value(key),
            )
    close_workspace()


def load_keys(workspace_id: UUID) -> WorkspaceKeys:
    """Return the unwrapped keys of the open workspace, from the cache while it is fresh (60 s).

    Raises BadKey when a key is missing, cannot be unwrapped, or is not the one its check value names.
    """
    now = time.monotonic()
    with _lock:
        held = _cache.get(workspace_id)
        if held is not None and held[0] > now:
            _cache.move_to_end(workspace_id)
            return held[1]
    keys = _unwrap(workspace_id)
    with _lock:
        _cache[workspace_id] = (now + CACHE_SECONDS, keys)
        _cache.move_to_end(workspace_id)
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return keys


def forget_keys(workspace_id: UUID | None = None) -> None:
    """Drop cached keys, of one workspace or of all: after a rotation, a suspension, or in tests."""
    with _lock:
        if workspace_id is None:
            _cache.clear()
        else:
            _cache.pop(workspace_id, None)


def _unwrap(workspace_id: UUID) -> WorkspaceKeys:
    data: dict[int, bytes] = {}
    index: dict[int, bytes] = {}
    active = {"data": 0, "index": 0}
    rows = WorkspaceKey.objects.filter(workspace_id=workspace_id).exclude(state=WorkspaceKey.State.DESTROYED)
    ring = master_keys()
    for row in rows:
        purpose: Purpose = "data" if row.purpose == WorkspaceKey.Purpose.DATA else "index"
        key = ring.unwrap(
            row.wrapped_key,
            key_id=row.wrapping_key_id,
            workspace_id=workspace_id,
            generation=row.generation,
            purpose=purpose,
        )
        if not hmac.compare_digest(check_value(key), row.check_value):
            raise BadKey(f"The {purpose} key of generation {row.generation} does not match its check value.")
        (data if purpose == "data" else index)[row.generation] = key
        if row.state == WorkspaceKey.State.ACTIVE:
            active[purpose] = row.generation
    return WorkspaceKeys(workspace_id, data, index.get(active["index"], b""), active["data"])
