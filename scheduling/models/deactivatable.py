"""What services and locations share: a practice can stop offering them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pazpaz.events import object_type
from pazpaz.scope import record


class Deactivatable(models.Model):
    """A row that can be offered for booking or not; appointments that were booked with it keep it."""

    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def set_active(self, active: bool) -> bool:
        """Offer it for booking, or stop. Returns False if nothing changed."""
        rows = type(self)._default_manager.filter(pk=self.pk, is_active=not active)
        changed = rows.update(is_active=active, updated_at=timezone.now())
        if changed:
            self.is_active = active
            action = "reactivated" if active else "deactivated"
            record(f"{object_type(type(self))}.{action}", self, fields=["is_active"])
        return bool(changed)
