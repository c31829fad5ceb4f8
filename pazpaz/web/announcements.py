"""Messages that say what happened, and to whom, although none of that travels with them.

    announce(request, "appointment.booked", appointment, undo=url)

A message waits in a cookie until the next page. The cookie carries the code, the id of the target and the id
of the user; the sentence is made of them when it is shown, inside the scope of that page. So the cookie names
nobody, the sentence says what is true now, and opening the name it shows is recorded like any other look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.messages import constants
from django.contrib.messages.api import add_message
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_stubs_ext import StrOrPromise

from pazpaz.web.request import Request

MARK = "announcement"

type About = Callable[[Request, UUID], Mapping[str, str] | None]
"""Finds the target in the workspace and returns the values of its sentences, or None to say nothing."""

_sentences: dict[str, tuple[StrOrPromise, About]] = {}


def says(sentences: Mapping[str, StrOrPromise]) -> Callable[[About], About]:
    """Register the sentences of a kind of target by their codes; the decorated function finds the values."""

    def register(about: About) -> About:
        for code, sentence in sentences.items():
            _sentences[code] = (sentence, about)
        return about

    return register


def codes() -> frozenset[str]:
    """Return the codes that have a sentence."""
    return frozenset(_sentences)


def announce(
    request: Request, code: str, target: models.Model, *, undo: str = "", level: int = constants.SUCCESS
) -> None:
    """Say on the next page what happened to the target; `undo` is the URL that takes it back by POST."""
    if code not in _sentences:
        raise LookupError(f"No sentence is registered for {code}.")
    add_message(request, level, f"{MARK} {code} {target.pk} {request.user.pk}", extra_tags=undo)


class MessageStorage(FallbackStorage):
    """Django's messages, of which the newest counts and each is for the user who caused it."""

    _loaded_messages: list[Message]
    _queued_messages: list[Message]

    def update(self, response: HttpResponseBase) -> Any:
        if self.added_new and not self.used:
            self._loaded_messages.clear()  # what nobody saw gives way to what happened since
        return super().update(response)

    def __iter__(self) -> Iterator[Message]:
        if self._queued_messages:
            self._loaded_messages.clear()
        user = str(getattr(getattr(self.request, "user", None), "pk", None))
        return (each for each in super().__iter__() if not _is_announcement(each) or _parts(each)[2] == user)


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as a page shows it."""

    level: str
    sentence: StrOrPromise
    values: Mapping[str, str]
    undo: str

    @property
    def stays(self) -> bool:
        """Whether it waits until it is put away: what went wrong is not to be missed."""
        return self.level not in {"success", "info", "debug"}


def to_show(request: HttpRequest, messages: Iterator[Message]) -> list[Shown]:
    """Return the messages in words; announcements whose target is not in this workspace are left out."""
    return [
        Shown(each.level_tag, *words, each.extra_tags or "")
        for each in messages
        if (words := _words(request, each))
    ]


def _is_announcement(message: Message) -> bool:
    return str(message.message).startswith(f"{MARK} ")


def _parts(message: Message) -> tuple[str, str, str]:
    """Return code, id of the target and id of the user."""
    _mark, code, target, user = str(message.message).split(" ")
    return code, target, user


def _words(request: HttpRequest, message: Message) -> tuple[StrOrPromise, Mapping[str, str]] | None:
    """Return the sentence of a message and the values that it names."""
    if not _is_announcement(message):
        return message.message, {}
    code, target, _user = _parts(message)
    # A server of another version may have written it; without a workspace nothing can be said about it.
    if code not in _sentences or getattr(request, "workspace", None) is None:
        return None
    sentence, about = _sentences[code]
    values = about(request, UUID(target))  # type: ignore[arg-type]
    return None if values is None else (sentence, values)
