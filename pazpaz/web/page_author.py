"""The author of a page: the person, in their practice, whom the server made it for.

Every form and every script request of a page carries a signed token that says so. A page may outlive its
session, and the next person at the same browser may send it: what it brings belongs to its author. The token
gives no rights. It is good for one thing, to keep a late form for the author.
"""

from __future__ import annotations

import hmac
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError
from django.utils.crypto import salted_hmac

from pazpaz.accounts.models import User, Workspace

FIELD, HEADER = "page_author", "X-Page-Author"
SALT = "pazpaz.page_author"
# Pages stay open over a holiday. The token of an older one counts only for its author, signed in.
DAYS = 30
# The person's id, 8 random bytes, the time in seconds, the role; then what signs them and the practice's id.
ID_BYTES, NONCE_BYTES, TIME_BYTES, MAC_BYTES = 16, 8, 4, 16
CLAIM_BYTES = ID_BYTES + NONCE_BYTES + TIME_BYTES + 1


@dataclass(frozen=True, slots=True)
class PageToken:
    """A token as it was sent. Only `is_of` says whether it is genuine."""

    claim: bytes
    mac: bytes

    @property
    def user_id(self) -> UUID:
        return UUID(bytes=self.claim[:ID_BYTES])

    @property
    def page_id(self) -> UUID:
        """The page among all pages of its author."""
        return UUID(bytes=sha256(self.claim).digest()[:16])

    @property
    def was_clinician(self) -> bool:
        """Whether the author saw clinical data when the page was made."""
        return self.claim[-1] == 1

    @property
    def is_outdated(self) -> bool:
        made_at = int.from_bytes(self.claim[ID_BYTES + NONCE_BYTES : -1])
        return time.time() - made_at > DAYS * 24 * 60 * 60

    def is_of(self, user: User) -> bool:
        """Return whether the server made the page for this person in this practice, however long ago."""
        return self.user_id == user.pk and any(
            hmac.compare_digest(self.mac, _sign(self.claim, user.workspace_id, key))
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        )


def make_token(user: User) -> str:
    """Return the token for a page that is made for this person."""
    now = int(time.time()).to_bytes(TIME_BYTES)
    claim = user.pk.bytes + os.urandom(NONCE_BYTES) + now + bytes([user.sees_clinical_data])
    return urlsafe_b64encode(claim + _sign(claim, user.workspace_id, settings.SECRET_KEY)).decode()


def token_of(request: HttpRequest) -> str:
    """Return the token a request was sent with, genuine or not, or an empty string."""
    try:
        return request.headers.get(HEADER) or request.POST.get(FIELD, "")
    except UnreadablePostError:
        return ""


def read_token(text: str) -> PageToken | None:
    """Return a token's parts, or None when it does not have the form of one."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        return None
    return PageToken(raw[:CLAIM_BYTES], raw[CLAIM_BYTES:]) if len(raw) == CLAIM_BYTES + MAC_BYTES else None


def author_of(request: HttpRequest) -> tuple[User, PageToken] | None:
    """Return who the page of a request was made for, signed in or not, or None: then it is nobody's.

    Somebody whose account is deactivated is still the author. Somebody who belongs to another practice by now
    is not.
    """
    token = read_token(token_of(request))
    if token is None:
        return None
    here = request.user
    if isinstance(here, User) and here.pk == token.user_id:
        user: User | None = here
    elif token.is_outdated:
        return None
    else:
        user = User.objects.select_related("workspace").filter(pk=token.user_id).first()
    if user is None or user.workspace is None or user.workspace.status == Workspace.Status.CLOSED:
        return None
    return (user, token) if token.is_of(user) else None


def _sign(claim: bytes, workspace_id: UUID | None, key: str | bytes) -> bytes:
    practice = workspace_id.bytes if workspace_id else b""
    return salted_hmac(SALT, claim + practice, secret=key, algorithm="sha256").digest()[:MAC_BYTES]
