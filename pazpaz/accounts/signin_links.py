"""One-time sign-in links, made by an operator on the command line.

A link is worth what an e-mailed code is worth: a person who has a second factor is still asked for it. Its
row holds the digest of its token; marking the row as used is what signs in, so of two clicks one counts.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.emails import absolute_url
from pazpaz.accounts.models import SigninLink, User
from pazpaz.encryption.providers import master_keys

MINUTES = 15
TOKEN = "signin_link.token"


def make_link(user: User, base_url: str = "") -> str:
    """Return a link that signs a person in once, within fifteen minutes. Links that have expired go."""
    now = timezone.now()
    SigninLink.objects.filter(expires_at__lt=now).delete()
    token = secrets.token_urlsafe(32)
    link = SigninLink(
        user=user,
        token_digest=master_keys().digest(TOKEN, token.encode()),
        expires_at=now + timedelta(minutes=MINUTES),
    )
    link.seal = link.make_seal()
    link.save(force_insert=True)
    return absolute_url(reverse("account_signin_link", args=[token]), base_url)


def is_usable(token: str) -> bool:
    """Whether a link would sign in. Looking does not use it up: mail scanners look at every link."""
    return _find(token) is not None


def redeem(token: str) -> User | None:
    """Use a link up and return whose it was, or None."""
    link = _find(token)
    if link is None:
        return None
    link.used_at = timezone.now()
    unused = SigninLink.objects.filter(pk=link.pk, used_at=None)
    if not unused.update(used_at=link.used_at, seal=link.make_seal()):
        return None
    return User.objects.select_related("workspace").filter(pk=link.user_id).first()


def _find(token: str) -> SigninLink | None:
    digests = master_keys().digests(TOKEN, token.encode())
    link = SigninLink.objects.filter(
        token_digest__in=digests, used_at=None, expires_at__gt=timezone.now()
    ).first()
    return link if link is not None and link.has_true_seal() else None
