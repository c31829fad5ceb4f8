"""Before factors change, somebody proves again who they are, unless they did so in the last five minutes."""

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from tests.accounts.helpers import Mailbox, code_in, sign_in
from tests.cast import events, signed_in

pytestmark = pytest.mark.django_db

ACTIVATE = "/accounts/2fa/totp/activate/"
AGAIN = f"/accounts/reauthenticate/?next={ACTIVATE.replace('/', '%2F')}"
PAGES = ["mfa_activate_totp", "mfa_add_webauthn"]


@pytest.mark.parametrize("page", PAGES)
def test_a_session_without_a_fresh_proof_is_asked(page: str, as_dana: Browser) -> None:
    response = as_dana.get(reverse(page))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))


def test_signing_in_counts_for_five_minutes(client: Browser, dana: User, mailoutbox: Mailbox) -> None:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as clock:
        sign_in(client, dana, mailoutbox)
        clock.shift(299)
        assert client.get(ACTIVATE).status_code == 200
        clock.shift(2)
        assertRedirects(client.get(ACTIVATE), AGAIN)


def test_an_emailed_code_opens_the_page_that_was_wanted(
    as_dana: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    assert "Send me a code" in as_dana.get(AGAIN).text
    assert not mailoutbox, "opening a page sends nothing"
    assertRedirects(as_dana.post(AGAIN, {"send": "1"}), AGAIN)
    assert as_dana.post(AGAIN, {"code": "0000-0000"}).status_code == 422
    assertRedirects(as_dana.post(AGAIN, {"code": code_in(mailoutbox[0])}), ACTIVATE)
    assert events(dana, "reauthentication.failed")[0].metadata == {"factor": "code"}


def test_the_third_wrong_code_ends_it(as_dana: Browser, mailoutbox: Mailbox) -> None:
    as_dana.post(AGAIN, {"send": "1"})
    answers = [as_dana.post(AGAIN, {"code": f"0000-000{n}"}).status_code for n in range(3)]
    assert answers == [422, 422, 302]
    as_dana.post(AGAIN, {"code": code_in(mailoutbox[0])})
    assert as_dana.get(ACTIVATE).status_code == 302


def test_the_code_expires_after_ten_minutes(dana: User, mailoutbox: Mailbox) -> None:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as clock:
        browser = signed_in(dana)
        browser.post(AGAIN, {"send": "1"})
        clock.shift(601)
        browser.post(AGAIN, {"code": code_in(mailoutbox[0])})
        assert browser.get(ACTIVATE).status_code == 302


def test_somebody_with_an_app_proves_it_with_the_app_not_by_mail(as_dana: Browser, dana: User) -> None:
    Authenticator.objects.create(user=dana, type="totp", data={"secret": "sealed"})
    response = as_dana.get(reverse("mfa_add_webauthn"))
    assert response.headers["Location"].startswith(reverse("mfa_reauthenticate"))
    assert as_dana.get(AGAIN).headers["Location"].startswith(reverse("mfa_reauthenticate"))


@pytest.mark.parametrize("page", ["mfa_remove_webauthn", "mfa_edit_webauthn"])
def test_passkeys_of_others_are_404(
    page: str, dana: User, client: Browser, omer: User, mailoutbox: Mailbox
) -> None:
    theirs = Authenticator.objects.create(user=dana, type="webauthn", data={"name": "Dana's"})
    sign_in(client, omer, mailoutbox)
    assert client.get(reverse(page, args=[theirs.pk])).status_code == 404
