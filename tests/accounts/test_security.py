"""Security settings of one person: name, factors, sessions."""

import pytest
from django.db.models.signals import pre_save
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.models import Session, User
from pazpaz.accounts.sessions import device_name, stored_key_of
from tests.accounts.helpers import Mailbox, is_signed_in, sign_in
from tests.cast import events, signed_in

pytestmark = pytest.mark.django_db

URL = "/settings/security/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
EDGE = f"{CHROME} Edg/142.0".replace("X11; Linux x86_64", "Windows NT 10.0")
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604.1"


@pytest.fixture
def two(dana: User, mailoutbox: Mailbox) -> tuple[Browser, Browser]:
    """Dana at her desk and on her phone."""
    desk, phone = Browser(HTTP_USER_AGENT=FIREFOX), Browser(HTTP_USER_AGENT=SAFARI, REMOTE_ADDR="203.0.113.9")
    sign_in(desk, dana, mailoutbox)
    sign_in(phone, dana, mailoutbox)
    return desk, phone


def test_sessions_are_listed_with_device_and_address(two: tuple[Browser, Browser]) -> None:
    desk, _phone = two
    page = desk.get(URL).text
    first, second = page.index("Firefox, Windows"), page.index("Safari, iPhone")
    assert first < page.index("This session") < second, "the current one stands first"
    assert "203.0.113.9" in page


def test_one_session_is_ended_from_another(two: tuple[Browser, Browser], dana: User) -> None:
    desk, phone = two
    (session_id,) = {s.id for s in desk.get(URL).context["sessions"] if not s.is_current}
    assertRedirects(desk.post(reverse("accounts:end-session", args=[session_id])), URL)
    assert phone.get(URL).status_code == 302
    assert desk.get(URL).status_code == 200
    assert events(dana, "session.ended")[0].metadata == {"count": 1}


def test_all_others_are_ended_at_once(two: tuple[Browser, Browser]) -> None:
    desk, phone = two
    desk.post(reverse("accounts:end-other-sessions"))
    assert phone.get(URL).status_code == 302
    assert len(desk.get(URL).context["sessions"]) == 1


def test_sessions_of_others_are_404(two: tuple[Browser, Browser], as_omer: Browser) -> None:
    desk, phone = two
    for session in desk.get(URL).context["sessions"]:
        assert as_omer.post(reverse("accounts:end-session", args=[session.id])).status_code == 404
    assert phone.get(URL).status_code == 200


def test_sessions_that_are_over_are_not_listed(two: tuple[Browser, Browser]) -> None:
    desk, phone = two
    Session.objects.filter(session_key=stored_key_of(phone.session)).delete()
    assert len(desk.get(URL).context["sessions"]) == 1


def test_the_page_needs_no_more_queries_for_more_sessions(
    dana: User, mailoutbox: Mailbox, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browsers = [Browser() for _n in range(3)]
    for browser in browsers:
        sign_in(browser, dana, mailoutbox)
    with django_assert_max_num_queries(12):
        assert len(browsers[0].get(URL).context["sessions"]) == 3


def test_everybody_names_themselves(as_avi: Browser, avi: User) -> None:
    assertRedirects(as_avi.post(reverse("accounts:rename-me"), {"name": "Avi S."}), URL)
    avi.refresh_from_db()
    assert avi.name == "Avi S."
    assert as_avi.post(reverse("accounts:rename-me"), {"name": "x" * 201}).status_code == 422
    assert len(events(avi, "user.renamed")) == 1


def test_platform_staff_have_the_page_too(as_petra: Browser) -> None:
    page = as_petra.get(URL).text
    assert "Add a passkey" in page
    assert reverse("accounts:team") not in page


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (CHROME, "Chrome, Linux"),
        (EDGE, "Edge, Windows"),
        (SAFARI, "Safari, iPhone"),
        ("curl/8", "Unknown device"),
    ],
)
def test_devices_are_named_as_people_know_them(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_a_session_is_worth_nothing_after_its_password_is_new(dana: User) -> None:
    browser = signed_in(dana)
    dana.set_unusable_password()
    dana.save()
    assert browser.get(URL).status_code == 302
    assert not is_signed_in(browser) or browser.get(URL).status_code == 302


def test_changing_the_name_does_not_open_an_account_that_is_closed_meanwhile(
    as_noa: Browser, noa: User
) -> None:
    def close(sender: object, **kwargs: object) -> None:
        User.objects.filter(pk=noa.pk).update(is_active=False, password="!other", role="assistant")

    pre_save.connect(close, sender=User)
    try:
        as_noa.post(reverse("accounts:rename-me"), {"name": "Noa P."})
    finally:
        pre_save.disconnect(close, sender=User)
    noa.refresh_from_db()
    assert (noa.name, noa.is_active, noa.password, noa.role) == ("Noa P.", False, "!other", "assistant")


def test_the_list_of_sessions_ends_none_whose_clocks_have_not_started(dana: User) -> None:
    """The first request of a session starts them; that request may be for this page."""
    browser = signed_in(dana)
    session = browser.session
    del session["began_at"], session["seen_at"]
    session.save()
    assert len(browser.get(URL).context["sessions"]) == 1
    assert browser.get(URL).status_code == 200
