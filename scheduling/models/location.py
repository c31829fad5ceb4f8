"""Locations: where appointments take place."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import Workspace
from pazpaz.encryption.fields import EncryptedTextField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.text import NameField
from scheduling.models.deactivatable import Deactivatable


class LocationType(models.TextChoices):
    CLINIC = "clinic", _("Clinic")
    HOME = "home", _("Home visit")
    ONLINE = "online", _("Online")


class Location(Deactivatable, SealedModel):
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
