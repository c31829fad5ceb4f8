"""Forms that arrived after their session had ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Self
from uuid import uuid4

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models.user import User
from pazpaz.accounts.models.workspace import Workspace
from pazpaz.database.keys import SameWorkspaceKey
from pazpaz.encryption.fields import EncryptedJSONField
from pazpaz.encryption.models import SealedModel, SealedQuerySet


class UnsentFormQuerySet(SealedQuerySet["UnsentForm"]):
    def of(self, user: User) -> Self:
        """What somebody typed; what they typed as a clinician only while they are one."""
        own = self.filter(user=user)
        return own if user.sees_clinical_data else own.filter(clinical=False)

    def outdated(self) -> Self:
        return self.filter(created_at__lt=timezone.now() - UnsentForm.KEPT)


UnsentFormManager = models.Manager.from_queryset(UnsentFormQuerySet)


class UnsentForm(SealedModel):
    """A form that arrived when its session had ended: kept for the person who typed it, then gone."""

    KEPT = timedelta(days=7)

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="unsent_forms"
    )
    user = SameWorkspaceKey(User, models.DO_NOTHING, related_name="+")
    path = models.CharField(max_length=500)
    # The page it came from: what a page sends again is the newer state of the same form.
    page = models.UUIDField(null=True, editable=False)
    fields = EncryptedJSONField(_("typed text"), label="unsent_form.fields")
    clinical = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = UnsentFormManager()

    class Meta:
        verbose_name = _("unsent form")
        verbose_name_plural = _("unsent forms")
        indexes = [models.Index(fields=["workspace", "user"], name="unsent_form_user")]

    def __str__(self) -> str:
        return f"Unsent form {self.pk}"

    @property
    def is_outdated(self) -> bool:
        return self.created_at < timezone.now() - self.KEPT

    def get_absolute_url(self) -> str:
        return reverse("accounts:unsent", args=[self.pk])
