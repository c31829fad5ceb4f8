"""E-mail on a development machine: into var/mail, and a copy on the console."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage as EmailObject

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.filebased import EmailBackend as FileBackend


class _Legible:
    """Texts as they are, not encoded for the journey: a link stays in one piece."""

    def write_message(self, message: EmailMessage) -> None:
        super().write_message(_Decoded(message))  # type: ignore[misc]


class _Decoded:
    def __init__(self, message: EmailMessage) -> None:
        self._message = message

    def message(self) -> EmailObject:
        built = self._message.message()
        for part in built.walk():
            if part.get_content_maintype() == "text":
                part.set_content(part.get_content(), subtype=part.get_content_subtype(), cte="8bit")
        return built


class _Console(_Legible, ConsoleBackend):
    pass


class DevelopmentBackend(_Legible, FileBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        _Console().send_messages(email_messages)
        return super().send_messages(email_messages) or 0
