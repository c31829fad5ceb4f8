"""Sessions: whose they are stands beside them, and one query reads both."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pazpaz.accounts.models import Session, User
from pazpaz.accounts.session_store import SessionStore
from tests.accounts.helpers import sign_in
from tests.cast import signed_in
from tests.conftest import Connection

TODAY = reverse("sessions:today")
SIGN_IN = reverse(settings.LOGIN_URL)


def test_a_session_says_whose_it_is(dana: User) -> None:
    browser = signed_in(dana)
    assert Session.objects.get(session_key=browser.session.session_key).user == dana


def test_before_and_after_it_is_nobodys(dana: User, client: Browser) -> None:
    client.get(SIGN_IN)
    session = client.session
    session["wanted"] = TODAY
    session.save()
    assert Session.objects.get(session_key=session.session_key).user is None


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
    Session.objects.filter(session_key=browser.session.session_key).update(user=noa)
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
    old = signed_in(dana).session.session_key
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    live = signed_in(dana).session.session_key
    sign_in(client, dana, mailoutbox)
    keys = set(Session.objects.values_list("session_key", flat=True))
    assert old not in keys
    assert live in keys


@pytest.mark.django_db(transaction=True)
def test_the_sessions_of_a_deleted_person_go_with_them(dana: User, noa: User, superuser: Connection) -> None:
    key, other = signed_in(noa).session.session_key, signed_in(dana).session.session_key
    superuser.execute("DELETE FROM accounts_user WHERE id = %s", [noa.pk])
    left = superuser.execute("SELECT session_key FROM accounts_session").fetchall()
    assert (key,) not in left
    assert (other,) in left
