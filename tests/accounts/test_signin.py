"""Signing in with an e-mailed code."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User

pytestmark = pytest.mark.django_db


def code_in(mail: EmailMessage) -> str:
    found = re.search(r"\d{4}-\d{4}", str(mail.body))
    assert found, mail.body
    return found[0]


def test_a_code_from_the_mailbox_signs_in(
    client: Browser, dana: User, mailoutbox: list[EmailMessage]
) -> None:
    asked = client.post(reverse("account_login"), {"email": " Dana@Example.org "}, follow=True)
    assert asked.redirect_chain == [(reverse("account_confirm_login_code"), 302)]
    assert mailoutbox[0].to == ["dana@example.org"]

    response = client.post(reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[0])})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(dana.pk)
