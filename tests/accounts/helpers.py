"""Signing in as people do: through the pages, with what lies in the mailbox."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.mail import EmailMessage
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import signed_in

type Mailbox = Sequence[EmailMessage]


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"\d{4}-\d{4}", str(mail.body))
    assert found, mail.body
    return found[0]


def link_in(mail: EmailMessage) -> str:
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.body))
    assert found, mail.body
    return found[1]


def ask_for_code(browser: Browser, email: str, **more: str) -> Any:
    return browser.post(reverse("account_login"), {"email": email, **more}, follow=True)


def enter_code(browser: Browser, code: str, **more: str) -> Any:
    return browser.post(reverse("account_confirm_login_code"), {"code": code, **more})


def sign_in(browser: Browser, user: User, mailbox: Mailbox) -> Any:
    ask_for_code(browser, user.email)
    return enter_code(browser, code_in(mailbox[-1]))


def page_author(user: User, path: str = "/") -> dict[str, str]:
    """The token that every form of a page carries which this person has opened."""
    found = re.search(r'name="page_author" value="([^"]+)"', signed_in(user).get(path).text)
    assert found
    return {"page_author": found[1]}


def is_signed_in(browser: Browser) -> bool:
    return "_auth_user_id" in browser.session


def app_code(secret: str) -> str:
    """The six digits an authenticator app would show now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def text_of(response: Any) -> str:
    """A page without what differs every time."""
    page = response.content.decode()
    page = re.sub(r'name="(csrfmiddlewaretoken|page_author)" value="[^"]+"', "", page)
    page = re.sub(r"x-csrftoken&quot;: &quot;[^&]+", "", page)
    return re.sub(r'nonce="[^"]+"', "", page)
