"""Invitations to join a practice."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models.signin_link import time_bytes
from pazpaz.accounts.models.user import User
from pazpaz.accounts.models.workspace import Workspace
from pazpaz.encryption.providers import master_keys


class Invitation(models.Model):
    """A person asked to join a practice. The account is made when they accept; then this row is gone."""

    SEAL = "invitation.seal"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=16, choices=User.Role, default=User.Role.THERAPIST)
    # When the mail server took the last e-mail; none while it has not.
    sent_at = models.DateTimeField(null=True, editable=False)
    # The link of that e-mail: the digest of its token, until when it works, a seal over what it grants.
    token_digest = models.BinaryField(null=True, max_length=32)
    expires_at = models.DateTimeField(null=True, editable=False)
    seal = models.BinaryField(null=True, max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="invitation_once_an_address"),
            models.UniqueConstraint(fields=["workspace", "token_digest"], name="invitation_once_a_token"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "therapist", "assistant"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    def make_seal(self) -> bytes:
        return master_keys().digest(self.SEAL, *self._sealed())

    def has_true_seal(self) -> bool:
        """Return whether the application wrote what the link grants, as it is, and to whom."""
        if self.seal is None or self.token_digest is None or self.expires_at is None:
            return False
        return master_keys().confirms(bytes(self.seal), self.SEAL, *self._sealed())

    def _sealed(self) -> list[bytes]:
        assert self.token_digest is not None
        assert self.expires_at is not None
        return [
            self.pk.bytes,
            self.workspace_id.bytes,
            self.email.encode(),
            self.role.encode(),
            bytes(self.token_digest),
            time_bytes(self.expires_at),
        ]
