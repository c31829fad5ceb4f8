"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from pazpaz.accounts.models import User
from pazpaz.compiled import CompiledQuery, Param

_signed_in = CompiledQuery(lambda: User.objects.select_related("workspace").filter(pk=Param("id")))


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """Loads a session's user with the workspace in one query, and nobody who may not sign in."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        """Refuse: nobody has a password. Codes, passkeys and links are proven in their own flows."""
        return None

    def get_user(self, user_id: Any) -> User | None:
        user = _signed_in.first(id=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        return isinstance(user, User) and user.may_sign_in
