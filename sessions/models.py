"""Session notes: SOAP, a draft until signed, then read-only; amendments add versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.fields import EncryptedCharField, EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from scheduling.models import Appointment

SECTION_LENGTH = 20_000
SECTIONS = ("subjective", "objective", "assessment", "plan")


class SessionNoteQuerySet(SealedQuerySet["SessionNote"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def drafts(self) -> Self:
        return self.live().filter(is_draft=True)

    def signed(self) -> Self:
        return self.live().filter(is_draft=False)


SessionNoteManager = models.Manager.from_queryset(SessionNoteQuerySet)


class SessionNote(SealedModel):
    """One SOAP note. `version` counts every save, for stale tabs; versions of the signed text are NoteVersions."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="session_notes"
    )
    client = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, db_constraint=False, db_index=False, related_name="session_notes"
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.DB_SET_NULL,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="session_notes",
    )
    author = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="session_notes"
    )
    session_date = models.DateTimeField(_("date of the session"))
    duration_minutes = models.PositiveSmallIntegerField(_("duration in minutes"), null=True, blank=True)
    subjective = EncryptedTextField(
        _("Subjective"), label="session_note.subjective", clinical=True, max_length=SECTION_LENGTH, blank=True
    )
    objective = EncryptedTextField(
        _("Objective"), label="session_note.objective", clinical=True, max_length=SECTION_LENGTH, blank=True
    )
    assessment = EncryptedTextField(
        _("Assessment"), label="session_note.assessment", clinical=True, max_length=SECTION_LENGTH, blank=True
    )
    plan = EncryptedTextField(
        _("Plan"), label="session_note.plan", clinical=True, max_length=SECTION_LENGTH, blank=True
    )
    is_draft = models.BooleanField(default=True)
    draft_saved_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    amended_at = models.DateTimeField(null=True, blank=True)
    amendment_count = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    deleted_reason = EncryptedTextField(
        label="session_note.deleted_reason", clinical=True, max_length=2000, null=True, blank=True
    )
    purge_after = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[SessionNote]] = SessionNoteManager()

    class Meta:
        verbose_name = _("session note")
        verbose_name_plural = _("session notes")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_draft=True, signed_at=None, signed_by=None)
                | Q(is_draft=False, signed_at__isnull=False, signed_by__isnull=False),
                name="session_note_signed_is_not_draft",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes=None) | Q(duration_minutes__gt=0), name="session_note_duration_positive"
            ),
            models.UniqueConstraint(
                fields=["workspace", "appointment"],
                condition=Q(appointment__isnull=False, deleted_at=None),
                name="session_note_one_live_per_appointment",
            ),
        ]
        indexes = [
            models.Index(
                "workspace",
                "client",
                F("session_date").desc(),
                condition=Q(deleted_at=None),
                name="session_note_history",
            ),
            models.Index(
                fields=["workspace", "draft_saved_at"],
                condition=Q(is_draft=True, deleted_at=None),
                name="session_note_drafts",
            ),
            models.Index(
                fields=["workspace", "purge_after"],
                condition=Q(purge_after__isnull=False),
                name="session_note_purge",
            ),
        ]

    if TYPE_CHECKING:
        versions: models.Manager[NoteVersion]
        attachments: models.Manager[Attachment]

    def __str__(self) -> str:
        return f"Note {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("sessions:note", args=[self.pk])

    @property
    def is_signed(self) -> bool:
        return not self.is_draft

    @property
    def is_amended(self) -> bool:
        return self.amendment_count > 0


class NoteVersion(SealedModel):
    """The text of a note as it was signed (1) or amended (2, 3, …). Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="note_versions"
    )
    note = models.ForeignKey(
        SessionNote, on_delete=models.DB_CASCADE, db_constraint=False, db_index=False, related_name="versions"
    )
    number = models.PositiveSmallIntegerField()
    author = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    reason = EncryptedTextField(
        _("reason"), label="note_version.reason", clinical=True, max_length=2000, null=True, blank=True
    )
    subjective = EncryptedTextField(label="note_version.subjective", clinical=True, max_length=SECTION_LENGTH)
    objective = EncryptedTextField(label="note_version.objective", clinical=True, max_length=SECTION_LENGTH)
    assessment = EncryptedTextField(label="note_version.assessment", clinical=True, max_length=SECTION_LENGTH)
    plan = EncryptedTextField(label="note_version.plan", clinical=True, max_length=SECTION_LENGTH)
    # Keyed (HMAC), so that it says nothing about a short text to someone without the key.
    content_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[NoteVersion]] = models.Manager.from_queryset(SealedQuerySet["NoteVersion"])()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "note", "number"], name="note_version_number_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="note_version_number_positive"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of note {self.note_id}"


class Attachment(SealedModel):
    """A file that belongs to a client, perhaps to one note. The bytes live elsewhere, encrypted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="attachments")
    client = models.ForeignKey(
        Client, on_delete=models.DB_CASCADE, db_constraint=False, db_index=False, related_name="attachments"
    )
    note = models.ForeignKey(
        SessionNote,
        on_delete=models.DB_SET_NULL,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="attachments",
    )
    file_name = EncryptedCharField(label="attachment.file_name", clinical=True, max_length=255)
    content_type = models.CharField(max_length=127)
    size = models.PositiveBigIntegerField()
    storage_key = models.CharField(max_length=255)
    ciphertext_sha256 = models.BinaryField(max_length=32)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Attachment]] = models.Manager.from_queryset(SealedQuerySet["Attachment"])()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "storage_key"], name="attachment_storage_key_unique")
        ]
        indexes = [
            models.Index(fields=["workspace", "client"], name="attachment_client"),
            models.Index(fields=["workspace", "note"], condition=Q(note__isnull=False), name="attachment_note"),
        ]

    def __str__(self) -> str:
        return f"Attachment {self.pk}"
