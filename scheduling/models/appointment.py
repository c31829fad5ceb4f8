"""Appointments: when somebody sees whom, and what may become of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID, uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, FilteredRelation, Func, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.compiled import CompiledValues, Param
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.scope import record
from scheduling.calendar_locks import lock_calendars
from scheduling.models.catalogue import Location, LocationType, Service

if TYPE_CHECKING:
    from datetime import datetime


class AppointmentQuerySet(SealedQuerySet["Appointment"]):
    def blocking(self) -> Self:
        """Those that take up their therapist's time."""
        return self.filter(status__in=Appointment.BLOCKING)

    def between(self, start: datetime | Param, end: datetime | Param) -> Self:
        """Those that touch the time from start (inclusive) to end (exclusive), aware datetimes."""
        # None is longer than 24 hours, so the index on scheduled_start can bound the scan on both sides.
        earliest = start - Appointment.LONGEST
        return self.filter(scheduled_start__lt=end, scheduled_start__gt=earliest, scheduled_end__gt=start)

    def overlapping(
        self,
        start: datetime | Param,
        end: datetime | Param,
        *,
        therapist: UUID | Param,
        client: UUID | Param | None,
        but: UUID | Param,
    ) -> Self:
        """Those of a therapist or a client at a time, whether they may overlap or not; but not that one."""
        people = Q(therapist=therapist) | Q(client=client)
        return self.blocking().between(start, end).filter(people).exclude(pk=but).in_order()

    def in_order(self) -> Self:
        return self.order_by("scheduled_start", "scheduled_end", "id")

    def documented(self, *, drafts: bool = True) -> Self:
        """Those with a live note; without drafts, those with a signed one."""
        states = [True, False] if drafts else [False]
        return self.filter(session_notes__is_draft__in=states, session_notes__deleted_at=None)

    def to_write(self) -> Self:
        """Completed ones without a live note."""
        return self.filter(awaits_note=True)

    def with_note_state(self) -> Self:
        """Annotate `note_is_draft`: true or false, and None where there is no note."""
        live = FilteredRelation("session_notes", condition=Q(session_notes__deleted_at=None))
        annotated: Self = self.annotate(live_note=live).annotate(note_is_draft=F("live_note__is_draft"))
        return annotated


AppointmentManager = models.Manager.from_queryset(AppointmentQuerySet)


def others_with(*columns: str) -> CompiledValues[Appointment]:
    """Return the query of what an appointment overlaps, for others_at_its_time(): ids, and these columns."""
    moment = models.DateTimeField()
    return CompiledValues(
        lambda: (
            Appointment.objects.filter(workspace=Param("workspace"))
            .overlapping(
                Param("start", moment),
                Param("end", moment),
                therapist=Param("therapist"),
                client=Param("client"),
                but=Param("id"),
            )
            .sealed_values(*columns)
        )
    )


_therapists_of_others = others_with("therapist_id")


