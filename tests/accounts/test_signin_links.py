"""One-time sign-in links, from the command line to the session."""

from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from tests.accounts.helpers import is_signed_in
from tests.cast import events

pytestmark = pytest.mark.django_db


def link_for(user: User, **options: str) -> str:
    output = StringIO()
    call_command("signin_link", user.email, stdout=output, **options)
    return output.getvalue().strip()


def path_for(user: User) -> str:
    return urlsplit(link_for(user)).path


def test_it_signs_in_after_one_press(client: Browser, dana: User) -> None:
    path = path_for(dana)
    page = client.get(path)
    assert page.status_code == 200
    assert "Sign in" in page.text
    assert dana.email not in page.text
    assert not is_signed_in(client), "mail scanners open links too"
    assertRedirects(client.post(path), "/", fetch_redirect_response=False)
    assert client.session["_auth_user_id"] == str(dana.pk)


def test_making_and_using_it_are_in_the_trail(client: Browser, dana: User) -> None:
    client.post(path_for(dana))
    (made,) = events(dana, "signin_link.created")
    assert (made.command, made.object_id) == ("signin_link", dana.pk)
    assert events(dana, "signin.succeeded")[0].metadata == {"factor": "link"}


def test_it_works_once(client: Browser, dana: User) -> None:
    path = path_for(dana)
    client.post(path)
    other = Browser()
    assert other.post(path).status_code == 410
    assert other.get(path).status_code == 410
    assert not is_signed_in(other)


def test_it_works_for_fifteen_minutes(dana: User) -> None:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as clock:
        path = path_for(dana)
        clock.shift(15 * 60 + 1)
        browser = Browser()
        assert browser.post(path).status_code == 410
    assert not is_signed_in(browser)


def test_the_second_factor_is_still_asked_for(client: Browser, dana: User) -> None:
    Authenticator.objects.create(user=dana, type=Authenticator.Type.TOTP, data={"secret": "sealed"})
    assert client.post(path_for(dana)).headers["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)


def test_the_token_is_kept_nowhere(dana: User) -> None:
    token = path_for(dana).rstrip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM pazpaz_cache")
        assert token not in str(cursor.fetchall())


def test_it_leads_where_pazpaz_is_served(dana: User) -> None:
    assert link_for(dana).startswith("http://127.0.0.1:8000/accounts/link/")
    assert link_for(dana, base_url="https://practice.example.org/").startswith(
        "https://practice.example.org/accounts/link/"
    )


def test_there_is_none_for_somebody_who_may_not_sign_in(dana: User, noa: User) -> None:
    User.objects.filter(pk=noa.pk).update(is_active=False)
    with pytest.raises(CommandError, match="may not sign in"):
        link_for(noa)
    with pytest.raises(CommandError, match=r"Nobody signs in as 'nobody@example\.org"):
        call_command("signin_link", "nobody@example.org")


def test_it_does_not_sign_in_somebody_deactivated_meanwhile(client: Browser, dana: User, noa: User) -> None:
    path = path_for(noa)
    User.objects.filter(pk=noa.pk).update(is_active=False)
    assert client.post(path).status_code == 403
    assert not is_signed_in(client)


def test_whoever_is_signed_in_signs_out_first(as_omer: Browser, omer: User, dana: User) -> None:
    path = path_for(dana)
    assert as_omer.post(path).status_code == 409
    assert as_omer.session["_auth_user_id"] == str(omer.pk)
