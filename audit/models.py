"""The audit trail. Rows outlive what they speak of: ids only, no foreign keys, append-only by trigger."""

from __future__ import annotations

from datetime import UTC
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.canonical import Facts, canonical_json
from pazpaz.accounts.models import Workspace

NEWEST_FIRST = models.F("at").desc(), models.F("sequence").desc()


class AuditEvent(models.Model):
    """One link of a workspace's chain: who did what to what, from where, with what outcome."""

    class ActorKind(models.TextChoices):
        USER = "user", _("Person")
        COMMAND = "command", _("Command")

    class Outcome(models.TextChoices):
        OK = "ok", _("Done")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    # No constraint in the database: the trail stays when its workspace goes.
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="audit_events",
    )
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(_("time"))
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.UUIDField(null=True)
    command = models.CharField(max_length=64, blank=True)
    session_ref = models.CharField(max_length=32, blank=True)
    request_id = models.UUIDField(null=True)
    ip = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32, blank=True)
    object_id = models.UUIDField(null=True)
    object_ids = ArrayField(models.UUIDField(), default=list)
    outcome = models.CharField(max_length=8, choices=Outcome)
    fields = ArrayField(models.CharField(max_length=64), default=list)
    metadata = models.JSONField(default=dict)
    key_id = models.CharField(max_length=12)
    previous_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sequence"], name="audit_event_sequence_unique"),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["user", "command"]), name="audit_event_actor_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["ok", "refused", "failed"]), name="audit_event_outcome_known"
            ),
        ]
        # What audit/lookup.py asks for; see docs/indexes.md. They end with the whole order that is asked
        # for, so that no plan sorts what it will not return.
        indexes = [
            models.Index("workspace", models.F("at").desc(), name="audit_event_time"),
            models.Index(
                *("workspace", "action", "object_type", *NEWEST_FIRST),
                name="audit_event_deed",
            ),
            models.Index(
                *("workspace", "actor_id", "action", "object_type", *NEWEST_FIRST),
                name="audit_event_actor",
            ),
            models.Index(
                *("workspace", "object_id", *NEWEST_FIRST),
                name="audit_event_about",
                condition=models.Q(object_id__isnull=False),
            ),
            # A look at a week names fifty clients. They wait in a list of at most 64 kB: the request that
            # finds it full sorts all of them in at once, which takes a few ms; with a long list, a second.
            GinIndex(
                fields=["object_ids"],
                name="audit_event_mentions",
                fastupdate=True,
                gin_pending_list_limit=64,
                condition=~models.Q(object_ids=[]),
            ),
        ]

    def __str__(self) -> str:
        return f"Event {self.sequence}"

    def facts(self) -> Facts:
        """Return everything the chain vouches for, as texts."""
        return Facts(
            id=str(self.id),
            workspace=str(self.workspace_id),
            sequence=self.sequence,
            at=self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            actor_kind=self.actor_kind,
            actor_id=str(self.actor_id or ""),
            command=self.command,
            session=self.session_ref,
            request=str(self.request_id or ""),
            ip=self.ip or "",
            action=self.action,
            object_type=self.object_type,
            object_id=str(self.object_id or ""),
            object_ids=canonical_json([str(id) for id in self.object_ids]),
            outcome=self.outcome,
            fields=canonical_json(list(self.fields)),
            metadata=canonical_json(self.metadata),
        )


class AuditHead(models.Model):
    """Where a workspace's chain ends. The row is the chain's lock; its seal shows when the end was cut."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    sequence = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=12)
    seal = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace"], name="audit_head_one_per_workspace")]

    def __str__(self) -> str:
        return f"Head at {self.sequence}"
