"""Where sessions live: Django's table, read with a query that is compiled once."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from pazpaz.compiled import CompiledQuery, Param

_live = CompiledQuery(lambda: Session.objects.filter(session_key=Param("key"), expire_date__gt=Param("now")))


class SessionStore(db.SessionStore):
    """Reads on every request; everything else is Django's."""

    def _get_session_from_db(self) -> Any:
        # Django makes the keys, of letters and digits. PostgreSQL refuses some of what a browser can make up.
        key = self.session_key or ""
        session = _live.first(key=key, now=timezone.now()) if key.isalnum() and key.isascii() else None
        if session is None:
            self._session_key = None
        return session
