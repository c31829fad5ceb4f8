"""An appointment: a client's time with a therapist, and the changes of its status."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, Func, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.keys import SameWorkspaceKey
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel
from pazpaz.scope import record
from scheduling.models.appointment_queryset import AppointmentQuerySet
from scheduling.models.location import Location, LocationType
from scheduling.models.service import Service
from scheduling.slot import Claim, Slot, SlotTaken

AppointmentManager = models.Manager.from_queryset(AppointmentQuerySet)


class _Span(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


class Transition(models.TextChoices):
    """A change of status that users can make; the value is the name of its URL."""

    COMPLETE = "complete", _("Complete")
    NO_SHOW = "no-show", _("No-show")
    CANCEL = "cancel", _("Cancel")
    REOPEN = "reopen", _("Scheduled again")


class Appointment(SealedModel):
    """A client's time with a therapist. Two of one therapist overlap only where a user allowed it."""

    class Refused(Exception):
        """The status of the appointment, or its note, does not allow this change."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        NO_SHOW = "no_show", _("No-show")

    BLOCKING: ClassVar = (Status.SCHEDULED, Status.COMPLETED)
    LONGEST: ClassVar[timedelta] = timedelta(hours=24)
    # From which statuses to which one, and the action of its audit event.
    TRANSITIONS: ClassVar = {
        Transition.COMPLETE: ((Status.SCHEDULED, Status.NO_SHOW), Status.COMPLETED, "appointment.completed"),
        Transition.NO_SHOW: ((Status.SCHEDULED, Status.COMPLETED), Status.NO_SHOW, "appointment.no_show"),
        Transition.CANCEL: ((Status.SCHEDULED, Status.COMPLETED), Status.CANCELLED, "appointment.cancelled"),
        Transition.REOPEN: (
            (Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED),
            Status.SCHEDULED,
            "appointment.reopened",
        ),
    }

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="appointments"
    )
    client = SameWorkspaceKey(
        Client, models.DB_CASCADE, verbose_name=_("client"), related_name="appointments"
    )
    therapist = SameWorkspaceKey(
        User, models.DO_NOTHING, verbose_name=_("therapist"), related_name="appointments"
    )
    service = SameWorkspaceKey(
        Service,
        models.DB_SET_NULL,
        verbose_name=_("service"),
        null=True,
        blank=True,
        related_name="appointments",
    )
    location = SameWorkspaceKey(
        Location,
        models.DB_SET_NULL,
        verbose_name=_("location"),
        null=True,
        blank=True,
        related_name="appointments",
    )
    scheduled_start = models.DateTimeField(_("start"))
    scheduled_end = models.DateTimeField(_("end"))
    location_type = models.CharField(
        _("kind of place"), max_length=8, choices=LocationType, default=LocationType.CLINIC
    )
    location_details = EncryptedTextField(
        _("place details"), label="appointment.location_details", max_length=2000, null=True, blank=True
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.SCHEDULED)
    notes = EncryptedTextField(
        _("booking note"), label="appointment.notes", max_length=5000, null=True, blank=True
    )
    overlap_allowed = models.BooleanField(default=False)
    # Whether it has a live note. A trigger on the notes sets it, and nothing else can: every page counts the
    # notes still to write, and must not read every appointment for that.
    is_documented = models.BooleanField(default=False, db_default=False, editable=False)
    awaits_note = models.GeneratedField(
        expression=Q(status="completed", is_documented=False),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_by = SameWorkspaceKey(User, models.DO_NOTHING, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Appointment]] = AppointmentManager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            models.CheckConstraint(
                condition=Q(scheduled_end__gt=F("scheduled_start")), name="appointment_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(scheduled_end__lte=F("scheduled_start") + timedelta(hours=24)),
                name="appointment_at_most_24_hours",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["scheduled", "completed", "cancelled", "no_show"]),
                name="appointment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(location_type__in=["clinic", "home", "online"]),
                name="appointment_location_type_known",
            ),
            ExclusionConstraint(
                name="appointment_no_overlap",
                expressions=[
                    ("workspace", RangeOperators.EQUAL),
                    ("therapist", RangeOperators.EQUAL),
                    (_Span("scheduled_start", "scheduled_end", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=["scheduled", "completed"], overlap_allowed=False),
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "scheduled_start", "scheduled_end"], name="appointment_time"),
            models.Index(fields=["workspace", "client", "scheduled_start"], name="appointment_client"),
            models.Index(fields=["workspace", "status"], name="appointment_status"),
            models.Index(
                fields=["workspace", "service"],
                condition=Q(service__isnull=False),
                name="appointment_service",
            ),
            models.Index(
                fields=["workspace", "location"],
                condition=Q(location__isnull=False),
                name="appointment_location",
            ),
            models.Index(
                fields=["workspace", "scheduled_start", "id"],
                condition=Q(awaits_note=True),
                name="appointment_to_write",
            ),
        ]

    if TYPE_CHECKING:
        note_is_draft: bool | None

    def __str__(self) -> str:
        return f"Appointment {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:appointment", args=[self.pk])

    @property
    def place(self) -> str:
        return self.location.name if self.location else str(self.get_location_type_display())

    @property
    def blocks_time(self) -> bool:
        return self.status in self.BLOCKING

    @property
    def allowed_transitions(self) -> list[Transition]:
        """The changes that its status and its note allow now (see with_note_state())."""
        note_is_draft = self.__dict__.get("note_is_draft")
        return [
            transition
            for transition, (origins, target, _action) in self.TRANSITIONS.items()
            if self.status in origins and not _note_forbids(target, note_is_draft)
        ]

    @property
    def slot(self) -> Slot:
        """The time it has, saved or not."""
        return Slot(
            self.workspace,
            self.therapist_id,
            self.client_id,
            self.scheduled_start,
            self.scheduled_end,
            exclude=self.pk,
        )

    def reserve(self, *, allow_overlap: Collection[UUID] = ()) -> Claim:
        """Claim its slot and save it; see Slot.claim(). Raises SlotTaken."""
        claim = (
            self.slot.claim(allow_overlap=allow_overlap) if self.blocks_time else Claim(self.overlap_allowed)
        )
        self.overlap_allowed = claim.overlap_allowed
        with self._slot_taken_by_constraint():
            self.save()
        return claim

    def complete(self, *, allow_overlap: Collection[UUID] = ()) -> None:
        """Mark it as completed. Raises Refused, or SlotTaken when the time of a no-show is booked by now."""
        self._change_status(Transition.COMPLETE, allow_overlap)

    def mark_no_show(self) -> None:
        """Mark it as a no-show. Raises Refused, also when its note is signed."""
        self._change_status(Transition.NO_SHOW)

    def cancel(self) -> None:
        """Cancel it. Raises Refused, also when it has a note."""
        self._change_status(Transition.CANCEL)

    def reopen(self, *, allow_overlap: Collection[UUID] = ()) -> None:
        """Schedule it again. Raises Refused, or SlotTaken when its time is booked by now."""
        self._change_status(Transition.REOPEN, allow_overlap)

    def restore_status(self, status: str, *, overlap_allowed: bool, changed_at: str) -> None:
        """Undo its last change of status, which was made at `changed_at`.

        Raises Refused when anything changed since, or SlotTaken when its time is booked by now.
        """
        if self.updated_at.isoformat() != changed_at:
            raise self.Refused
        if status not in self.BLOCKING:
            self.overlap_allowed = overlap_allowed
        self._set_status(status, "appointment.undone", status=status)

    def unbook(self, *, booked_at: str) -> None:
        """Remove a booking that was made at `booked_at` and has not changed since. Raises Refused."""
        rows = Appointment.objects.filter(
            pk=self.pk, status=self.Status.SCHEDULED, updated_at=self.updated_at, session_notes=None
        )
        if self.updated_at.isoformat() != booked_at or not rows.exists():
            raise self.Refused
        record("appointment.unbooked", self)
        rows.delete()

    def _change_status(self, transition: Transition, allow_overlap: Collection[UUID] = ()) -> None:
        origins, target, action = self.TRANSITIONS[transition]
        if self.status not in origins:
            raise self.Refused
        self._set_status(target, action, allow_overlap)

    def _set_status(
        self, target: str, action: str, allow_overlap: Collection[UUID] = (), **metadata: Any
    ) -> None:
        # The filter is the lock: of two users pressing buttons, one wins.
        rows = Appointment.objects.filter(pk=self.pk, status=self.status)
        if target != self.Status.COMPLETED:
            notes = Appointment.objects.filter(pk=OuterRef("pk"))
            rows = rows.filter(~Exists(notes.documented(drafts=target == self.Status.CANCELLED)))
        changes: dict[str, Any] = {
            "status": target,
            "overlap_allowed": self.overlap_allowed,
            "updated_at": timezone.now(),
        }
        if target in self.BLOCKING and not self.blocks_time and not self.overlap_allowed:
            changes["overlap_allowed"] = self.slot.claim(allow_overlap=allow_overlap).overlap_allowed
        with self._slot_taken_by_constraint():
            changed = rows.update(**changes)
        if not changed:
            raise self.Refused
        for name, value in changes.items():
            setattr(self, name, value)
        record(action, self, fields=["status"], overlap_allowed=self.overlap_allowed, **metadata)

    @contextmanager
    def _slot_taken_by_constraint(self) -> Iterator[None]:
        """The constraint has the last word: what it refuses is SlotTaken, and the transaction goes on."""
        try:
            with transaction.atomic():
                yield
        except IntegrityError as error:
            diagnostics = getattr(error.__cause__, "diag", None)
            if diagnostics is None or diagnostics.constraint_name != "appointment_no_overlap":
                raise
            raise SlotTaken(self.slot) from None


def _note_forbids(status: str, note_is_draft: bool | None) -> bool:
    """Whether a note forbids the status: a cancelled appointment has none, and a signed one took place."""
    if note_is_draft is None or status == Appointment.Status.COMPLETED:
        return False
    return status == Appointment.Status.CANCELLED or not note_is_draft
