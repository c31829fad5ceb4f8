"""Everybody reads PazPaz in a language of their own, if they like."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from tests.accounts.helpers import Mailbox
from tests.cast import events, signed_in

pytestmark = pytest.mark.django_db

SECURITY = "/settings/security/"
TODAY_IN_HEBREW = "היום"


def choose(browser: Browser, user: User, language: str) -> None:
    page = browser.get(SECURITY).text
    assert f'<option value="{language}"' in page
    answers = {"name": user.name, "language": language}
    assertRedirects(browser.post(reverse("accounts:rename-me"), answers), SECURITY)


def test_one_reads_hebrew_while_the_practice_reads_english(
    as_noa: Browser, as_dana: Browser, noa: User, dana: User
) -> None:
    choose(as_noa, noa, "he")
    hers = as_noa.get("/").text
    assert '<html lang="he" dir="rtl"' in hers
    assert TODAY_IN_HEBREW in hers
    assert '<html lang="en" dir="ltr"' in as_dana.get("/").text
    (event,) = events(dana, "user.language_chosen")
    assert event.actor_id == noa.pk
    assert not events(dana, "user.renamed")


def test_that_of_the_practice_is_the_default_and_can_be_had_back(as_noa: Browser, noa: User) -> None:
    assert "That of the practice (English)" in as_noa.get(SECURITY).text
    choose(as_noa, noa, "he")
    choose(as_noa, noa, "")
    assert '<html lang="en"' in as_noa.get("/").text


def test_an_unknown_language_is_refused(as_noa: Browser, noa: User) -> None:
    response = as_noa.post(reverse("accounts:rename-me"), {"name": "Noa P.", "language": "tlh"})
    assert response.status_code == 422
    assert 'value="Noa P."' in response.text
    noa.refresh_from_db()
    assert noa.language == ""


def test_what_is_unchanged_leaves_no_line_in_the_trail(as_noa: Browser, noa: User, dana: User) -> None:
    choose(as_noa, noa, "")
    assert not events(dana, "user.language_chosen")
    assert not events(dana, "user.renamed")


@pytest.mark.parametrize(("language", "subject"), [("en", "Your sign-in code for PazPaz"), ("he", "קוד")])
def test_sign_in_codes_come_in_the_persons_language(
    language: str, subject: str, noa: User, mailoutbox: Mailbox
) -> None:
    User.objects.filter(pk=noa.pk).update(language=language)
    Browser(HTTP_ACCEPT_LANGUAGE="en").post(reverse("account_login"), {"email": noa.email})
    (mail,) = mailoutbox
    assert subject in mail.subject


def test_staff_choose_too(petra: User) -> None:
    browser = signed_in(petra)
    assert "That of the browser" in browser.get(SECURITY).text
    browser.post(reverse("accounts:rename-me"), {"name": petra.name, "language": "he"})
    assert '<html lang="he" dir="rtl"' in browser.get(SECURITY).text
