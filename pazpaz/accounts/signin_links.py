"""One-time sign-in links, made by an operator on the command line.

A link is worth what an e-mailed code is worth: whoever has a second factor is still asked for it. The token
itself is kept nowhere; the shared cache holds its digest for fifteen minutes, and deleting that entry is what
signs in, so of two clicks one counts. A cache that forgets makes links die, never live longer.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from uuid import UUID

from django.core.cache import cache
from django.urls import reverse

from pazpaz.accounts.emails import absolute_url
from pazpaz.accounts.models import User

MINUTES = 15


def make_link(user: User, base_url: str = "") -> str:
    """Return a link that signs somebody in once, within fifteen minutes."""
    token = secrets.token_urlsafe(32)
    cache.set(_key(token), str(user.pk), timeout=MINUTES * 60)
    return absolute_url(reverse("account_signin_link", args=[token]), base_url)


def is_usable(token: str) -> bool:
    """Whether a link would sign in. Looking does not use it up: mail scanners look at every link."""
    return cache.get(_key(token)) is not None


def redeem(token: str) -> User | None:
    """Use a link up and return whose it was, or None."""
    key = _key(token)
    user_id = cache.get(key)
    if user_id is None or not cache.delete(key):
        return None
    return User.objects.select_related("workspace").filter(pk=UUID(user_id)).first()


def _key(token: str) -> str:
    return f"signin-link:{sha256(token.encode()).hexdigest()}"
