"""One-time sign-in links, from the command line to the session."""

from __future__ import annotations

import hmac
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from hashlib import sha256
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client as Browser
from django.utils import timezone
from psycopg.sql import SQL, Identifier
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import SigninLink, User
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys, generate_key
from pazpaz.encryption.providers import master_keys
from tests.accounts.helpers import is_signed_in
from tests.cast import events
from tests.conftest import Connection

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


@pytest.mark.django_db(transaction=True)
def test_the_token_is_kept_nowhere(dana: User, superuser: Connection) -> None:
    token = path_for(dana).rstrip("/").rpartition("/")[2]
    assert SigninLink.objects.count() == 1
    for kept in (token, sha256(token.encode()).hexdigest()):
        assert rows_with(superuser, kept) == []


def rows_with(superuser: Connection, text: str) -> list[str]:
    """The tables of which some row shows a text."""
    tables = superuser.execute(
        "SELECT oid::regclass::text FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    query = "SELECT FROM {table} AS t WHERE strpos(t::text, %s) > 0"
    return [
        table
        for (table,) in tables
        if superuser.execute(SQL(query).format(table=Identifier(table)), [text]).fetchone() is not None
    ]


# What somebody with the database does to a link whose token they have --------------------------------------

ALTERED = {
    "another person": "UPDATE accounts_signinlink SET user_id = %(omer)s",
    "a longer life": "UPDATE accounts_signinlink SET expires_at = expires_at + interval '1 day'",
    "a new seal": "UPDATE accounts_signinlink SET seal = sha256(seal), user_id = %(omer)s",
    "a row of one's own": "UPDATE accounts_signinlink SET id = gen_random_uuid()",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ALTERED)
def test_an_altered_link_signs_nobody_in(deed: str, superuser: Connection, dana: User, omer: User) -> None:
    path = path_for(dana)
    superuser.execute(ALTERED[deed], {"omer": omer.pk})
    browser = Browser()
    assert [browser.get(path).status_code, browser.post(path).status_code] == [410, 410]
    assert not is_signed_in(browser)


@pytest.mark.django_db(transaction=True)
def test_a_used_link_made_unused_signs_nobody_in(superuser: Connection, dana: User) -> None:
    path = path_for(dana)
    Browser().post(path)
    superuser.execute("UPDATE accounts_signinlink SET used_at = NULL")
    browser = Browser()
    assert [browser.get(path).status_code, browser.post(path).status_code] == [410, 410]
    assert not is_signed_in(browser)


@pytest.mark.django_db(transaction=True)
def test_the_seal_of_one_link_does_not_fit_another(superuser: Connection, dana: User, noa: User) -> None:
    """With a link of one's own, one would be somebody else."""
    path_for(dana)
    path = path_for(noa)
    superuser.execute(
        "UPDATE accounts_signinlink l SET user_id = other.user_id, seal = other.seal "
        "FROM accounts_signinlink other WHERE l.user_id = %s AND other.user_id = %s",
        [noa.pk, dana.pk],
    )
    browser = Browser()
    assert browser.post(path).status_code == 410
    assert not is_signed_in(browser)


def test_a_planted_link_signs_nobody_in(dana: User) -> None:
    """As the application role: the digests that can be made without the key."""
    for digest in (sha256(b"guessed").digest(), b"guessed", hmac.digest(b"guessed", b"guessed", "sha256")):
        SigninLink.objects.create(
            user=dana, token_digest=digest, expires_at=timezone.now() + timedelta(hours=1), seal=digest
        )
    browser = Browser()
    assert browser.post("/accounts/link/guessed/").status_code == 410
    assert not is_signed_in(browser)


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_signs_in(dana: User) -> None:
    path, start = path_for(dana), threading.Barrier(2, timeout=10)

    def click(_turn: int) -> int:
        try:
            start.wait()
            return Browser().post(path).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(click, range(2))) == [302, 410]


def test_a_link_outlives_a_new_master_key_and_not_a_lost_one(
    dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, kept = path_for(dana), master_keys().keys
    new = KeyEncryptionKey.from_base64(generate_key())
    for keys, status in [((new,), 410), ((new, *kept), 200)]:
        ring = KeyEncryptionKeys(keys)
        for module in ("signin_links", "models.signin_link"):
            monkeypatch.setattr(f"pazpaz.accounts.{module}.master_keys", partial(lambda ring: ring, ring))
        assert Browser().get(path).status_code == status


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
