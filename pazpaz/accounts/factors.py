"""The second factors of a user."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from pazpaz.accounts.models import User


def factors_of(user: User) -> list[Authenticator]:
    """Return a user's passkeys, app and recovery codes, oldest first."""
    return list(Authenticator.objects.filter(user=user).order_by("created_at"))
