"""The people who sign in."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models.workspace import Workspace
from pazpaz.text import NameField, first_letter, normalise_email


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
