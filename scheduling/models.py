"""Appointments, and the services and places they are booked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet

if TYPE_CHECKING:
    from datetime import datetime

    from sessions.models import SessionNoteManager


class LocationType(models.TextChoices):
    CLINIC = "clinic", _("Clinic")
    HOME = "home", _("Home visit")
    ONLINE = "online", _("Online")


class Service(models.Model):
    """What a practice offers; its duration and colour fill in an appointment."""

    class Colour(models.TextChoices):
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        PINK = "pink", _("Pink")
        CLAY = "clay", _("Clay")
        GOLD = "gold", _("Gold")
        MOSS = "moss", _("Moss")
        SLATE = "slate", _("Slate")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="services")
    name = models.CharField(_("name"), max_length=120)
    default_duration_minutes = models.PositiveSmallIntegerField(
        _("duration in minutes"), default=60, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    price = models.DecimalField(
        _("price"), max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, default=Colour.TEAL)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="service_name_unique",
                violation_error_message=_("There is a service of that name already."),
            ),
            models.CheckConstraint(
                condition=Q(default_duration_minutes__gt=0, default_duration_minutes__lte=1440),
                name="service_duration_1_to_1440",
            ),
            models.CheckConstraint(
                condition=Q(colour__in=["teal", "blue", "violet", "pink", "clay", "gold", "moss", "slate"]),
                name="service_colour_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Location(SealedModel):
    """Where a practice treats people."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="locations")
    name = models.CharField(_("name"), max_length=120)
    type = models.CharField(_("kind"), max_length=8, choices=LocationType, default=LocationType.CLINIC)
    address = EncryptedTextField(_("address"), label="location.address", max_length=2000, null=True, blank=True)
    details = EncryptedTextField(_("details"), label="location.details", max_length=2000, null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[Location]] = models.Manager.from_queryset(SealedQuerySet["Location"])()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                name="location_name_unique",
                violation_error_message=_("There is a location of that name already."),
            ),
            models.CheckConstraint(condition=Q(type__in=["clinic", "home", "online"]), name="location_type_known"),
        ]

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(SealedQuerySet["Appointment"]):
    def blocking(self) -> Self:
        """Those that take up their therapist's time."""
        return self.filter(status__in=Appointment.BLOCKING)

    def between(self, start: datetime, end: datetime) -> Self:
        """Those that touch the time from start (inclusive) to end (exclusive), aware datetimes."""
        # No appointment is longer than 24 hours, so the index on scheduled_start can bound the scan on both sides.
        earliest = start - Appointment.LONGEST
        return self.filter(scheduled_start__lt=end, scheduled_start__gt=earliest, scheduled_end__gt=start)

    def overlapping(self, therapist: User, start: datetime, end: datetime) -> Self:
        """Those that a booking of this therapist at that time would collide with."""
        return self.blocking().filter(therapist=therapist).between(start, end)

    def in_order(self) -> Self:
        return self.order_by("scheduled_start", "scheduled_end", "id")


AppointmentManager = models.Manager.from_queryset(AppointmentQuerySet)


class _Span(Func):
    function = "tstzrange"
    output_field = DateTimeRangeField()


class Appointment(SealedModel):
    """A client's time with a therapist. Two of one therapist overlap only where somebody said so."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")
        NO_SHOW = "no_show", _("No-show")

    BLOCKING: ClassVar = (Status.SCHEDULED, Status.COMPLETED)
    LONGEST: ClassVar[timedelta] = timedelta(hours=24)

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
            models.CheckConstraint(condition=Q(scheduled_end__gt=F("scheduled_start")), name="appointment_ends_later"),
            models.CheckConstraint(
                condition=Q(scheduled_end__lte=F("scheduled_start") + timedelta(hours=24)),
                name="appointment_at_most_24_hours",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["scheduled", "completed", "cancelled", "no_show"]),
                name="appointment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(location_type__in=["clinic", "home", "online"]), name="appointment_location_type_known"
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
                fields=["workspace", "service"], condition=Q(service__isnull=False), name="appointment_service"
            ),
            models.Index(
                fields=["workspace", "location"], condition=Q(location__isnull=False), name="appointment_location"
            ),
        ]

    if TYPE_CHECKING:
        session_notes: SessionNoteManager

    def __str__(self) -> str:
        return f"Appointment {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("scheduling:appointment", args=[self.pk])
