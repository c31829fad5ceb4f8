"""The sessions somebody has open: where, since when, and ending them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.translation import gettext as _

from pazpaz.accounts.models import Session, User
from pazpaz.accounts.session_clock import SEEN_AT, limit_reached

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
    id: int
    device: str
    ip: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def open_sessions(user: User, current_key: str | None) -> list[OpenSession]:
    """Return a person's sessions that still live, the current one first; dead ones are cleared away."""
    known = list(UserSession.objects.filter(user=user).order_by("-created_at"))
    stored = Session.objects.filter(
        session_key__in=[row.session_key for row in known], expire_date__gt=timezone.now()
    )
    contents = {row.session_key: row.get_decoded() for row in stored}
    alive, dead = [], []
    for row in known:
        content: dict[str, Any] = contents.get(row.session_key, {})
        if not content or limit_reached(content, user):
            dead.append(row)
            continue
        seen_at = datetime.fromtimestamp(content.get(SEEN_AT, row.created_at.timestamp()), UTC)
        is_current = row.session_key == current_key
        device = device_name(row.user_agent)
        alive.append(OpenSession(row.pk, device, row.ip, row.created_at, seen_at, is_current))
    if dead:
        _end(dead)
    return sorted(alive, key=lambda session: not session.is_current)


def end_session(user: User, session_id: int) -> bool:
    """End one session of a person. Returns False when there is none of that id."""
    return _end(UserSession.objects.filter(user=user, pk=session_id)) > 0


def end_other_sessions(user: User, current_key: str | None) -> int:
    """End every session of a person but one. Returns how many there were."""
    return _end(UserSession.objects.filter(user=user).exclude(session_key=current_key))


def end_all_sessions(users: Collection[User]) -> None:
    """End every session of some people, listed or not: sessions are bound to the (unusable) password."""
    _end(UserSession.objects.filter(user__in=users))
    for user in users:
        user.set_unusable_password()
        user.save(update_fields=["password", "updated_at"])


def device_name(user_agent: str) -> str:
    """Return a browser and a system out of what a browser says about itself: "Firefox, Windows"."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or _("Unknown device")


def _end(rows: Any) -> int:
    found = list(rows)
    Session.objects.filter(session_key__in=[row.session_key for row in found]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in found]).delete()
    return len(found)
