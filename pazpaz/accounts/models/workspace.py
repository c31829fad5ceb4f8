"""The practice, and its wrapped keys."""

from __future__ import annotations

from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from pazpaz.countries import UNKNOWN
from pazpaz.text import NameField


class Workspace(models.Model):
    """One practice: the tenant everything else belongs to."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        CLOSED = "closed", _("Closed")

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        HEBREW = "he", "עברית"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = NameField(_("name"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # ISO 3166: telephone numbers without a country code are read as people dial them there.
    country = models.CharField(_("country"), max_length=2, default=UNKNOWN, db_default=UNKNOWN)
    language = models.CharField(_("language"), max_length=8, choices=Language, default=Language.ENGLISH)
    idle_minutes = models.PositiveSmallIntegerField(
        _("sign out after idle minutes"), default=15, validators=[MinValueValidator(5), MaxValueValidator(60)]
    )
    consent_text = models.CharField(_("consent text in use"), max_length=300, blank=True, db_default="")
    assistants_see_alerts = models.BooleanField(_("assistants see alerts"), default=True, db_default=True)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    is_active = models.GeneratedField(
        expression=models.Q(status="active"),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(idle_minutes__range=(5, 60)), name="workspace_idle_minutes_5_to_60"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["active", "suspended", "closed"]),
                name="workspace_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=["en", "he"]), name="workspace_language_known"
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="workspace_country_is_a_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkspaceKey(models.Model):
    """One wrapped key of a workspace. Useless without the master key, which the database does not hold."""

    class Purpose(models.TextChoices):
        DATA = "data", _("Data")
        INDEX = "index", _("Index")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        DECRYPT_ONLY = "decrypt_only", _("Decrypt only")
        DESTROYED = "destroyed", _("Destroyed")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="keys")
    generation = models.PositiveIntegerField()
    purpose = models.CharField(max_length=8, choices=Purpose)
    wrapped_key = models.TextField(blank=True)
    wrapping_key_id = models.CharField(max_length=12)
    check_value = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("workspace key")
        verbose_name_plural = _("workspace keys")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "purpose", "generation"], name="workspace_key_generation_unique"
            ),
            models.UniqueConstraint(
                fields=["workspace", "purpose"],
                condition=models.Q(state="active"),
                name="workspace_key_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(generation__gte=1), name="workspace_key_generation_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(purpose__in=["data", "index"]), name="workspace_key_purpose_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["active", "decrypt_only", "destroyed"]),
                name="workspace_key_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key, generation {self.generation}"
