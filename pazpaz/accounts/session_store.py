"""Where sessions live: in a table that says whose each is, read together with the person in one query."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models import QuerySet
from django.utils import timezone

from pazpaz.accounts.models import Session, User
from pazpaz.database.compiled import compiled


@compiled
def _live(key: str, now: datetime) -> QuerySet[Session]:
    rows = Session.objects.select_related("user__workspace")
    return rows.filter(session_key=key, expire_date__gt=now)


class SessionStore(db.SessionStore):
    """Django's, but for the table. `loaded_with` is the person whose session it was when it was read."""

    loaded_with: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        row.user_id = data.get(SESSION_KEY)
        return row

    def _get_session_from_db(self) -> Session | None:
        # Keys are letters and digits. PostgreSQL refuses some of what somebody else can put into a cookie.
        key = self.session_key or ""
        session = _live.first(key, timezone.now()) if key.isalnum() and key.isascii() else None
        if session is None:
            self._session_key = None
        else:
            self.loaded_with = session.user
        return session
