"""Clients: who they are and what a therapist must know of them. Nearly every column is encrypted."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.ages import age_in_words, full_months
from pazpaz.accounts.models import Workspace
from pazpaz.encryption.blind_index import BlindIndexField
from pazpaz.encryption.fields import (
    EncryptedCharField,
    EncryptedDateField,
    EncryptedEmailField,
    EncryptedJSONField,
    EncryptedTextField,
)
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.encryption.sealed import Sealed
from pazpaz.phones import normalise_phone
from pazpaz.scope import record
from pazpaz.text import first_letter, is_blank, normalise_email

NAMES = ("first_name", "last_name")
EARLIEST_BIRTH = datetime.date(1900, 1, 1)
UNIQUE_EMAIL = "client_email_unique_unless_shared"
MOST_ALERTS = 20
LONGEST_ALERT = 200


def initials_of(first_name: str, last_name: str) -> str:
    """Return "Y.L.", of one name "Y."."""
    return "".join(f"{letter}." for letter in map(first_letter, (first_name, last_name)) if letter)


def email_for_index(text: str, region: str) -> str:
    return normalise_email(text)


def phone_for_index(text: str, region: str) -> str:
    return normalise_phone(text, region)


def validate_date_of_birth(value: datetime.date) -> None:
    if value > timezone.localdate():
        raise ValidationError(_("The date of birth is in the future."), code="future")
    if value < EARLIEST_BIRTH:
        raise ValidationError(_("The date of birth is before 1900."), code="too_early")


def validate_alerts(value: object) -> None:
    """Check what is sealed: a few lines of text, none of them empty."""
    if not isinstance(value, list) or not all(isinstance(line, str) and line.strip() for line in value):
        raise ValidationError(_("Enter alerts as lines of text."), code="invalid")
    if len(value) > MOST_ALERTS:
        raise ValidationError(
            _("At most %(n)d alerts, please: one line each."), code="too_many", params={"n": MOST_ALERTS}
        )
    if max(map(len, value), default=0) > LONGEST_ALERT:
        raise ValidationError(
            _("An alert has at most %(n)d characters. Write one on each line."),
            code="too_long",
            params={"n": LONGEST_ALERT},
        )


def _names_nobody(name: object) -> bool:
    return name is None or (isinstance(name, str) and is_blank(name))


class ClientQuerySet(SealedQuerySet["Client"]):
    def bulk_create(self, objs: Iterable[Client], *args: Any, **kwargs: Any) -> list[Client]:
        clients = list(objs)
        for client in clients:
            client.require_a_name()
        return super().bulk_create(clients, *args, **kwargs)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def archived(self) -> Self:
        return self.filter(is_active=False)

    def with_email(self, email: str) -> Self:
        """Clients with that e-mail address, however it is written; nobody when nothing is left of it."""
        index = Client.email_field().digest(email)
        return self.filter(email_index=index) if index else self.none()

    def with_phone(self, phone: str) -> Self:
        """Clients with that phone number, however it is written; nobody when nothing is left of it."""
        index = Client.phone_field().digest(phone)
        return self.filter(phone_index=index) if index else self.none()

    def with_appointments(self, now: datetime.datetime | None = None) -> Self:
        """Add next_scheduled, last_completed (starts) and appointment_count, all in the same query."""
        start, status = "appointments__scheduled_start", "appointments__status"
        upcoming = Q((status, "scheduled"), (f"{start}__gte", now or timezone.now()))
        annotated: Self = self.annotate(
            next_scheduled=Min(start, filter=upcoming),
            last_completed=Max(start, filter=Q((status, "completed"))),
            appointment_count=Count("appointments"),
        )
        return annotated


ClientManager = models.Manager.from_queryset(ClientQuerySet)


class Client(SealedModel):
    """Someone who is treated in a practice."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="clients"
    )
    first_name = EncryptedCharField(_("first name"), label="client.first_name", max_length=255, blank=True)
    last_name = EncryptedCharField(_("last name"), label="client.last_name", max_length=255, blank=True)
    email = EncryptedEmailField(_("e-mail"), label="client.email", null=True, blank=True)
    email_index = BlindIndexField("email", label="client.email#n1", normalise=email_for_index)
    phone = EncryptedCharField(_("phone"), label="client.phone", max_length=50, null=True, blank=True)
    phone_index = BlindIndexField("phone", label="client.phone#n2", normalise=phone_for_index)
    date_of_birth = EncryptedDateField(
        _("date of birth"),
        label="client.date_of_birth",
        null=True,
        blank=True,
        validators=[validate_date_of_birth],
    )
    address = EncryptedTextField(_("address"), label="client.address", max_length=2000, null=True, blank=True)
    medical_history = EncryptedTextField(
        _("medical history"),
        label="client.medical_history",
        clinical=True,
        max_length=20_000,
        null=True,
        blank=True,
    )
    emergency_contact_name = EncryptedCharField(
        _("emergency contact"), label="client.emergency_contact_name", max_length=255, null=True, blank=True
    )
    emergency_contact_phone = EncryptedCharField(
        _("emergency phone"), label="client.emergency_contact_phone", max_length=50, null=True, blank=True
    )
    notes = EncryptedTextField(
        _("notes"), label="client.notes", clinical=True, max_length=20_000, null=True, blank=True
    )
    alerts = EncryptedJSONField(
        _("alerts"),
        label="client.alerts",
        clinical="shareable",
        null=True,
        blank=True,
        validators=[validate_alerts],
    )
    tags = EncryptedJSONField(_("tags"), label="client.tags", clinical=True, null=True, blank=True)
    email_shared = models.BooleanField(_("shares this e-mail address with another client"), default=False)
    consent_status = models.BooleanField(_("has given consent to treatment and records"), default=False)
    consent_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ClientManager()

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email_index"],
                condition=Q(email_index__isnull=False, email_shared=False),
                name=UNIQUE_EMAIL,
            ),
            models.CheckConstraint(
                condition=Q(is_active=True, archived_at=None) | Q(is_active=False, archived_at__isnull=False),
                name="client_archived_has_a_date",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "phone_index"], name="client_phone"),
            models.Index(fields=["workspace", "updated_at"], name="client_updated"),
            models.Index(fields=["workspace"], condition=Q(is_active=True), name="client_active"),
        ]

    if TYPE_CHECKING:
        # What with_appointments() adds.
        next_scheduled: datetime.datetime | None
        last_completed: datetime.datetime | None
        appointment_count: int

    def __str__(self) -> str:
        return f"Client {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("sessions:client", args=[self.pk])

    @classmethod
    def email_field(cls) -> BlindIndexField:
        field = cls._meta.get_field("email_index")
        assert isinstance(field, BlindIndexField)
        return field

    @classmethod
    def phone_field(cls) -> BlindIndexField:
        field = cls._meta.get_field("phone_index")
        assert isinstance(field, BlindIndexField)
        return field

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.require_a_name()
        super().save(*args, **kwargs)

    def require_a_name(self) -> None:
        """Refuse to store a client of whom no page could say who it is. Raises ValidationError.

        Names that were not changed are not opened for it.
        """
        held = [self.__dict__.get(name) for name in NAMES]
        emptied = any(
            isinstance(name, Sealed) and name.token is None and _names_nobody(name.plain) for name in held
        )
        if emptied and all(_names_nobody(getattr(self, name)) for name in NAMES):
            raise ValidationError(_("Enter a first name or a last name."), code="nameless")

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return initials_of(self.first_name, self.last_name)

    @property
    def age(self) -> int | None:
        """Age in whole years today, in the workspace's zone."""
        born = self.date_of_birth
        return None if born is None else full_months(born, timezone.localdate()) // 12

    @property
    def age_in_words(self) -> str:
        """Age today, in the workspace's zone, in the unit people use for it."""
        born = self.date_of_birth
        return "" if born is None else age_in_words(born, timezone.localdate())

    @property
    def version(self) -> str:
        """What a form carries to notice that somebody else saved in between."""
        return self.updated_at.isoformat()

    def archive(self) -> bool:
        """Take the client off the lists. Returns False when somebody else already did."""
        now = timezone.now()
        changed = Client.objects.filter(pk=self.pk, is_active=True).update(
            is_active=False, archived_at=now, updated_at=now
        )
        if changed:
            self.is_active, self.archived_at = False, now
            record("client.archived", self)
        return bool(changed)

    def restore(self) -> bool:
        """Put an archived client back on the lists. Returns False when there was nothing to do."""
        changed = Client.objects.filter(pk=self.pk, is_active=False).update(
            is_active=True, archived_at=None, updated_at=timezone.now()
        )
        if changed:
            self.is_active, self.archived_at = True, None
            record("client.restored", self)
        return bool(changed)


class ClientDirectory(SealedModel):
    """What search and order need of all clients of a practice, sealed as one; its id is the workspace's.

    A copy that may be deleted at any time: `directory_copy.py` builds it again from the clients.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="+")
    people = EncryptedTextField(label="client_directory.people")
    words = EncryptedTextField(label="client_directory.words")
    sources = EncryptedTextField(label="client_directory.sources")
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(SealedQuerySet["ClientDirectory"])()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=models.F("workspace")), name="client_directory_one_each"),
        ]

    def __str__(self) -> str:
        return f"Directory {self.pk}"


# The app's models are those this module knows.
from clients.consents import Consent as Consent  # noqa: E402
