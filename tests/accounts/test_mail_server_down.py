"""A mail server that does not answer: nothing fails of it, and nothing claims that a mail was sent."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from pazpaz.accounts.models import Invitation, User
from pazpaz.accounts.signin_links import make_link
from tests.accounts.helpers import Mailbox, app_code, ask_for_code, code_in, enter_code, is_signed_in, text_of
from tests.cast import events, inside, signed_in
from tests.full_practice import give_factors
from tests.page_forms import all_forms

pytestmark = pytest.mark.django_db

LOGIN, TEAM, INVITE = reverse("account_login"), reverse("accounts:team"), reverse("accounts:invite")
REAUTHENTICATE = reverse("account_reauthenticate")


@pytest.fixture
def server_is_down(settings: Settings) -> Iterator[Callable[[], None]]:
    """No mail server listens, until the function given is called."""
    working = settings.EMAIL_BACKEND
    with socket.socket() as bound_but_deaf:
        bound_but_deaf.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = bound_but_deaf.getsockname()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

        def repair() -> None:
            settings.EMAIL_BACKEND = working

        yield repair


def test_sign_in_says_so_alike_for_known_and_unknown(
    dana: User, server_is_down: Callable[[], None], mailoutbox: Mailbox
) -> None:
    known, unknown = Browser(), Browser()
    first = known.post(LOGIN, {"email": dana.email})
    second = unknown.post(LOGIN, {"email": "dona@example.org"})
    assert first.status_code == second.status_code == 503
    assert "The message was not sent." in first.text
    assert "on its way" not in first.text
    assert text_of(first) == text_of(second).replace("dona@", "dana@")
    assert {*first.cookies} == {*second.cookies}
    assert [event.outcome for event in events(dana, "signin.code_not_sent")] == ["failed"]
    assert not events(dana, "signin.code_sent")
    for browser in (known, unknown):
        assert browser.get(reverse("account_confirm_login_code")).status_code == 302, "nothing to confirm"

    server_is_down()
    ask_for_code(known, dana.email)
    enter_code(known, code_in(mailoutbox[-1]))
    assert is_signed_in(known)


def test_the_address_typed_is_still_there(dana: User, server_is_down: Callable[[], None]) -> None:
    page = Browser().post(LOGIN, {"email": dana.email, "next": "/clients/"}).text
    assert f'value="{dana.email}"' in page
    assert 'name="next" value="/clients/"' in page


@pytest.mark.django_db(transaction=True)
def test_an_invitation_says_so_in_its_row_and_is_sent_again_from_there(
    as_dana: Browser, dana: User, server_is_down: Callable[[], None], mailoutbox: Mailbox
) -> None:
    page = as_dana.post(INVITE, {"email": "mia@example.org", "role": "therapist"}, follow=True).text
    assert "The mail to <bdi>mia@example.org</bdi> was not sent" in page
    assert "Mail not sent, try again" in page
    assert "on its way" not in page
    assert [event.outcome for event in events(dana, "invitation.not_sent")] == ["failed"]

    server_is_down()
    [again] = [form for form in all_forms(TEAM, as_dana.get(TEAM).text) if form.action.endswith("/send/")]
    page = as_dana.post(again.action, again.data, follow=True).text
    assert "An invitation is on its way to <bdi>mia@example.org</bdi>." in page
    assert "Mail not sent" not in page
    assert "Mail not sent" not in as_dana.get(TEAM).text
    assert [mail.to for mail in mailoutbox] == [["mia@example.org"]]
    with inside(dana):
        assert Invitation.objects.get().role == User.Role.THERAPIST


@pytest.mark.usefixtures("server_is_down")
def test_a_mail_that_was_never_tried_is_not_called_sent(as_dana: Browser, dana: User) -> None:
    with inside(dana) as scope:
        Invitation.objects.create(workspace=scope.workspace, email="mia@example.org")
    assert "Mail not sent, try again" in as_dana.get(TEAM).text


def test_proving_it_again_says_so(
    dana: User, server_is_down: Callable[[], None], mailoutbox: Mailbox
) -> None:
    browser = signed_in(dana)
    page = browser.post(REAUTHENTICATE, {"send": "1"}, follow=True)
    assert page.status_code == 200
    assert "The message was not sent" in page.text
    assert "A code is on its way" not in page.text
    server_is_down()
    page = browser.post(REAUTHENTICATE, {"send": "1"}, follow=True)
    assert "A code is on its way" in page.text
    code = code_in(mailoutbox[-1])
    assert browser.post(REAUTHENTICATE, {"code": code}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_practice_is_founded_and_the_missing_welcome_is_said(
    petra: User, server_is_down: Callable[[], None]
) -> None:
    give_factors(petra)
    staff = signed_in(petra)
    session = staff.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session.save()
    answers = {"name": "Second", "time_zone": "UTC", "language": "en", "owner_email": "mia@example.org"}
    page = staff.post(reverse("admin:accounts_workspace_add"), answers, follow=True).text
    assert User.objects.get(email="mia@example.org").is_owner
    assert "The welcome e-mail was not sent" in page


@pytest.mark.django_db(transaction=True)
def test_factors_change_although_the_mail_that_tells_of_it_does_not_leave(
    dana: User, server_is_down: Callable[[], None]
) -> None:
    browser = Browser()
    browser.post(urlsplit(make_link(dana)).path)
    path = reverse("mfa_activate_totp")
    found = re.search(r"<code>([A-Z2-7]+)</code>", browser.get(path).text)
    assert found
    assert browser.post(path, {"code": app_code(found[1])}).status_code == 302
    assert events(dana, "factor.added")


def test_the_log_names_no_address(
    dana: User, server_is_down: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    Browser().post(LOGIN, {"email": dana.email})
    assert re.search(r"mail\.not_sent \w+Error", caplog.text)
    assert dana.email not in caplog.text
