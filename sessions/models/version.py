"""The texts of a signed note: as it was signed, and after each amendment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import User, Workspace
from pazpaz.database.keys import SameWorkspaceKey
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from sessions.sections import SECTION_LENGTH, SECTIONS, content_hash

if TYPE_CHECKING:
    from sessions.models.note import SessionNote


class NoteVersion(SealedModel):
    """The text of a note as it was signed (1) or amended (2, 3, …). Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="note_versions"
    )
    note = SameWorkspaceKey("SessionNote", models.DB_CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    author = SameWorkspaceKey(User, models.DO_NOTHING, related_name="+")
    reason = EncryptedTextField(
        _("reason"), label="note_version.reason", clinical=True, max_length=2000, null=True, blank=True
    )
    subjective = EncryptedTextField(
        _("Subjective"), label="note_version.subjective", clinical=True, max_length=SECTION_LENGTH
    )
    objective = EncryptedTextField(
        _("Objective"), label="note_version.objective", clinical=True, max_length=SECTION_LENGTH
    )
    assessment = EncryptedTextField(
        _("Assessment"), label="note_version.assessment", clinical=True, max_length=SECTION_LENGTH
    )
    plan = EncryptedTextField(_("Plan"), label="note_version.plan", clinical=True, max_length=SECTION_LENGTH)
    # Keyed (HMAC), so that it says nothing about a short text to someone without the key.
    content_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[NoteVersion]] = models.Manager.from_queryset(
        SealedQuerySet["NoteVersion"]
    )()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "note", "number"], name="note_version_number_unique"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="note_version_number_positive"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of note {self.note_id}"

    @classmethod
    def of(
        cls,
        note: SessionNote,
        number: int,
        author: User,
        reason: str | None = None,
        *,
        at: datetime | None = None,
    ) -> NoteVersion:
        """Return the unsaved version of a note's text as it stands; made now, unless told when."""
        texts = note.sections()
        return cls(
            workspace_id=note.workspace_id,
            note=note,
            number=number,
            author=author,
            reason=reason,
            created_at=at or timezone.now(),
            content_hash=content_hash(texts.values()),
            **texts,
        )

    def sections(self) -> dict[str, str]:
        """Open the four sections."""
        return {name: getattr(self, name) for name in SECTIONS}
