"""Second factors: setting them up, being asked for them, keeping their secrets sealed."""

import base64
import json
import re
from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import User
from pazpaz.encryption.errors import CannotOpen
from tests.accounts.helpers import (
    Mailbox,
    app_code,
    is_signed_in,
    sign_in,
)
from tests.cast import events

pytestmark = pytest.mark.django_db

ACTIVATE = "/accounts/2fa/totp/activate/"


@pytest.fixture
def as_dana_now(client: Browser, dana: User, mailoutbox: Mailbox) -> Browser:
    """Dana, who has just signed in, so that nothing asks her again."""
    sign_in(client, dana, mailoutbox)
    return client


@pytest.fixture
def seed(as_dana_now: Browser) -> str:
    """The secret of the authenticator app that Dana has set up."""
    found = re.search(r"<code>([A-Z2-7]+)</code>", as_dana_now.get(ACTIVATE).content.decode())
    assert found
    response = as_dana_now.post(ACTIVATE, {"code": app_code(found[1])})
    assertRedirects(response, reverse("mfa_view_recovery_codes"))
    return found[1]


@pytest.fixture
def later() -> Iterator[time_machine.Traveller]:
    """A time when the code that set the app up is used up."""
    with time_machine.travel("2026-11-22 12:00Z") as clock:
        yield clock


def recovery_codes(browser: Browser) -> list[str]:
    return re.findall(r"<li><code>(\d+)</code></li>", browser.get(reverse("mfa_view_recovery_codes")).text)


