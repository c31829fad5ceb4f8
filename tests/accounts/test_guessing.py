"""What an attacker may try: guessing codes, finding out who has an account, asking without end."""

import ipaddress
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from pazpaz.accounts.models import User, Workspace
from pazpaz.accounts.team import deactivate
from pazpaz.web.request import client_ip
from tests.accounts.helpers import Mailbox, ask_for_code, code_in, enter_code, is_signed_in, text_of
from tests.cast import events, inside

pytestmark = pytest.mark.django_db


def test_three_wrong_codes_and_the_right_one_no_longer_works(
    client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    ask_for_code(client, dana.email)
    assert [enter_code(client, f"0000-000{n}").status_code for n in range(3)] == [422, 422, 302]
    enter_code(client, code_in(mailoutbox[0]))
    assert not is_signed_in(client)
    failures = events(dana, "signin.failed")
    assert [e.metadata["last_attempt"] for e in failures] == [False, False, True]
    assert {e.outcome for e in failures} == {"failed"}


def test_attempts_count_even_where_the_session_forgets_them(
    client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    """Parallel requests each read the session before any of them has written its attempt."""
    ask_for_code(client, dana.email)
    before = dict(client.session.items())
    for _attempt in range(3):
        enter_code(client, "0000-0000")
        session = client.session
        session.update(before)
        session.save()
    enter_code(client, code_in(mailoutbox[0]))
    assert not is_signed_in(client)


def test_a_code_works_once(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    ask_for_code(client, dana.email)
    before = dict(client.session.items())
    enter_code(client, code_in(mailoutbox[0]))
    client.post(reverse("account_logout"))
    client.get(reverse("account_login"))
    enter_code(client, code_in(mailoutbox[0]))
    assert not is_signed_in(client)
    assert "account_login" in before


def test_a_code_works_in_the_browser_that_asked_only(dana: User, mailoutbox: Mailbox) -> None:
    ask_for_code(Browser(), dana.email)
    other = Browser()
    ask_for_code(other, "nobody@example.org")
    enter_code(other, code_in(mailoutbox[0]))
    assert not is_signed_in(other)


def test_pages_do_not_tell_who_has_an_account(dana: User, noa: User, mailoutbox: Mailbox) -> None:
    with inside(dana):
        deactivate(noa)

    def walk(email: str) -> list[tuple[int, str]]:
        browser = Browser()
        asked = ask_for_code(browser, email)
        wrong = [enter_code(browser, "0000-0000") for _attempt in range(3)]
        end = browser.get(wrong[-1].headers["Location"])
        return [(r.status_code, text_of(r).replace(email, "…")) for r in (asked, *wrong, end)]

    known, unknown, inactive = (walk(e) for e in (dana.email, "nobody@example.org", noa.email))
    assert known == unknown == inactive
    assert [mail.to[0] for mail in mailoutbox] == [dana.email, "nobody@example.org", noa.email]


def test_unknown_addresses_get_a_mail_without_a_code(client: Browser, db: None, mailoutbox: Mailbox) -> None:
    ask_for_code(client, "nobody@example.org")
    assert "There is no account with this address." in mailoutbox[0].body
    assert not any(c.isdigit() for c in str(mailoutbox[0].body))


def test_unknown_addresses_go_to_the_log_without_the_address(
    client: Browser, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pazpaz.signin")
    ask_for_code(client, "nobody@example.org")
    enter_code(client, "0000-0000")
    assert [r.getMessage() for r in caplog.records if r.name == "pazpaz.signin"] == [
        "signin.code_sent unknown address",
        "signin.failed unknown address",
    ]


@pytest.mark.parametrize("email", ["dana@example.org", "nobody@example.org"])
def test_answers_come_after_whole_steps_of_time(
    email: str, client: Browser, dana: User, settings: Settings
) -> None:
    settings.SIGN_IN_STEP_SECONDS = 1
    began = time.monotonic()
    client.post(reverse("account_login"), {"email": email})
    took = time.monotonic() - began
    assert took >= 1
    assert took % 1 < 0.6, "a little after a step, not anywhere"


def test_the_fourth_code_within_a_minute_is_too_many(client: Browser, dana: User) -> None:
    def ask(email: str) -> Any:
        return Browser().post(reverse("account_login"), {"email": email})

    for email in (dana.email, "nobody@example.org"):
        assert [ask(email).status_code for _n in range(4)] == [302, 302, 302, 429]
    assert "please wait a few minutes" in ask(dana.email).content.decode()


def test_one_address_asks_for_twenty_codes_a_minute_at_most(db: None) -> None:
    answers = [
        Browser().post(reverse("account_login"), {"email": f"n{n}@example.org"}).status_code
        for n in range(21)
    ]
    assert answers == [302] * 20 + [429]


FORWARDED = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.7"}


def test_a_forwarded_address_is_believed_from_configured_proxies_only(rf: Any, settings: Settings) -> None:
    request = rf.get("/", **FORWARDED)
    assert client_ip(request) == "10.0.0.1"
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    assert client_ip(request) == "198.51.100.7"


def test_limits_count_the_address_behind_a_trusted_proxy(db: None, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]

    def ask(n: int, address: str) -> int:
        browser = Browser(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=address)
        return browser.post(reverse("account_login"), {"email": f"n{n}@example.org"}).status_code

    for n in range(20):
        ask(n, "203.0.113.9")
    assert (ask(20, "203.0.113.9"), ask(21, "203.0.113.10")) == (429, 302)


OTHER_PROCESS = """
import os
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.conf import settings
from django.db import connections
for connection in connections.all():
    connection.settings_dict.update(
        NAME=os.environ["DATABASE"], HOST=os.environ["HOST"], PORT=os.environ["DATABASE_PORT"]
    )
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
print(Client().post("/accounts/login/", {"email": "dana@example.org"}).status_code)
"""


@pytest.mark.django_db(transaction=True)
def test_limits_hold_across_processes(client: Browser, dana: User) -> None:
    database = connection.settings_dict
    for _n in range(3):
        Browser().post(reverse("account_login"), {"email": dana.email})
    answer = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS],
        env=os.environ
        | {"DATABASE": database["NAME"], "HOST": database["HOST"], "DATABASE_PORT": database["PORT"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "429"


def test_somebody_deactivated_is_told_after_proving_the_code(
    client: Browser, dana: User, noa: User, mailoutbox: Mailbox
) -> None:
    with inside(dana):
        deactivate(noa)
    ask_for_code(client, noa.email)
    response = enter_code(client, code_in(mailoutbox[0]))
    assert response.status_code == 403
    assert "Your account is deactivated." in response.content.decode()
    assert not is_signed_in(client)
    assert events(dana, "signin.refused")[0].metadata == {"reason": "deactivated"}


def test_members_of_a_suspended_practice_are_told_after_proving_the_code(
    client: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    Workspace.objects.filter(users=dana).update(status=Workspace.Status.SUSPENDED)
    ask_for_code(client, dana.email)
    response = enter_code(client, code_in(mailoutbox[0]))
    assert response.status_code == 403
    assert "This practice is suspended." in response.content.decode()


def test_sessions_end_at_once_when_a_practice_is_suspended(as_dana: Browser, dana: User) -> None:
    Workspace.objects.filter(users=dana).update(status=Workspace.Status.SUSPENDED)
    assert as_dana.get(reverse("accounts:team")).status_code == 302
