"""E-mails beside those of allauth: invitations and welcomes. They carry nothing about clients."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation


def absolute_url(path: str, base_url: str = "") -> str:
    """Return a path of this site as a link for an e-mail or a terminal."""
    return (base_url or settings.PAZPAZ_URL).rstrip("/") + path


def send_letter(name: str, to: str, context: dict[str, Any], language: str) -> None:
    """Send templates/accounts/email/<name>_subject.txt and …_message.txt in a language."""
    with translation.override(language):
        subject = render_to_string(f"accounts/email/{name}_subject.txt", context).strip()
        message = render_to_string(f"accounts/email/{name}_message.txt", context).strip()
    send_mail(subject, message, get_adapter().get_from_email(), [to])
