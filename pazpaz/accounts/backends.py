"""Who a session belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.http import HttpRequest

from pazpaz.accounts.models import User
from pazpaz.database.compiled import compiled


@compiled
def _with_workspace(user_id: UUID) -> QuerySet[User]:
    return User.objects.select_related("workspace").filter(pk=user_id)


_at_hand: ContextVar[User | None] = ContextVar("pazpaz_user_at_hand", default=None)


@contextmanager
def at_hand(user: User | None) -> Iterator[None]:
    """Let the block find somebody who was just read from the database without reading them again."""
    before = _at_hand.set(user)
    try:
        yield
    finally:
        _at_hand.reset(before)


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """Loads a session's user with the workspace in one query, and nobody who may not sign in."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        """Refuse: nobody has a password. Codes, passkeys and links are proven in their own flows."""
        return None

    def get_user(self, user_id: Any) -> User | None:
        user = _at_hand.get()
        if user is None or user.pk != user_id:
            user = _with_workspace.first(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        return isinstance(user, User) and user.may_sign_in
