"""The sessions somebody has open: where, since when, and ending them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.translation import gettext as _

from pazpaz.accounts.models import Session, User
from pazpaz.accounts.session_clock import BEGAN_AT, IP, SEEN_AT, USER_AGENT, limit_reached
from pazpaz.accounts.session_store import SessionStore, row_id

# In the session: the page that was wanted before the sign-in.
WANTED_BEFORE = "wanted_before_sign_in"
# The order matters: Edge calls itself Chrome, Chrome calls itself Safari, iPhones call themselves Mac.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True)
class OpenSession:
    id: UUID
    device: str
    ip: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def open_sessions(user: User, current: SessionBase) -> list[OpenSession]:
    """Return a user's sessions that are still alive, the current one first; dead ones are deleted."""
    alive, dead, now = [], [], timezone.now()
    for row in Session.objects.filter(user=user):
        contents = row.get_decoded()
        if contents.get(SESSION_KEY) != str(user.pk) or _is_over(row, contents, user):
            dead.append(row.session_key)
            continue
        # The first request of a session starts its clocks, and stores them when it has been answered.
        began_at = datetime.fromtimestamp(contents.get(BEGAN_AT, now.timestamp()), UTC)
        seen_at = datetime.fromtimestamp(contents.get(SEEN_AT, now.timestamp()), UTC)
        device, ip = device_name(contents.get(USER_AGENT, "")), contents.get(IP) or ""
        is_current = row.session_key == stored_key_of(current)
        alive.append(OpenSession(row_id(row.session_key), device, ip, began_at, seen_at, is_current))
    if dead:
        Session.objects.filter(session_key__in=dead).delete()
    return sorted(alive, key=lambda session: (not session.is_current, -session.began_at.timestamp()))


def end_session(user: User, session_id: UUID) -> bool:
    """End one session of a user. Returns False when there is none of that id."""
    rows = Session.objects.filter(user=user, session_key__startswith=session_id.hex)
    return rows.delete()[0] > 0


def end_other_sessions(user: User, current: SessionBase) -> int:
    """End every session of a user but one. Returns how many there were."""
    others = Session.objects.filter(user=user).exclude(session_key=stored_key_of(current))
    return others.delete()[0]


def end_all_sessions(users: Collection[User]) -> None:
    """End every session of some users, listed or not: sessions are bound to the (unusable) password."""
    Session.objects.filter(user__in=users).delete()
    for user in users:
        user.set_unusable_password()
        user.save(update_fields=["password", "updated_at"])


def stored_key_of(session: SessionBase) -> str:
    assert isinstance(session, SessionStore)
    return session.stored_key


def _is_over(row: Session, contents: dict[str, Any], user: User) -> bool:
    return row.expire_date <= timezone.now() or bool(limit_reached(contents, user))


def device_name(user_agent: str) -> str:
    """Return a browser and a system out of what a browser says about itself: "Firefox, Windows"."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or _("Unknown device")
