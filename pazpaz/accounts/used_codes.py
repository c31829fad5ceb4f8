"""Codes that count once: of an authenticator app, as long as its clock would accept them again."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from pazpaz.accounts.models import UsedCode, User
from pazpaz.encryption.providers import master_keys

LABEL = "used_code"
# An app's code is good in its own step of thirty seconds and the two beside it.
GOOD_FOR = timedelta(seconds=3 * 30)


def use_up(user: User, code: str) -> bool:
    """Return whether this is the first use of a code; of two requests at once, one is the first."""
    now = timezone.now()
    UsedCode.objects.filter(expires_at__lt=now).delete()
    # One row for each master key: a code used just before the key was changed stays used.
    digests = master_keys().digests(LABEL, user.pk.bytes, code.encode())
    rows = ", ".join(["(%s, %s)"] * len(digests))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {UsedCode._meta.db_table} (digest, expires_at) VALUES {rows} "
            "ON CONFLICT DO NOTHING",
            [value for digest in digests for value in (digest, now + GOOD_FOR)],
        )
        return bool(cursor.rowcount == len(digests))
