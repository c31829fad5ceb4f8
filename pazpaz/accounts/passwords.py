"""Passwords are optional (sign-in is by code or passkey); where one is set, it is hashed at OWASP's cost."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id with t=2, m=19 MiB, p=1 (OWASP Password Storage Cheat Sheet); Django would take 100 MiB."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
