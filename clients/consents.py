"""Consent to treatment and records: given when, to which text, recorded by whom, and its withdrawal."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.accounts.models import User, Workspace
from pazpaz.encryption.fields import EncryptedCharField
from pazpaz.encryption.models import SealedModel, SealedQuerySet
from pazpaz.scope import record

if TYPE_CHECKING:
    from clients.models import Client


def validate_not_in_future(value: date) -> None:
    if value > timezone.localdate():
        raise ValidationError(_("This day is in the future."), code="future")
    if value.year < 1900:
        raise ValidationError(_("This day is before 1900."), code="too_early")


class Consent(SealedModel):
    """One consent of a client. It is never changed or deleted: a withdrawal adds to it.

    What pages say of it everywhere stands with the client too (consent_status, consent_at); give() and
    withdraw() keep them together.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DB_CASCADE, db_index=False, related_name="consents"
    )
    client = models.ForeignKey(
        "clients.Client",
        on_delete=models.DB_CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="consents",
    )
    given_on = models.DateField(_("given on"), validators=[validate_not_in_future])
    # None where it is from the time before texts were written down.
    text = EncryptedCharField(_("to which text"), label="consent.text", max_length=300, null=True)
    recorded_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(SealedQuerySet["Consent"])()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("created_at")),
                name="consent_withdrawn_later",
            )
        ]
        indexes = [models.Index(fields=["workspace", "client"], name="consent_client")]

    def __str__(self) -> str:
        return f"Consent {self.pk}"

    def give(self) -> None:
        """Store the consent and update the client's summary of it."""
        self._store()
        _summarise(self.client_id)

    def _store(self) -> None:
        self.save(force_insert=True)
        record("consent.recorded", self, fields=["given_on", "text"])

    def withdraw(self, by: User) -> bool:
        """Record that the client withdraws the consent now. Returns False when it was withdrawn already."""
        now = timezone.now()
        standing = Consent.objects.filter(pk=self.pk, withdrawn_at=None)
        if not standing.update(withdrawn_at=now, withdrawn_by=by, updated_at=now):
            return False
        record("consent.withdrawn", self, fields=["withdrawn_at"])
        _summarise(self.client_id)
        return True


def give_on_creation(client: Client, text: str, by: UUID | None) -> None:
    """Record the consent that was ticked when a client was created: given today, to the practice's text."""
    Consent(
        workspace_id=client.workspace_id,
        client=client,
        given_on=timezone.localdate(),
        text=text or None,
        recorded_by_id=by,
    )._store()


def _summarise(client_id: UUID) -> None:
    """Say with the client since when there has been a consent that stands.

    Not a change of what an open form of the client shows, so updated_at stays.
    """
    from clients.models import Client

    # Two at once: the second one waits here, and then sees what the first one wrote.
    Client.objects.filter(pk=client_id).select_for_update(no_key=True).values_list("pk").get()
    standing = Consent.objects.filter(client=client_id, withdrawn_at=None)
    day = standing.order_by("-given_on").values_list("given_on", flat=True).first()
    Client.objects.filter(pk=client_id).update(
        consent_status=day is not None,
        # Noon: the same day in the calendar when the practice moves to another time zone.
        consent_at=day and timezone.make_aware(datetime.combine(day, time(12))),
    )
