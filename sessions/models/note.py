"""Session notes: SOAP, a draft until signed, then read-only; amendments add versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.keys import SameWorkspaceKey
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.scope import record
from scheduling.models import Appointment
from sessions.models.version import NoteVersion
from sessions.sections import SECTION_LENGTH, SECTIONS

# A deleted draft can be brought back for so long; then it goes for good.
RESTORABLE = timedelta(days=30)


class SessionNoteQuerySet(SealedQuerySet["SessionNote"]):
    def live(self) -> Self:
        return self.filter(deleted_at=None)

    def drafts(self) -> Self:
        return self.live().filter(is_draft=True)

    def signed(self) -> Self:
        return self.live().filter(is_draft=False)

    def recently_deleted(self, now: datetime | models.Expression) -> Self:
        """Drafts that can still be brought back, the last deleted first."""
        deleted = self.filter(is_draft=True, deleted_at__isnull=False, purge_after__gt=now)
        return deleted.order_by("-purge_after", "pk")

    def with_people(self) -> Self:
        """Fetch the names that `attribution` says along with the notes."""
        return self.select_related("author", "signed_by")

    def before(self, note: SessionNote) -> Self:
        """Signed notes of the same client, the last session before a note first."""
        earlier = self.signed().filter(client_id=note.client_id, session_date__lte=note.session_date)
        return earlier.exclude(pk=note.pk).order_by("-session_date", "-signed_at")


SessionNoteManager = models.Manager.from_queryset(SessionNoteQuerySet)


class SessionNote(SealedModel):
    """One SOAP note. `version` counts every save, for stale tabs; the signed texts are NoteVersions."""

    class NotADraft(Exception):
        """Signed or deleted meanwhile."""

    class Stale(Exception):
        """Changed since the version that the writer has seen."""

    class Empty(Exception):
        """Nothing is written in any section."""

    class OfAnother(Exception):
        """A colleague's draft, and nobody said that it is signed on their behalf."""

    class Unchanged(Exception):
        """An amendment that changes nothing."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="session_notes"
    )
    client = SameWorkspaceKey(Client, models.DB_CASCADE, related_name="session_notes")
    appointment = SameWorkspaceKey(
        Appointment, models.DB_SET_NULL, null=True, blank=True, related_name="session_notes"
    )
    author = SameWorkspaceKey(User, models.DO_NOTHING, related_name="session_notes")
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
    signed_by = SameWorkspaceKey(User, models.DO_NOTHING, null=True, related_name="+")
    amended_at = models.DateTimeField(null=True, blank=True)
    amendment_count = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = SameWorkspaceKey(User, models.DO_NOTHING, null=True, related_name="+")
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
                condition=Q(duration_minutes=None) | Q(duration_minutes__gt=0),
                name="session_note_duration_positive",
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

    @property
    def status(self) -> str:
        return "draft" if self.is_draft else "amended" if self.is_amended else "signed"

    @property
    def attribution(self) -> str:
        """Who wrote it and who signed it, in words. Fetch notes `with_people()` for a list of them."""
        author = self.author.display_name
        if self.signed_by is None:
            return gettext("Draft by %(author)s") % {"author": author}
        return gettext("Written by %(author)s · signed by %(signer)s") % {
            "author": author,
            "signer": self.signed_by.display_name,
        }

    def sections(self) -> dict[str, str]:
        """Open the four sections."""
        return {name: getattr(self, name) for name in SECTIONS}

    @property
    def is_empty(self) -> bool:
        return not any(text.strip() for text in self.sections().values())

    @classmethod
    def start(cls, client: Client, author: User) -> SessionNote:
        """Begin a note of a session that was never booked; an untouched one of today is taken up again."""
        # Clicks that come together wait here for each other, so that the second finds the draft of the first.
        list(Client.objects.select_for_update(no_key=True).filter(pk=client.pk).values_list("pk"))
        drafts = client.session_notes.drafts().filter(author=author, appointment=None, draft_saved_at=None)
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return drafts.filter(created_at__gte=today).first() or cls._begin(client, author, timezone.now())

    @classmethod
    def of_appointment(cls, appointment: Appointment, author: User) -> SessionNote:
        """Return the one live note of an appointment, begun if there is none yet."""
        notes = appointment.session_notes.live()
        if (note := notes.first()) is not None:
            return note
        start, end = appointment.scheduled_start, appointment.scheduled_end
        minutes = int((end - start).total_seconds() // 60)
        try:
            with transaction.atomic():
                return cls._begin(
                    appointment.client,
                    author,
                    start,
                    appointment=appointment,
                    duration_minutes=minutes or None,
                )
        except IntegrityError:
            # Of two clicks at once, the constraint let one through: that note is the note.
            return notes.get()

    @classmethod
    def _begin(cls, client: Client, author: User, session_date: datetime, **fields: Any) -> SessionNote:
        blank = dict.fromkeys(SECTIONS, "")
        note = cls(
            workspace_id=client.workspace_id,
            client=client,
            author=author,
            session_date=session_date,
            **blank,
            **fields,
        )
        note.save(force_insert=True)
        record("session_note.created", note)
        return note

    def sign(self, by: User, *, version: int, on_behalf: bool = False) -> None:
        """Freeze the text of a version that the signer has seen. Raises NotADraft, Stale or Empty.

        A colleague's draft is signed only `on_behalf` of its author, otherwise it raises OfAnother.
        """
        note = SessionNote.objects.drafts().select_for_update().filter(pk=self.pk).first()
        if note is None:
            raise SessionNote.NotADraft
        if note.version != version:
            raise SessionNote.Stale
        if note.is_empty:
            raise SessionNote.Empty
        is_own = note.author_id == by.pk
        if not is_own and not on_behalf:
            raise SessionNote.OfAnother
        NoteVersion.of(note, 1, by).save(force_insert=True)
        now = timezone.now()
        SessionNote.objects.filter(pk=self.pk).update(
            is_draft=False, signed_at=now, signed_by=by, updated_at=now, version=F("version") + 1
        )
        if is_own:
            record("session_note.signed", self)
        else:
            record("session_note.signed_on_behalf", self, author=str(note.author_id))

    def amend(self, by: User, texts: Mapping[str, str], reason: str, *, seen: int) -> None:
        """Change a signed note; the text it had stays readable as a version.

        `seen` is the number of amendments the writer knows of. Raises Stale, Empty or Unchanged, and
        DoesNotExist when the note is not signed.
        """
        note = SessionNote.objects.signed().select_for_update().get(pk=self.pk)
        if note.amendment_count != seen:
            raise SessionNote.Stale
        before = note.sections()
        changed = [name for name in SECTIONS if texts[name] != before[name]]
        if not changed:
            raise SessionNote.Unchanged
        for name in changed:
            setattr(note, name, texts[name])
        if note.is_empty:
            raise SessionNote.Empty
        NoteVersion.of(note, seen + 2, by, reason).save(force_insert=True)
        now = timezone.now()
        SessionNote.objects.all().update_sealed(
            note,
            {name: texts[name] for name in changed},
            amended_at=now,
            amendment_count=seen + 1,
            updated_at=now,
            version=F("version") + 1,
        )
        record("session_note.amended", self, fields=changed, number=seen + 2)

    def delete_draft(self, by: User) -> bool:
        """Put a draft away; restore() brings it back for a while. False when it is signed or away already."""
        now = timezone.now()
        deleted = SessionNote.objects.drafts().filter(pk=self.pk)
        if not deleted.update(deleted_at=now, deleted_by=by, purge_after=now + RESTORABLE, updated_at=now):
            return False
        record("session_note.deleted", self)
        return True

    def is_deleted(self) -> bool:
        """Whether it is deleted by now, whatever it was when it was fetched."""
        return not SessionNote.objects.live().filter(pk=self.pk).exists()

    def restore(self) -> bool:
        """Bring a deleted draft back, without its appointment if that has another note by now.

        Returns False when it is not deleted, or after the day until which it could be restored.
        """
        deleted = SessionNote.objects.recently_deleted(timezone.now()).filter(pk=self.pk)
        back: dict[str, Any] = dict.fromkeys(("deleted_at", "deleted_by", "purge_after"))
        back["updated_at"] = timezone.now()
        try:
            with transaction.atomic():
                restored = deleted.update(**back)
        except IntegrityError:
            restored = deleted.update(**back, appointment=None)
        if restored:
            record("session_note.restored", self)
        return bool(restored)
