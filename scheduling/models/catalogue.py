"""What appointments are booked for: the services of a practice and its places."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import Workspace
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.events import object_type
from pazpaz.scope import record
from pazpaz.text import NameField


class LocationType(models.TextChoices):
    CLINIC = "clinic", _("Clinic")
    HOME = "home", _("Home visit")
    ONLINE = "online", _("Online")


class Offered(models.Model):
    """What can be offered for booking or no longer; what is booked keeps it."""

    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def set_active(self, active: bool) -> bool:
        """Offer it for booking or no longer. Returns False when it is so already."""
        rows = type(self)._default_manager.filter(pk=self.pk, is_active=not active)
        changed = rows.update(is_active=active, updated_at=timezone.now())
        if changed:
            self.is_active = active
            deed = "reactivated" if active else "deactivated"
            record(f"{object_type(type(self))}.{deed}", self, fields=["is_active"])
        return bool(changed)


class Service(Offered):
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
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="services"
    )
    name = NameField(_("name"), max_length=120)
    default_duration_minutes = models.PositiveSmallIntegerField(
        _("duration in minutes"), default=60, validators=[MinValueValidator(1), MaxValueValidator(1440)]
    )
    price = models.DecimalField(
        _("price"), max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, default=Colour.TEAL)

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


class Location(Offered, SealedModel):
    """Where a practice treats people."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="locations"
    )
    name = NameField(_("name"), max_length=120)
    type = models.CharField(_("kind"), max_length=8, choices=LocationType, default=LocationType.CLINIC)
    address = EncryptedTextField(
        _("address"), label="location.address", max_length=2000, null=True, blank=True
    )
    details = EncryptedTextField(
        _("details"), label="location.details", max_length=2000, null=True, blank=True
    )

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
            models.CheckConstraint(
                condition=Q(type__in=["clinic", "home", "online"]), name="location_type_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