class _Span(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


class Transition(models.TextChoices):
    """What people do to the status of an appointment; the value is the name of its URL."""

    COMPLETE = "complete", _("Complete")
    NO_SHOW = "no-show", _("No-show")
    CANCEL = "cancel", _("Cancel")
    REOPEN = "reopen", _("Scheduled again")


class Appointment(SealedModel):
    """A client's time with a therapist. Two of one therapist overlap only where somebody said so."""

    class SlotTaken(Exception):
        """The therapist is busy at that time."""

    class Refused(Exception):
        """The appointment is not, or no longer, in a status that this can be done to."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        NO_SHOW = "no_show", _("No-show")

    BLOCKING: ClassVar = (Status.SCHEDULED, Status.COMPLETED)
    LONGEST: ClassVar[timedelta] = timedelta(hours=24)
    # From which statuses to which one, and what the trail calls it.
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
    client = models.ForeignKey(
        Client,
        verbose_name=_("client"),
        on_delete=models.DB_CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="appointments",
    )
    therapist = models.ForeignKey(
        User,
        verbose_name=_("therapist"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="appointments",
    )
    service = models.ForeignKey(
        Service,
        verbose_name=_("service"),
        on_delete=models.DB_SET_NULL,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="appointments",
    )
    location = models.ForeignKey(
        Location,
        verbose_name=_("location"),
        on_delete=models.DB_SET_NULL,
        db_constraint=False,
        db_index=False,
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
    # Whether it has a live note. A trigger on the notes sets it, and nothing else can: to count what is still
    # to be written, on every page, must not take a look at every appointment there ever was.
    is_documented = models.BooleanField(default=False, db_default=False, editable=False)
    awaits_note = models.GeneratedField(
        expression=Q(status="completed", is_documented=False),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
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
        """What can be done now, unless its note says otherwise (see with_note_state())."""
        note_is_draft = self.__dict__.get("note_is_draft")
        return [
            transition
            for transition, (origins, target, _action) in self.TRANSITIONS.items()
            if self.status in origins and not _contradicts(target, note_is_draft)
        ]

    def others_at_its_time(self, query: CompiledValues[Appointment]) -> list[Any]:
        """What it overlaps, of its therapist or its client: rows as a query of others_with() reads them."""
        return query.rows(
            workspace=self.workspace_id,
            start=self.scheduled_start,
            end=self.scheduled_end,
            therapist=self.therapist_id,
            client=self.client_id,
            id=self.pk,
        )

    def reserve(self, *, despite: Collection[UUID] = ()) -> bool:
        """Save with its therapist and time; it may overlap the appointments in `despite` and no others.

        Returns whether the client is with somebody else at that time. Raises SlotTaken.
        """
        client_elsewhere = False
        if self.blocks_time:
            self.overlap_allowed, client_elsewhere = self._claim_time(despite)
        with _exclusion_says_taken():
            self.save()
        return client_elsewhere

    def complete(self, *, despite: Collection[UUID] = ()) -> None:
        """Say that it took place. Raises Refused, or SlotTaken when a no-show's time has been given away."""
        self._change_status(Transition.COMPLETE, despite)

    def mark_no_show(self) -> None:
        """Say that the client did not come. Raises Refused, also where a signed note says otherwise."""
        self._change_status(Transition.NO_SHOW)

    def cancel(self) -> None:
        """Call it off. Raises Refused, also for one with a note."""
        self._change_status(Transition.CANCEL)

    def reopen(self, *, despite: Collection[UUID] = ()) -> None:
        """Schedule it again. Raises Refused, or SlotTaken when its time has been given away."""
        self._change_status(Transition.REOPEN, despite)

    def take_back(self, status: str, *, overlap_allowed: bool, seen: str) -> None:
        """Give it back the status from before its last change, which was made at `seen`.

        Raises Refused when anything happened since, or SlotTaken when its time has been given away.
        """
        if self.updated_at.isoformat() != seen:
            raise self.Refused
        if status not in self.BLOCKING:
            self.overlap_allowed = overlap_allowed
        self._set_status(status, "appointment.undone", status=status)

    def unbook(self, *, seen: str) -> None:
        """Remove a booking that was made at `seen` and of which nothing has become yet. Raises Refused."""
        rows = Appointment.objects.filter(
            pk=self.pk, status=self.Status.SCHEDULED, updated_at=self.updated_at, session_notes=None
        )
        if self.updated_at.isoformat() != seen or not rows.exists():
            raise self.Refused
        record("appointment.unbooked", self)
        rows.delete()

    def _change_status(self, transition: Transition, despite: Collection[UUID] = ()) -> None:
        origins, target, action = self.TRANSITIONS[transition]
        if self.status not in origins:
            raise self.Refused
        self._set_status(target, action, despite)

    def _set_status(self, target: str, action: str, despite: Collection[UUID] = (), **metadata: Any) -> None:
        # The filter is the lock: of two people pressing buttons, one wins.
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
            changes["overlap_allowed"], _client_elsewhere = self._claim_time(despite)
        with _exclusion_says_taken():
            changed = rows.update(**changes)
        if not changed:
            raise self.Refused
        for name, value in changes.items():
            setattr(self, name, value)
        record(action, self, fields=["status"], overlap_allowed=self.overlap_allowed, **metadata)

    def _claim_time(self, despite: Collection[UUID]) -> tuple[bool, bool]:
        """Keep others from booking this therapist until the transaction ends; returns who is booked twice.

        That is the therapist, and the client. Raises SlotTaken.
        """
        lock_calendars([self.therapist_id])
        others = self.others_at_its_time(_therapists_of_others)
        overlaps = {pk for pk, therapist_id in others if therapist_id == self.therapist_id}
        if overlaps - set(despite):
            raise self.SlotTaken
        return bool(overlaps), len(others) > len(overlaps)


def _contradicts(status: str, note_is_draft: bool | None) -> bool:
    """Whether a note says otherwise: what was called off has none, and what was signed took place."""
    if note_is_draft is None or status == Appointment.Status.COMPLETED:
        return False
    return status == Appointment.Status.CANCELLED or not note_is_draft


@contextmanager
def _exclusion_says_taken() -> Iterator[None]:
    """The constraint has the last word: what it refuses is SlotTaken, and the transaction goes on."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if diagnostics is None or diagnostics.constraint_name != "appointment_no_overlap":
            raise
        raise Appointment.SlotTaken from None
