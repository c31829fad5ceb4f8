"""A sign-in leads back to the page that was wanted before; a page of somebody else ends at Today."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.accounts.helpers import Mailbox, ask_for_code, code_in, enter_code
from tests.factories import ClientFactory, SessionNoteFactory
from tests.full_practice import fill

pytestmark = pytest.mark.django_db

LOGIN = reverse("account_login")


def arrive(user: User, wanted: str, mailbox: Mailbox) -> tuple[Browser, Any]:
    """Sign in where the session of somebody ended on a page; where that led."""
    browser = Browser()
    to_sign_in = browser.get(wanted)["Location"]
    assert to_sign_in.startswith(LOGIN)
    (page_before,) = parse_qs(urlsplit(to_sign_in).query)["next"]
    ask_for_code(browser, user.email, next=page_before)
    response = enter_code(browser, code_in(mailbox[-1]), next=page_before)
    return browser, browser.get(response["Location"], follow=True)


@pytest.mark.parametrize(
    ("page", "of"),
    [
        ("accounts:unsent", "unsent_form"),
        ("sessions:client", "client"),
        ("scheduling:appointment", "appointment"),
        ("sessions:note", "draft"),
    ],
)
def test_a_page_of_another_practice_ends_at_today(
    dana: User, omer: User, mailoutbox: Mailbox, page: str, of: str
) -> None:
    wanted = reverse(page, kwargs=fill(dana)[of])
    browser, arrived = arrive(omer, wanted, mailoutbox)
    assert arrived.redirect_chain == [("/", 302)]
    assert arrived.status_code == 200
    assert "is not one of yours" in arrived.text
    assert "Yonatan" not in arrived.text
    assert browser.get(wanted).status_code == 404, "asked for by themselves it is not found"


def test_an_unsent_form_of_a_colleague_ends_at_today(dana: User, noa: User, mailoutbox: Mailbox) -> None:
    wanted = reverse("accounts:unsent", kwargs=fill(dana)["unsent_form"])
    _browser, arrived = arrive(noa, wanted, mailoutbox)
    assert arrived.redirect_chain == [("/", 302)]


def test_an_assistant_is_not_led_to_a_note(dana: User, avi: User, mailoutbox: Mailbox) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    _browser, arrived = arrive(avi, reverse("sessions:note", args=[note.pk]), mailoutbox)
    assert arrived.redirect_chain == [("/", 302)]


def test_a_page_of_ones_own_is_shown(dana: User, mailoutbox: Mailbox) -> None:
    client = ClientFactory(workspace=dana.workspace)
    _browser, arrived = arrive(dana, client.get_absolute_url(), mailoutbox)
    assert arrived.redirect_chain == []
    assert "Yonatan Levi" in arrived.text
