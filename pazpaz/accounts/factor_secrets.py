"""The sealed secrets of second factors, for verification and for a change of the master key."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from allauth.mfa.models import Authenticator

from pazpaz.accounts.allauth.adapters import FACTOR_LABEL
from pazpaz.encryption.errors import EncryptionError
from pazpaz.encryption.providers import master_keys


def factor_secrets() -> Iterator[tuple[int, UUID, object]]:
    """Yield (id of the factor, id of its person, sealed secret) of every factor that has a secret of ours.

    Passkeys have none: what is stored of them is public.
    """
    for factor in Authenticator.objects.order_by("pk").iterator():
        match factor.type:
            case Authenticator.Type.TOTP:
                yield factor.pk, factor.user_id, factor.data.get("secret")
            case Authenticator.Type.RECOVERY_CODES:
                for sealed in factor.data.get("migrated_codes", [factor.data.get("seed")]):
                    yield factor.pk, factor.user_id, sealed


def verify_factor_secrets() -> tuple[int, list[str]]:
    """Open the secret of every second factor. Returns how many opened, and a sentence for each other one."""
    ring = master_keys()
    opened, problems = 0, []
    for factor_id, person, sealed in factor_secrets():
        try:
            ring.open_secret(FACTOR_LABEL, person, str(sealed))
        except EncryptionError as error:
            problems.append(f"factor {factor_id}: {error}")
        else:
            opened += 1
    return opened, problems
