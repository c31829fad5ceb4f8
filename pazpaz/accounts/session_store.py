"""Where sessions live: sealed, in a table that says whose each is; one query reads session and user.

The table holds what verifies a session, not what opens one: the key of a cookie stands there as an HMAC, and
the contents are sealed (AES-256-GCM), both under keys derived from the master key, which the database lacks.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from pazpaz.accounts.models import Session, User
from pazpaz.database.compiled import any_of, compiled
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.providers import master_keys

LABEL = "session"
STORED_KEY_LENGTH = 40

logger = logging.getLogger("pazpaz.signin")


@compiled
def _live(keys: list[str], now: datetime) -> QuerySet[Session]:
    rows = Session.objects.select_related("user__workspace")
    return rows.filter(any_of("session_key", keys), expire_date__gt=now)


def stored_keys(session_key: str) -> list[str]:
    """Return what the table knows a cookie's key by: 160 bits of its HMAC under each master key, as hex."""
    digests = master_keys().digests(LABEL, session_key.encode())
    return [digest.hex()[:STORED_KEY_LENGTH] for digest in digests]


def seal_contents(contents: dict[str, Any], stored_key: str) -> str:
    """Return the contents of a session as a token that is bound to its row."""
    text = json.dumps(contents, separators=(",", ":"))
    return master_keys().seal_secret(LABEL, row_id(stored_key), text)


def open_contents(row: Session) -> dict[str, Any]:
    """Return the contents of a session's row; nothing when it was planted, moved or altered."""
    try:
        text = master_keys().open_secret(LABEL, row_id(row.session_key), row.session_data)
    except EncryptionError:
        logger.warning("A session was planted or altered, or its master key is no longer configured.")
        return {}
    contents: dict[str, Any] = json.loads(text)
    return contents


def row_id(stored_key: str) -> UUID:
    """Return the id by which a session's row is spoken of. It opens nothing."""
    return UUID(hex=stored_key[:32])


class SessionStore(db.SessionStore):
    """Django's, but for the table. `loaded_with` is the person whose session it was when it was read."""

    loaded_with: User | None = None
    # The key of the cookie, and what its row was found by: that of an earlier master key until it expires.
    _found: tuple[str, str] | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()
        return open_contents(row) if row else {}

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key__in=stored_keys(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(session_key__in=stored_keys(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        stored = self.stored_key
        return Session(
            session_key=stored,
            session_data=seal_contents(data, stored),
            expire_date=self.get_expiry_date(),
            user_id=data.get(SESSION_KEY),
        )

    @property
    def stored_key(self) -> str:
        """What the table knows this session by."""
        key = self.session_key or ""
        return self._found[1] if self._found and self._found[0] == key else stored_keys(key)[0]

    def _get_session_from_db(self) -> Session | None:
        # Keys are letters and digits. PostgreSQL refuses some of what somebody else can put into a cookie.
        key = self.session_key or ""
        session = None
        if key.isalnum() and key.isascii():
            session = _live.first(stored_keys(key), timezone.now())
        if session is None:
            self._session_key = None
        else:
            self.loaded_with = session.user
            self._found = (key, session.session_key)
        return session
