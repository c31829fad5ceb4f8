"""E-mails beside those of allauth: invitations and welcomes. They carry nothing about clients."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger("pazpaz.mail")


def deliver(message: EmailMessage) -> bool:
    """Hand an e-mail to the mail server. Returns False when it does not take it."""
    try:
        message.send()
    except (OSError, ValueError) as error:  # SMTP's own errors are OSErrors; odd addresses are ValueErrors
        # No address and no words of the server's, which repeat it.
        logger.error("mail.not_sent %s", type(error).__name__)
        return False
    return True


def absolute_url(path: str, base_url: str = "") -> str:
    """Return a path of this site as a link for an e-mail or a terminal."""
    return (base_url or settings.PAZPAZ_URL).rstrip("/") + path


def send_letter(name: str, to: str, context: dict[str, Any], language: str) -> bool:
    """Send templates/accounts/email/<name>_subject.txt and …_message.txt in a language.

    Returns False when the mail server does not take it.
    """
    with translation.override(language):
        subject = render_to_string(f"accounts/email/{name}_subject.txt", context).strip()
        message = render_to_string(f"accounts/email/{name}_message.txt", context).strip()
    return deliver(EmailMessage(subject, message, get_adapter().get_from_email(), [to]))
