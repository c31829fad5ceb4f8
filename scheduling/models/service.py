"""Services: what appointments are booked for."""

from __future__ import annotations

from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import Workspace
from pazpaz.text import NameField
from scheduling.models.deactivatable import Deactivatable


class Service(Deactivatable):
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
