"""Files of a client. Uploads come later; the table is here."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.keys import SameWorkspaceKey
from pazpaz.encryption.fields import EncryptedCharField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from sessions.models.note import SessionNote


class Attachment(SealedModel):
    """A file that belongs to a client, perhaps to one note. The bytes live elsewhere, encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="attachments"
    )
    client = SameWorkspaceKey(Client, models.DB_CASCADE, related_name="attachments")
    note = SameWorkspaceKey(
        SessionNote, models.DB_SET_NULL, null=True, blank=True, related_name="attachments"
    )
    file_name = EncryptedCharField(label="attachment.file_name", clinical=True, max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=255)
    ciphertext_sha256 = models.BinaryField(max_length=32)
    uploaded_by = SameWorkspaceKey(User, models.DO_NOTHING, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Attachment]] = models.Manager.from_queryset(
        SealedQuerySet["Attachment"]
    )()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "storage_key"], name="attachment_storage_key_unique")
        ]
        indexes = [
            models.Index(fields=["workspace", "client"], name="attachment_client"),
            models.Index(
                fields=["workspace", "note"], condition=Q(note__isnull=False), name="attachment_note"
            ),
        ]

    def __str__(self) -> str:
        return f"Attachment {self.pk}"
