"""Sessions end on the server; whoever comes without one is sent to sign in, and comes back."""

import json
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.asserts import assertRedirects

from pazpaz.accounts.backends import SignInBackend
from pazpaz.accounts.models import User, Workspace
from tests.accounts.helpers import is_signed_in
from tests.cast import events, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/settings/team/"
TO_SIGN_IN = "/accounts/login/?next=%2Fsettings%2Fteam%2F"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as traveller:
        yield traveller


def test_an_idle_session_ends(dana: User, clock: time_machine.Traveller) -> None:
    browser = signed_in(dana)
    clock.shift(15 * 60)
    assert browser.get(PAGE).status_code == 200
    clock.shift(15 * 60 + 1)
    assertRedirects(browser.get(PAGE), TO_SIGN_IN)
    assert not is_signed_in(browser)
    assert events(dana, "session.expired")[0].metadata == {"limit": "idle"}


def test_the_workspace_decides_how_long(dana: User, clock: time_machine.Traveller) -> None:
    Workspace.objects.filter(users=dana).update(idle_minutes=5)
    browser = signed_in(dana)
    clock.shift(5 * 60 + 1)
    assert browser.get(PAGE).status_code == 302


def test_platform_staff_may_idle_fifteen_minutes(petra: User, clock: time_machine.Traveller) -> None:
    browser = signed_in(petra)
    clock.shift(15 * 60 + 1)
    assert browser.get("/settings/security/").headers["Location"].startswith("/accounts/login/")


def test_twelve_hours_are_enough_for_anybody(dana: User, clock: time_machine.Traveller) -> None:
    browser = signed_in(dana)
    for _quarter in range(60):
        clock.shift(12 * 60)
        assert browser.get(PAGE).status_code == 200
    clock.shift(1)
    assertRedirects(browser.get(PAGE), TO_SIGN_IN)
    assert events(dana, "session.expired")[0].metadata == {"limit": "absolute"}


def test_keeping_alive_counts_as_activity(dana: User, clock: time_machine.Traveller) -> None:
    browser = signed_in(dana)
    clock.shift(14 * 60)
    assert browser.post(reverse("accounts:keepalive")).status_code == 204
    clock.shift(14 * 60)
    assert browser.get(PAGE).status_code == 200


def test_activity_is_written_twice_a_minute_at_most(
    dana: User, clock: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(dana)
    with django_assert_num_queries(9):
        # Session with person and workspace, savepoint, workspace, team, who has appointments to come,
        # invitations, how many notes are to be written, closed, release.
        browser.get(PAGE)
    clock.shift(31)
    before = browser.session["seen_at"]
    browser.get(PAGE)
    assert browser.session["seen_at"] == before + 31


def test_the_person_comes_with_the_workspace_in_one_query(
    dana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = SignInBackend().get_user(dana.pk)
        assert found is not None
        assert found.workspace == dana.workspace


def test_a_post_comes_back_to_the_page_it_was_sent_from(client: Browser, db: None) -> None:
    url = reverse("accounts:keepalive")
    assert client.post(url).headers["Location"] == "/accounts/login/?next=%2F"
    response = client.post(url, headers={"Referer": f"http://testserver{PAGE}?tab=1"})
    assert response.headers["Location"] == TO_SIGN_IN + "%3Ftab%3D1"
    for elsewhere in (f"https://evil.example{PAGE}", "http://["):
        response = client.post(url, headers={"Referer": elsewhere})
        assert response.headers["Location"] == "/accounts/login/?next=%2F"


def test_htmx_leaves_for_the_sign_in_page_as_a_whole(client: Browser, db: None) -> None:
    htmx = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}"}
    for response in (client.get("/", headers=htmx), client.post("/settings/keepalive/", headers=htmx)):
        assert response.status_code == 200
        assert response.headers["HX-Redirect"] == TO_SIGN_IN
        assert "Location" not in response.headers


@pytest.mark.parametrize("headers", [{"X-Requested-With": "fetch"}, {"Accept": "application/json"}])
def test_fetch_is_told_so_and_the_page_stays(headers: dict[str, str], client: Browser, db: None) -> None:
    response = client.post("/settings/keepalive/", headers={**headers, "Referer": f"http://testserver{PAGE}"})
    assert response.status_code == 401
    assert json.loads(response.content) == {"signin": TO_SIGN_IN}


def test_a_session_made_before_reactivation_stays_ended(dana: User, noa: User) -> None:
    browser, owner = signed_in(noa), signed_in(dana)
    owner.post(reverse("accounts:deactivate", args=[noa.pk]))
    assert browser.get(PAGE).status_code == 302
    owner.post(reverse("accounts:reactivate", args=[noa.pk]))
    assert browser.get(PAGE).status_code == 302


def test_pages_of_a_practice_are_not_for_platform_staff(as_petra: Browser) -> None:
    assertRedirects(as_petra.get(PAGE), reverse("admin:index"), fetch_redirect_response=False)
    assert as_petra.post(reverse("accounts:invite"), {}).status_code == 403
    assert as_petra.get(reverse("accounts:security")).status_code == 200
