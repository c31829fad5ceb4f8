"""The sessions of browsers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from pazpaz.accounts.models.user import User


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to be; with whose it is, so that one query reads both."""

    user = models.ForeignKey(User, on_delete=models.DB_CASCADE, null=True, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return "Session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    def get_decoded(self) -> dict[str, Any]:
        contents: dict[str, Any] = import_module(settings.SESSION_ENGINE).open_contents(self)
        return contents
