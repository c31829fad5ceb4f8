"""Asking somebody to join a practice, and their accepting it.

An inviter must not learn whether an address has an account elsewhere. So an invitation is only a row and an
e-mail: who has an account gets a hint instead of a link; everybody else's account is made when they accept.

The token of a link is in the e-mail alone. It begins with the workspace, whose row holds the token's digest.
The next e-mail has a token of its own, and the one before stops working.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.emails import absolute_url, send_letter
from pazpaz.accounts.models import Invitation, User, Workspace
from pazpaz.encryption.providers import master_keys
from pazpaz.events import Actor, Origin
from pazpaz.scope import record, workspace_scope

TOKEN = "invitation.token"
DAYS = 7


class AddressTaken(Exception):
    """The address has an account by now."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that still stands, as the invited person may see it."""

    id: UUID
    workspace: Workspace
    email: str
    role: str


def invite(
    workspace: Workspace, email: str, role: str, *, inviter: User, on_sent: Callable[[bool], None]
) -> Invitation:
    """Invite an address, or invite it again; the e-mail leaves when all of it is saved.

    Then `on_sent` is told whether the mail server took it. The invitation says so too: `sent_at`.
    """
    invitation, is_new = Invitation.objects.update_or_create(
        workspace=workspace, email=User.clean_email(email), defaults={"role": role, "sent_at": None}
    )
    record("user.invited", invitation, role=role, again=not is_new)
    transaction.on_commit(partial(_send, invitation, inviter, on_sent), robust=True)
    return invitation


def withdraw(invitation: Invitation) -> None:
    """Take an invitation back: its link stops working."""
    record("invitation.withdrawn", invitation)
    invitation.delete()


def new_token(workspace: Workspace) -> str:
    return urlsafe_b64encode(workspace.pk.bytes + secrets.token_bytes(32)).decode()


def keep_token(invitation: Invitation, token: str) -> None:
    """Let a token, which an e-mail has carried to the invited person, accept the invitation as it is."""
    now = timezone.now()
    invitation.sent_at = now
    invitation.token_digest = master_keys().digest(TOKEN, token.encode())
    invitation.expires_at = now + timedelta(days=DAYS)
    invitation.seal = invitation.make_seal()
    Invitation.objects.filter(pk=invitation.pk).update(
        sent_at=invitation.sent_at,
        token_digest=invitation.token_digest,
        expires_at=invitation.expires_at,
        seal=invitation.seal,
    )


def read_offer(token: str) -> Offer | None:
    """Return what a link offers; None if it is not ours, too old, replaced, withdrawn or accepted."""
    try:
        workspace_id = UUID(bytes=urlsafe_b64decode(token)[:16])
    except ValueError:
        return None
    workspace = Workspace.objects.filter(pk=workspace_id, is_active=True).first()
    if workspace is None:
        return None
    digests = master_keys().digests(TOKEN, token.encode())
    with workspace_scope(workspace, Actor.running("invitation")):
        invitation = workspace.invitations.filter(
            token_digest__in=digests, expires_at__gt=timezone.now()
        ).first()
    if invitation is None or not invitation.has_true_seal():
        return None
    return Offer(invitation.pk, workspace, invitation.email, invitation.role)


def accept(offer: Offer, name: str, origin: Origin) -> User | None:
    """Make the account of the invited person. Returns None if the invitation is gone; raises AddressTaken."""
    person = User(
        id=uuid4(),
        email=offer.email,
        name=name,
        role=offer.role,
        workspace=offer.workspace,
    )
    person.set_unusable_password()
    try:
        with workspace_scope(offer.workspace, person, origin):
            # Deleting is the lock: of two clicks on one link, one finds the row.
            if not Invitation.objects.filter(pk=offer.id).delete()[0]:
                return None
            person.save(force_insert=True)
            record("user.created", person, role=person.role)
    except IntegrityError:
        raise AddressTaken from None
    return person


def _send(invitation: Invitation, inviter: User, on_sent: Callable[[bool], None]) -> None:
    workspace = invitation.workspace
    token = new_token(workspace)
    account = User.objects.select_related("workspace").filter(email=invitation.email).first()
    context = {
        "practice": workspace.name,
        "inviter": inviter.display_name,
        "email": invitation.email,
        "role": invitation.get_role_display(),
        "days": DAYS,
        "url": absolute_url(reverse("account_invitation", args=[token])),
    }
    language = (account and account.reads_in) or workspace.language
    sent = send_letter("hint" if account else "invitation", invitation.email, context, language)
    with workspace_scope(workspace, inviter):
        if sent:
            keep_token(invitation, token)
        else:
            record("invitation.not_sent", invitation, outcome="failed")
    on_sent(sent)
