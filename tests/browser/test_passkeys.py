"""A passkey from beginning to end, with an authenticator that Chromium plays."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, expect

from pazpaz.accounts.models import User
from pazpaz.accounts.signin_links import make_link
from tests.cast import events

pytestmark = pytest.mark.django_db(transaction=True)

HOME = re.compile(r":\d+/$")
FINGERPRINT = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def page(open_window: Callable[..., BrowserContext]) -> Page:
    """A page on a device with a fingerprint reader, which recognises the finger."""
    page = open_window().new_page()
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": FINGERPRINT})
    return page


def sign_in_by_link(page: Page, user: User) -> None:
    page.goto(make_link(user).replace("http://127.0.0.1:8000", ""))
    page.get_by_role("button", name="Sign in").click()


def test_it_is_added_signs_in_and_proves_it_again(page: Page, dana: User) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))

    sign_in_by_link(page, dana)
    page.goto("/accounts/2fa/passkeys/add/")
    expect(page.get_by_text("has no passkeys")).to_be_hidden()
    page.get_by_label("What to call it").fill("Desk")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(HOME)
    page.goto("/settings/security/")
    expect(page.get_by_text("Desk")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    assert events(dana, "signin.succeeded")[-1].metadata == {"factor": "webauthn"}
    assert problems == []


def test_it_is_the_second_step_after_a_link_or_a_code(page: Page, dana: User) -> None:
    sign_in_by_link(page, dana)
    page.goto("/accounts/2fa/passkeys/add/")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").wait_for()

    sign_in_by_link(page, dana)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(HOME)
    assert events(dana, "signin.succeeded")[-1].metadata == {"factor": "link+webauthn"}


def test_where_passkeys_cannot_work_the_button_is_not_there(
    open_window: Callable[..., BrowserContext],
) -> None:
    page = open_window(java_script_enabled=False).new_page()
    page.goto("/accounts/login/")
    expect(page.get_by_label("E-mail address")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()


@pytest.mark.parametrize(
    "lacks", ["", "window.PublicKeyCredential", "PublicKeyCredential.parseCreationOptionsFromJSON"]
)
def test_adding_one_is_offered_where_the_browser_can(page: Page, dana: User, lacks: str) -> None:
    knows_them = not lacks
    if lacks:
        page.add_init_script(f"delete {lacks}")
    sign_in_by_link(page, dana)
    page.goto("/settings/security/")
    offer, sentence = page.get_by_role("link", name="Add a passkey"), page.get_by_text("has no passkeys")
    expect(offer).to_be_visible(visible=knows_them)
    expect(sentence).to_be_visible(visible=not knows_them)
    page.goto("/accounts/2fa/passkeys/add/")
    expect(page.get_by_role("button", name="Add")).to_be_visible(visible=knows_them)
    expect(page.get_by_text("has no passkeys")).to_be_visible(visible=not knows_them)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible(visible=knows_them)


def test_without_a_script_the_reason_stands_there(
    open_window: Callable[..., BrowserContext], dana: User
) -> None:
    page = open_window(dana, java_script_enabled=False).new_page()
    page.goto("/settings/security/")
    expect(page.get_by_text("has no passkeys")).to_be_visible()
    expect(page.get_by_role("link", name="Add a passkey")).to_be_hidden()
