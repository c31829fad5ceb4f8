"""Invitations to join a practice."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models.user import User
from pazpaz.accounts.models.workspace import Workspace


class Invitation(models.Model):
    """Somebody asked to join a practice. The account is made when they accept; then this row is gone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=16, choices=User.Role, default=User.Role.THERAPIST)
    # When the mail server took the last e-mail; none while it has not.
    sent_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="invitation_once_an_address"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "therapist", "assistant"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
