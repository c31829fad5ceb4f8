"""E-mail on a development machine: into var/mail, and a copy on the console."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend
from django.core.mail.backends.filebased import EmailBackend as FileBackend


class DevelopmentBackend(FileBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        ConsoleBackend().send_messages(email_messages)
        return super().send_messages(email_messages) or 0
