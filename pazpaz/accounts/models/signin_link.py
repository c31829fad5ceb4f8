"""Links that sign a person in once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from django.db import models

from pazpaz.accounts.models.user import User
from pazpaz.encryption.providers import master_keys


class SigninLink(models.Model):
    """A link that signs a person in once. The database can make neither digest nor seal."""

    SEAL = "signin_link.seal"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, related_name="+")
    token_digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    seal = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "sign-in link"
        verbose_name_plural = "sign-in links"

    def __str__(self) -> str:
        return f"Sign-in link {self.pk}"

    def make_seal(self) -> bytes:
        return master_keys().digest(self.SEAL, *self._sealed())

    def has_true_seal(self) -> bool:
        """Return whether the application wrote the row as it is."""
        return master_keys().confirms(bytes(self.seal), self.SEAL, *self._sealed())

    def _sealed(self) -> list[bytes]:
        used_at = time_bytes(self.used_at) if self.used_at else b""
        return [
            self.pk.bytes,
            self.user_id.bytes,
            bytes(self.token_digest),
            time_bytes(self.expires_at),
            used_at,
        ]


def time_bytes(moment: datetime) -> bytes:
    """Return a time as seals hold it, whatever its zone."""
    return moment.astimezone(UTC).isoformat().encode()
