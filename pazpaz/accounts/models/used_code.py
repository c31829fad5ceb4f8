"""Codes of authenticator apps that were used."""

from __future__ import annotations

from django.db import models


class UsedCode(models.Model):
    """A code that a person has used, as long as it would be good again. A row grants nothing: it refuses."""

    # Of the person and the code, under a key that the database does not hold.
    digest = models.BinaryField(primary_key=True, max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "used code"
        verbose_name_plural = "used codes"

    def __str__(self) -> str:
        return "Used code"
