from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from pazpaz.encryption.keys import generate_key


class Command(BaseCommand):
    help = (
        "Print a new master key: 32 random bytes in base64. Set it as ENCRYPTION_MASTER_KEY, or put it on "
        "the first line of the file that ENCRYPTION_MASTER_KEY_FILE names. Keep a copy in a safe place that "
        "is not the database's backup: without it nobody can read the encrypted data, with both anybody can."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(generate_key())