def test_the_seeds_are_sealed(seed: str, dana: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, data FROM mfa_authenticator WHERE user_id = %s", [dana.pk])
        stored = {kind: json.loads(data) for kind, data in cursor.fetchall()}
        cursor.execute("SELECT session_data FROM accounts_session")
        sessions = "".join(data for (data,) in cursor.fetchall())
    sealed = re.compile(r"s[0-9a-f]{12}:v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+")
    assert sealed.fullmatch(stored["totp"]["secret"])
    assert sealed.fullmatch(stored["recovery_codes"]["seed"])
    assert seed not in sessions


def test_the_seed_being_set_up_waits_sealed_and_stays_the_same_after_a_slip(as_dana_now: Browser) -> None:
    page = as_dana_now.get(ACTIVATE).text
    assert re.match(r"s[0-9a-f]{12}:v1:", as_dana_now.session["mfa.totp.secret"])
    (seed,) = re.findall(r"<code>([A-Z2-7]+)</code>", page)
    slip = as_dana_now.post(ACTIVATE, {"code": "000000"})
    assert slip.status_code == 422
    assert seed in slip.text


def test_the_qr_code_is_drawn_on_white(as_dana_now: Browser) -> None:
    (image,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', as_dana_now.get(ACTIVATE).text)
    assert b'fill="white"' in base64.b64decode(image), "black on a dark page cannot be scanned"


def test_a_seed_copied_to_another_account_does_not_open(
    seed: str, dana: User, omer: User, mailoutbox: Mailbox
) -> None:
    """Who can write the database cannot give somebody else his own second factor."""
    mine = Authenticator.objects.get(user=dana, type="totp")
    Authenticator.objects.create(user=omer, type="totp", data=mine.data)
    browser = Browser()
    sign_in(browser, omer, mailoutbox)
    with pytest.raises(CannotOpen):
        browser.post(reverse("mfa_authenticate"), {"code": app_code(seed)})
    assert not is_signed_in(browser)


def test_the_app_is_asked_for_after_the_code(
    seed: str, dana: User, mailoutbox: Mailbox, later: time_machine.Traveller
) -> None:
    browser = Browser()
    assertRedirects(sign_in(browser, dana, mailoutbox), reverse("mfa_authenticate"))
    assert not is_signed_in(browser)
    assert browser.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 422
    browser.post(reverse("mfa_authenticate"), {"code": app_code(seed)})
    assert is_signed_in(browser)
    assert events(dana, "signin.succeeded")[-1].metadata == {"factor": "code+totp"}
    assert events(dana, "signin.failed")[-1].metadata == {"factor": "totp"}


def test_a_code_of_the_app_works_once(
    seed: str, dana: User, mailoutbox: Mailbox, later: time_machine.Traveller
) -> None:
    with time_machine.travel("2026-11-22 13:00Z", tick=False):
        for expected in (True, False):
            browser = Browser()
            sign_in(browser, dana, mailoutbox)
            browser.post(reverse("mfa_authenticate"), {"code": app_code(seed)})
            assert is_signed_in(browser) is expected


def test_the_sixth_wrong_code_of_the_app_is_too_many(seed: str, dana: User, mailoutbox: Mailbox) -> None:
    browser = Browser()
    sign_in(browser, dana, mailoutbox)
    answers = [browser.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code for _n in range(6)]
    assert answers == [422] * 5 + [429]


def test_a_recovery_code_signs_in_once(
    seed: str, as_dana_now: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    code = recovery_codes(as_dana_now)[0]
    for expected in (True, False):
        browser = Browser()
        sign_in(browser, dana, mailoutbox)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert is_signed_in(browser) is expected
    assert events(dana, "signin.succeeded")[-1].metadata == {"factor": "code+recovery_codes"}
    assert len(recovery_codes(as_dana_now)) == 9


def test_somebody_deactivated_between_the_steps_does_not_get_in(
    seed: str, dana: User, mailoutbox: Mailbox, later: time_machine.Traveller
) -> None:
    browser = Browser()
    sign_in(browser, dana, mailoutbox)
    User.objects.filter(pk=dana.pk).update(is_active=False)
    browser.post(reverse("mfa_authenticate"), {"code": app_code(seed)})
    assert browser.get(reverse("accounts:security")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_trail_and_a_mail_tell_of_factors(
    seed: str, as_dana_now: Browser, dana: User, mailoutbox: Mailbox
) -> None:
    as_dana_now.post(reverse("mfa_generate_recovery_codes"))
    as_dana_now.post(reverse("mfa_deactivate_totp"))
    about = ("factor", "recovery_codes")
    trail = [(e.action, e.metadata) for e in events(dana) if e.action.startswith(about)]
    assert ("factor.added", {"factor": "totp"}) in trail
    assert trail.count(("recovery_codes.made", {"factor": "recovery_codes"})) == 2
    assert ("factor.removed", {"factor": "totp"}) in trail
    subjects = [mail.subject for mail in mailoutbox[1:]]
    assert sorted(subjects) == [
        "Authenticator app switched off",
        "Authenticator app switched on",
        "New recovery codes",
    ]


def test_recovery_codes_can_be_saved_as_a_file(seed: str, as_dana_now: Browser) -> None:
    response = as_dana_now.get(reverse("mfa_download_recovery_codes"))
    assert response.headers["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert recovery_codes(as_dana_now)[0] in response.text


def test_the_browser_gets_what_it_needs_to_ask_for_a_passkey(client: Browser, db: None) -> None:
    response = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    options = response.json()["request_options"]["publicKey"]
    assert options["userVerification"] == "required"
    assert options["rpId"] == "testserver"
    assert len(options["challenge"]) > 30


def passkey_answer(authenticator_data: bytes) -> str:
    data = base64.urlsafe_b64encode(authenticator_data).decode().rstrip("=")
    said = {"clientDataJSON": "e30", "authenticatorData": data, "signature": "YQ", "userHandle": "AA"}
    return json.dumps({"id": "YQ", "rawId": "YQ", "type": "public-key", "response": said})


NO_ANSWERS = [
    "{}",
    "[]",
    "[1]",
    "null",
    "7",
    '"YQ"',
    '{"id": 1}',
    '{"id": "YQ"}',
    '{"id": "YQ", "rawId": "YQ"}',
    '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {}}',
    '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "YQ", "attestationObject": "YQ", "signature": "YQ", "userHandle": "AA"}}',
    "[" * 5000,
    "1" * 5000,
    passkey_answer(bytes(32) + b"\xc0" + bytes(4)),  # promises data that does not follow
    passkey_answer(bytes(32) + b"\x80" + bytes(4) + b"\x81" * 5000),  # lists in lists
]


@pytest.mark.parametrize("credential", NO_ANSWERS)
def test_a_passkey_nobody_has_is_refused(credential: str, client: Browser, db: None) -> None:
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    response = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assertRedirects(response, reverse("account_login"))
    assert not is_signed_in(client)


@pytest.mark.parametrize("credential", NO_ANSWERS)
def test_nor_can_it_be_added(as_dana_now: Browser, dana: User, credential: str) -> None:
    url = reverse("mfa_add_webauthn")
    as_dana_now.get(url)
    assert as_dana_now.post(url, {"credential": credential, "name": "Key"}).status_code == 422
    assert not Authenticator.objects.filter(user=dana).exists()


@pytest.mark.parametrize("credential", NO_ANSWERS)
def test_nor_does_it_prove_somebody_again(as_dana_now: Browser, dana: User, credential: str) -> None:
    Authenticator.objects.create(
        user=dana, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "credential": {}}
    )
    url = reverse("mfa_reauthenticate_webauthn")
    assertRedirects(as_dana_now.post(url, {"credential": credential}), url, fetch_redirect_response=False)


def test_a_new_passkey_stays_on_the_device_and_checks_its_person(as_dana_now: Browser) -> None:
    page = as_dana_now.get(reverse("mfa_add_webauthn")).text
    (options,) = re.findall(r'<script id="passkey-options" type="application/json">(.*?)</script>', page)
    selection = json.loads(options)["publicKey"]["authenticatorSelection"]
    assert selection["residentKey"] == "required"
    assert selection["userVerification"] == "required"


def test_no_page_of_signing_in_holds_an_inline_script(as_dana_now: Browser, client: Browser) -> None:
    for url in (reverse("mfa_add_webauthn"), ACTIVATE, reverse("accounts:security")):
        scripts = re.findall(r"<script[^>]*>", as_dana_now.get(url).text)
        assert all("src=" in tag or "application/json" in tag for tag in scripts), (url, scripts)


def test_wrong_methods_are_refused(as_dana_now: Browser) -> None:
    assert as_dana_now.get(reverse("accounts:keepalive")).status_code == 405
    assert as_dana_now.get(reverse("accounts:rename-me")).status_code == 405
