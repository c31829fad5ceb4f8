"""Sessions: whose they are stands beside them, and one query reads both."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core import signing
from django.core.signing import BadSignature, JSONSerializer
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from pazpaz.accounts.models import Session, User
from pazpaz.accounts.session_store import SessionStore, stored_keys
from pazpaz.accounts.sessions import stored_key_of
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys
from pazpaz.encryption.providers import master_keys
from tests.accounts.helpers import sign_in
from tests.cast import signed_in
from tests.conftest import Connection

TODAY = reverse("sessions:today")
SIGN_IN = reverse(settings.LOGIN_URL)


def test_a_session_says_whose_it_is(dana: User) -> None:
    browser = signed_in(dana)
    assert Session.objects.get(session_key=stored_key_of(browser.session)).user == dana


def test_before_and_after_it_is_nobodys(dana: User, client: Browser) -> None:
    client.get(SIGN_IN)
    session = client.session
    session["wanted"] = TODAY
    session.save()
    assert Session.objects.get(session_key=stored_key_of(session)).user is None


def test_session_and_person_are_read_in_one_query(
    dana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    key = signed_in(dana).session.session_key
    with django_assert_num_queries(1):
        session = SessionStore(key)
        assert session.get("_auth_user_id") == str(dana.pk)
        assert session.loaded_with == dana
        assert session.loaded_with is not None
        assert session.loaded_with.workspace == dana.workspace


def test_somebody_who_may_not_sign_in_any_more_is_out_at_once(dana: User, noa: User) -> None:
    browser = signed_in(noa)
    assert browser.get(TODAY).status_code == 200
    User.objects.filter(pk=noa.pk).update(is_active=False)
    assert browser.get(TODAY).status_code == 302


def test_a_session_that_names_somebody_else_than_its_row_is_read_by_its_contents(
    dana: User, noa: User
) -> None:
    """The row is a shortcut; what is signed in the session decides."""
    browser = signed_in(dana)
    Session.objects.filter(session_key=stored_key_of(browser.session)).update(user=noa)
    response: Any = browser.get(TODAY)
    assert response.context["request"].user == dana


@pytest.mark.parametrize(
    "key", ['"a\\000b12345678"', "a%00b12345678", "cl\xe9 de session", "' OR true --", "x" * 5000]
)
def test_a_key_that_nobody_gave_out_is_no_session(client: Browser, db: None, key: str) -> None:
    response = client.get(TODAY, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"})
    assert (response.status_code, response.headers["Location"]) == (302, f"{SIGN_IN}?next=%2F")


def test_expired_sessions_go_when_somebody_signs_in(
    dana: User, client: Browser, mailoutbox: list[Any]
) -> None:
    old = stored_key_of(signed_in(dana).session)
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    live = stored_key_of(signed_in(dana).session)
    sign_in(client, dana, mailoutbox)
    keys = set(Session.objects.values_list("session_key", flat=True))
    assert old not in keys
    assert live in keys


@pytest.mark.django_db(transaction=True)
def test_the_sessions_of_a_deleted_person_go_with_them(dana: User, noa: User, superuser: Connection) -> None:
    key, other = stored_key_of(signed_in(noa).session), stored_key_of(signed_in(dana).session)
    superuser.execute("DELETE FROM accounts_user WHERE id = %s", [noa.pk])
    left = superuser.execute("SELECT session_key FROM accounts_session").fetchall()
    assert (key,) not in left
    assert (other,) in left


SIGNED_IN_AS = "SELECT session_key, session_data FROM accounts_session"


@pytest.mark.django_db(transaction=True)
def test_what_a_dump_holds_signs_nobody_in(dana: User, superuser: Connection) -> None:
    """Whoever reads the table knows neither the key of a cookie nor the contents."""
    browser = signed_in(dana)
    [(stored, contents)] = superuser.execute(SIGNED_IN_AS).fetchall()
    key = browser.session.session_key
    assert key not in (stored, contents)
    for value in (stored, stored[:32], contents, f"{stored}0000"):
        thief = Browser()
        thief.cookies[settings.SESSION_COOKIE_NAME] = value
        assert thief.get(TODAY).status_code == 302
    assert str(dana.pk) not in contents
    with pytest.raises(BadSignature):
        signing.loads(contents, salt="django.contrib.sessions.SessionStore")


@pytest.mark.django_db(transaction=True)
def test_contents_belong_to_their_row(dana: User, noa: User, superuser: Connection) -> None:
    """Nobody becomes another user with a row that was copied, planted or altered."""
    hers, mine = signed_in(dana), signed_in(noa)
    superuser.execute(
        "UPDATE accounts_session SET session_data = (SELECT session_data FROM accounts_session "
        "WHERE session_key = %s), user_id = %s WHERE session_key = %s",
        [stored_key_of(hers.session), dana.pk, stored_key_of(mine.session)],
    )
    assert mine.get(TODAY).status_code == 302
    assert hers.get(TODAY).status_code == 200
    planted = {SESSION_KEY: str(dana.pk), HASH_SESSION_KEY: dana.get_session_auth_hash()}
    for data in (
        signing.dumps(planted, salt="django.contrib.sessions.SessionStore", serializer=JSONSerializer),
        json.dumps(planted),
        "",
    ):
        superuser.execute("UPDATE accounts_session SET session_data = %s", [data])
        assert hers.get(TODAY).status_code == 302


def test_a_session_outlives_a_change_of_the_master_key(
    dana: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    browser = signed_in(dana)
    ring = master_keys()
    new = KeyEncryptionKeys((KeyEncryptionKey(bytes(range(32))), *ring.keys))
    monkeypatch.setattr("pazpaz.accounts.session_store.master_keys", lambda: new)
    session = browser.session
    session["kept"] = "yes"
    session.save()
    assert SessionStore(session.session_key)["kept"] == "yes"
    assert browser.get(TODAY).status_code == 200
    session = browser.session
    session.cycle_key()
    assert stored_key_of(session) == stored_keys(session.session_key or "")[0]
