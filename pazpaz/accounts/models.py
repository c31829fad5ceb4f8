"""Workspaces, the people who work in them, and the wrapped keys of each workspace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.encryption.fields import EncryptedJSONField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.encryption.search import normalise_email
from pazpaz.text import NameField, first_letter


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
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: Any) -> User:
        """Create someone who signs in by e-mailed code or passkey: there is no password to set."""
        user = self.model(email=self.model.clean_email(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Someone who signs in; the e-mail address is the identity. Platform staff belong to no workspace."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        THERAPIST = "therapist", _("Therapist")
        ASSISTANT = "assistant", _("Assistant")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = NameField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.THERAPIST)
    # The database cascades (see the migration); Django's own account tables cannot, so it is not told.
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="users",
    )
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=Workspace.Language,
        blank=True,
        default="",
        db_default="",
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("platform staff"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # With `unique` this makes addresses unique whatever their case.
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lowercase"),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "therapist", "assistant"]), name="user_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=["", "en", "he"]), name="user_language_known"
            ),
            models.CheckConstraint(
                condition=models.Q(is_staff=True, workspace=None)
                | models.Q(is_staff=False, workspace__isnull=False),
                name="user_is_staff_or_has_workspace",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def clean_email(cls, email: str) -> str:
        """Return the one normal form in which addresses are stored, looked for and written to."""
        return normalise_email(email)

    def clean(self) -> None:
        super().clean()
        self.email = self.clean_email(self.email)

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and (self.workspace is None or self.workspace.is_active)

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def sees_clinical_data(self) -> bool:
        """Whether notes and medical history open for this person; owners and therapists share the charts."""
        return self.role in (self.Role.OWNER, self.Role.THERAPIST) and not self.is_staff

    @property
    def sees_alerts(self) -> bool:
        """Whether alerts open for this person: assistants greet clients, so the practice may show them."""
        shown = self.workspace is not None and self.workspace.assistants_see_alerts
        return self.sees_clinical_data or shown

    @property
    def reads_in(self) -> str:
        """The language this person chose, or else that of the practice; "" for staff who chose none."""
        return self.language or (self.workspace.language if self.workspace else "")

    @property
    def display_name(self) -> str:
        return self.name or self.email

    @property
    def given_name(self) -> str:
        """The name a colleague would use: "Noa" of "Dr. Noa Peretz"."""
        words = [word for word in self.name.split() if not word.endswith(".")]
        return words[0] if words else self.display_name

    @property
    def initials(self) -> str:
        return "".join(map(first_letter, self.display_name.split()[:2])).upper()

    # What Django admin asks of its users.

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to be; with whose it is, so that one query reads both."""

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, null=True, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return "Session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from pazpaz.accounts.session_store import SessionStore

        return SessionStore


class Invitation(models.Model):
    """Somebody asked to join a practice. The account is made when they accept; then this row is gone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=16, choices=User.Role, default=User.Role.THERAPIST)
    # When the mail server took the last e-mail; none while it has not.
    sent_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "email"], name="invitation_once_an_address"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_lowercase"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=["owner", "therapist", "assistant"]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"


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


class UnsentFormQuerySet(SealedQuerySet["UnsentForm"]):
    def of(self, user: User) -> Self:
        """What somebody typed; what they typed as a clinician only while they are one."""
        own = self.filter(user=user)
        return own if user.sees_clinical_data else own.filter(clinical=False)

    def outdated(self) -> Self:
        return self.filter(created_at__lt=timezone.now() - UnsentForm.KEPT)


UnsentFormManager = models.Manager.from_queryset(UnsentFormQuerySet)


class UnsentForm(SealedModel):
    """A form that arrived when its session had ended: kept for the person who typed it, then gone."""

    KEPT = timedelta(days=7)

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="unsent_forms"
    )
    user = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    path = models.CharField(max_length=500)
    # The page it came from: what a page sends again is the newer state of the same form.
    page = models.UUIDField(null=True, editable=False)
    fields = EncryptedJSONField(_("typed text"), label="unsent_form.fields")
    clinical = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = UnsentFormManager()

    class Meta:
        verbose_name = _("unsent form")
        verbose_name_plural = _("unsent forms")
        indexes = [models.Index(fields=["workspace", "user"], name="unsent_form_user")]

    def __str__(self) -> str:
        return f"Unsent form {self.pk}"

    @property
    def is_outdated(self) -> bool:
        return self.created_at < timezone.now() - self.KEPT

    def get_absolute_url(self) -> str:
        return reverse("accounts:unsent", args=[self.pk])
