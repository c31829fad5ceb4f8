"""Signing in with an e-mailed code, and out again."""

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from tests.accounts.helpers import Mailbox, ask_for_code, code_in, enter_code, is_signed_in, sign_in
from tests.cast import events

pytestmark = pytest.mark.django_db


def test_a_code_from_the_mailbox_signs_in(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    asked = ask_for_code(client, " Dana@Example.org ")
    assert asked.redirect_chain == [(reverse("account_confirm_login_code"), 302)]
    assert mailoutbox[0].to == ["dana@example.org"]
    assertRedirects(enter_code(client, code_in(mailoutbox[0])), "/", fetch_redirect_response=False)
    assert client.session["_auth_user_id"] == str(dana.pk)


def test_the_code_may_be_typed_without_the_dash(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    ask_for_code(client, dana.email)
    enter_code(client, code_in(mailoutbox[0]).replace("-", " "))
    assert is_signed_in(client)


def test_it_leads_to_the_page_that_was_wanted(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    wanted = reverse("accounts:team") + "?a=b"
    asked = client.get(wanted, follow=True)
    login, _status = asked.redirect_chain[-1]
    assert login == f"{reverse('account_login')}?next=%2Fsettings%2Fteam%2F%3Fa%3Db"
    confirm = client.post(login, {"email": dana.email, "next": wanted}).headers["Location"]
    response = client.post(confirm, {"code": code_in(mailoutbox[0]), "next": wanted})
    assertRedirects(response, wanted)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "https://testserver/", "javascript:x"]
)
def test_it_never_leads_to_another_host(
    elsewhere: str, client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    ask_for_code(client, dana.email, next=elsewhere)
    response = enter_code(client, code_in(mailoutbox[0]), next=elsewhere)
    assert response.headers["Location"] == "/"


def test_platform_staff_arrive_in_the_admin_site(client: Browser, petra: User, mailoutbox: Mailbox) -> None:
    response = sign_in(client, petra, mailoutbox)
    assert response.headers["Location"] == reverse("admin:index")


def test_the_session_gets_a_new_id(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    ask_for_code(client, dana.email)
    before = client.session.session_key
    enter_code(client, code_in(mailoutbox[0]))
    assert client.session.session_key != before


def test_the_trail_tells_how_somebody_signed_in_and_out(
    client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    sign_in(client, dana, mailoutbox)
    client.post(reverse("account_logout"))
    trail = [e for e in events(dana) if e.action.startswith(("signin", "signout"))]
    assert [e.action for e in trail] == ["signin.code_sent", "signin.succeeded", "signout"]
    assert trail[1].metadata == {"factor": "code"}
    assert {e.actor_id for e in trail} == {e.object_id for e in trail} == {dana.pk}
    assert trail[1].session_ref == trail[2].session_ref != ""
    assert trail[1].ip == "127.0.0.1"


@pytest.mark.parametrize("name", ["account_login", "account_confirm_login_code"])
def test_whoever_is_signed_in_is_led_home(name: str, as_dana: Browser) -> None:
    assert as_dana.get(reverse(name)).headers["Location"] == "/"


def test_going_back_to_the_first_page_leads_to_the_code_that_is_on_its_way(
    client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    ask_for_code(client, dana.email)
    assertRedirects(client.get(reverse("account_login")), reverse("account_confirm_login_code"))
    client.post(reverse("account_logout"))
    assert client.get(reverse("account_login")).status_code == 200


def test_signing_out_takes_a_post_and_clears_the_browser(as_dana: Browser) -> None:
    assert as_dana.get(reverse("account_logout")).status_code == 200
    assert is_signed_in(as_dana)
    response = as_dana.post(reverse("account_logout"))
    assertRedirects(response, reverse("account_login"))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_signed_in(as_dana)


def test_what_is_no_address_is_answered_with_422(client: Browser, db: None) -> None:
    assert client.post(reverse("account_login"), {"email": "dana"}).status_code == 422


@pytest.mark.parametrize("path", ["password/reset/", "password/change/", "password/set/", "email/"])
def test_there_are_no_passwords_and_no_addresses_to_manage(path: str, client: Browser, db: None) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


def test_a_password_opens_nothing(client: Browser, dana: User) -> None:
    dana.set_password("correct horse battery staple")
    dana.save()
    assert not client.login(email=dana.email, password="correct horse battery staple")


def test_an_old_code_is_refused_with_a_word(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as clock:
        ask_for_code(client, dana.email)
        clock.shift(10 * 60 + 1)
        response = client.post(
            reverse("account_confirm_login_code"), {"code": code_in(mailoutbox[0])}, follow=True
        )
    assert not is_signed_in(client)
    assert response.redirect_chain[-1][0] == reverse("account_login")
    assert "That code has expired." in response.content.decode()


def test_nobody_signs_up(client: Browser, db: None) -> None:
    assertRedirects(client.get("/accounts/signup/"), reverse("account_login"))
    assert client.post("/accounts/signup/", {"email": "new@example.org"}).status_code == 302
    assert not User.objects.exists()
