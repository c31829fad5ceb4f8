"""How long a session may live: counted on the server, in the session itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from pazpaz.accounts.models import User

BEGAN_AT = "began_at"
SEEN_AT = "seen_at"
IP, USER_AGENT = "ip", "user_agent"
# Writing the session costs a query, so activity is written at most this often. A session may therefore end
# this much before its idle minutes are over, never after; the warning in the page counts that way too.
SEEN_EVERY_SECONDS = 30
STAFF_IDLE_MINUTES = 15


def begin_session(session: SessionBase, *, ip: str | None = None, user_agent: str = "") -> None:
    """Start both clocks when a user signs in, and note the browser for the list of open sessions."""
    session[BEGAN_AT] = session[SEEN_AT] = time.time()
    session[IP], session[USER_AGENT] = ip, user_agent[:200]


def note_activity(session: SessionBase) -> None:
    """Say that the session is in use; costs a write only if it has not been said for a while."""
    if BEGAN_AT not in session:
        begin_session(session)
    elif time.time() - session[SEEN_AT] > SEEN_EVERY_SECONDS:
        session[SEEN_AT] = time.time()


def limit_reached(session: SessionBase | Mapping[str, Any], user: User) -> Literal["", "absolute", "idle"]:
    """Return which limit ends the session of a user now, or an empty string."""
    now = time.time()
    idle_minutes = user.workspace.idle_minutes if user.workspace else STAFF_IDLE_MINUTES
    if now - session.get(BEGAN_AT, now) > settings.SESSION_ABSOLUTE_SECONDS:
        return "absolute"
    if now - session.get(SEEN_AT, now) > idle_minutes * 60:
        return "idle"
    return ""
