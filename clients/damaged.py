"""Values that do not open, where many clients are shown: one must not take the page from the others."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from clients.models import Client
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.fields import EncryptedField
from pazpaz.encryption.vault import Vault

UNREADABLE = _("Cannot be read")


def shown(client: Client, name: str) -> str:
    """Return an attribute of a client as a page shows it: its value, or that it cannot be read."""
    try:
        return getattr(client, name) or ""
    except (EncryptionError, ValueError):
        return str(UNREADABLE)


def decrypt_unrecorded(vault: Vault, name: str, pk: UUID, token: str | None, *, reason: str) -> str | None:
    """Return a value of a client and record nothing: "" for NULL, None where it fails to decrypt."""
    if token is None:
        return ""
    field = Client._meta.get_field(name)
    assert isinstance(field, EncryptedField)
    try:
        return str(field.decrypt_unrecorded(vault, pk, token, reason=reason))
    except (EncryptionError, ValueError):
        return None
