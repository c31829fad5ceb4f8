"""Nothing typed is lost when a session ends: it waits for the person who typed it, and for nobody else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from clients.models import Client
from pazpaz.accounts.models import UnsentForm, User
from tests.accounts.helpers import ask_for_code, code_in, enter_code, page_author, sign_in
from tests.cast import events, inside, signed_in
from tests.factories import ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db

CREATE, PARK = reverse("clients:create"), reverse("accounts:park")
SIGN_IN = reverse("account_login")
TYPED = {"first_name": "Mirjam", "last_name": "O’Neill", "medical_history": "Slipped disc.\r\nL4/L5 <2019>"}
OURS = {"Origin": "http://testserver"}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def typed(dana: User) -> dict[str, str]:
    """What a page that Dana has opened sends."""
    return TYPED | page_author(dana)


@pytest.fixture
def browser(dana: User, clock: time_machine.Traveller) -> Browser:
    """Dana's, with a session that has just expired."""
    browser = signed_in(dana)
    browser.get("/")
    clock.shift(16 * 60)
    return browser


def kept(user: User) -> list[UnsentForm]:
    with inside(user) as scope:
        return list(scope.workspace.unsent_forms.order_by("created_at"))


def keep(user: User, fields: dict[str, str] = TYPED, path: str = CREATE) -> UnsentForm:
    with inside(user) as scope:
        return UnsentForm.objects.create(
            workspace=scope.workspace,
            user=user,
            path=path,
            fields=[[name, text] for name, text in fields.items()],
            clinical=user.sees_clinical_data,
        )


def hand_over(browser: Browser, unsent: UnsentForm) -> Any:
    """Press the button of the page: send what its form holds to where it leads."""
    page = browser.get(unsent.get_absolute_url()).text
    [form] = re.findall(rf'<form method="post" action="{unsent.path}">.*?</form>', page, re.DOTALL)
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    data = {name: html.unescape(text) for name, text in found}
    return browser.post(html.unescape(unsent.path), data)


def clients(user: User) -> list[Client]:
    with inside(user) as scope:
        return list(scope.workspace.clients.all())


def test_a_form_of_an_expired_session_is_found_after_signing_in_and_saved_as_it_was(
    browser: Browser, dana: User, typed: dict[str, str], mailoutbox: list[EmailMessage]
) -> None:
    response = browser.post(CREATE, typed)
    [unsent] = kept(dana)
    page = unsent.get_absolute_url()
    assertRedirects(response, f"{SIGN_IN}?next={page.replace('/', '%2F')}", fetch_redirect_response=False)
    assert not clients(dana)

    ask_for_code(browser, dana.email, next=page)
    response = enter_code(browser, code_in(mailoutbox[-1]), next=page)
    assertRedirects(response, page, fetch_redirect_response=False)
    shown = browser.get(page)
    assert "Nothing is lost." in shown.text
    assert "Slipped disc." in shown.text
    assert "<2019>" not in shown.text

    response = hand_over(browser, unsent)
    [client] = clients(dana)
    assertRedirects(response, client.get_absolute_url())
    with inside(dana):
        assert client.last_name == "O’Neill"
        assert client.medical_history == "Slipped disc.\nL4/L5 <2019>"
    assert not kept(dana)
    assert "Unsent text" not in browser.get("/").text


def test_the_trail_names_the_form_and_none_of_its_text(
    browser: Browser, dana: User, typed: dict[str, str]
) -> None:
    browser.post(CREATE, typed)
    [unsent] = kept(dana)
    browser = signed_in(dana)
    hand_over(browser, unsent)
    browser.post(reverse("accounts:discard-unsent", args=[keep(dana).pk]))
    found = [event for event in events(dana) if event.action.startswith("form.")]
    assert [event.action for event in found] == ["form.parked", "form.resumed", "form.discarded"]
    assert {event.metadata["view"] for event in found} == {"clients:create"}
    assert {event.actor_id for event in found} == {dana.pk}
    assert [event.object_id for event in found[:2]] == [unsent.pk] * 2
    assert "Mirjam" not in str([event.__dict__ for event in events(dana)])


def test_what_is_kept_is_sealed_and_holds_no_token(
    browser: Browser, dana: User, typed: dict[str, str]
) -> None:
    browser.post(CREATE, {**typed, "csrfmiddlewaretoken": "x" * 64})
    with inside(dana):
        [unsent] = kept(dana)
        assert dict(unsent.fields) == TYPED
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM accounts_unsentform")
            assert "Mirjam" not in str(cursor.fetchall())


def test_what_a_page_sends_again_is_the_newer_state_of_its_form(
    browser: Browser, dana: User, typed: dict[str, str]
) -> None:
    browser.post(CREATE, typed)
    browser.post(CREATE, typed)
    browser.post(CREATE, {**typed, "first_name": "Ruth"})
    [unsent] = kept(dana)
    with inside(dana):
        assert dict(unsent.fields) == {**TYPED, "first_name": "Ruth"}
    browser.post(CREATE, typed | page_author(dana))
    assert len(kept(dana)) == 2, "another page is another form"


def test_a_form_of_no_page_is_nobodys(browser: Browser, dana: User) -> None:
    for sender in (browser, Browser()):
        assert sender.post(CREATE, TYPED).status_code == 302
    assert not kept(dana)


def test_whoever_signs_in_next_has_nothing_of_it(
    browser: Browser, dana: User, noa: User, typed: dict[str, str], mailoutbox: list[EmailMessage]
) -> None:
    browser.post(CREATE, typed)
    [unsent] = kept(dana)
    sign_in(browser, noa, mailoutbox)
    assert browser.get(unsent.get_absolute_url()).status_code == 404
    assert "Unsent text" not in browser.get("/").text
    browser.post(reverse("account_logout"))
    browser.post(CREATE, TYPED | page_author(noa))
    assert {form.user_id for form in kept(dana)} == {dana.pk, noa.pk}


def test_another_persons_form_is_not_there(dana: User, as_noa: Browser, as_omer: Browser) -> None:
    unsent = keep(dana)
    for browser in (as_noa, as_omer):
        assert browser.get(unsent.get_absolute_url()).status_code == 404
        assert browser.post(reverse("accounts:discard-unsent", args=[unsent.pk])).status_code == 404
        browser.post(CREATE, {**TYPED, "unsent_form": str(unsent.pk)})
    assert kept(dana) == [unsent]


def test_who_is_no_clinician_any_more_reads_no_notes_in_it(dana: User, noa: User, as_noa: Browser) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    path = reverse("sessions:note-save", args=[note.pk])
    unsent = keep(noa, {"plan": "Heat"}, path)
    assert "Heat" in as_noa.get(unsent.get_absolute_url()).text
    User.objects.filter(pk=noa.pk).update(role=User.Role.ASSISTANT)
    assert as_noa.get(unsent.get_absolute_url()).status_code == 404
    assert "Unsent text" not in as_noa.get("/").text


@pytest.mark.parametrize("unsent_id", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_form_that_only_says_it_was_kept_is_a_form_like_any_other(
    as_dana: Browser, dana: User, unsent_id: str
) -> None:
    unsent = keep(dana)
    assert as_dana.post(CREATE, {**TYPED, "unsent_form": unsent_id}).status_code == 302
    assert as_dana.post("/clients/", {"q": "Levi", "unsent_form": str(unsent.pk)}).status_code == 200
    assert kept(dana) == [unsent]


def test_what_cannot_be_saved_stands_in_the_page_that_says_why(as_dana: Browser, dana: User) -> None:
    unsent = keep(dana, {**TYPED, "email": "nonsense"})
    response = hand_over(as_dana, unsent)
    assert response.status_code == 422
    assert "Slipped disc." in response.text
    assert not kept(dana)


def test_what_has_no_place_any_more_stays_readable(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    unsent = keep(dana, TYPED, reverse("clients:edit", args=[client.pk]))
    with inside(dana):
        client.delete()
    assert hand_over(as_dana, unsent).status_code == 404
    assert "Slipped disc." in as_dana.get(unsent.get_absolute_url()).text


def test_discarding_deletes_it_at_the_second_of_two_clicks_too(as_dana: Browser, dana: User) -> None:
    discard = reverse("accounts:discard-unsent", args=[keep(dana).pk])
    for _click in range(2):
        assertRedirects(as_dana.post(discard), "/")
    assert len(events(dana, "form.discarded")) == 1
    assert not kept(dana)


def test_today_says_that_something_waits(
    clock: time_machine.Traveller, dana: User, django_assert_max_num_queries: Any
) -> None:
    forms = [keep(dana), keep(dana, path=reverse("scheduling:book"))]
    browser = signed_in(dana)
    browser.get("/")
    with django_assert_max_num_queries(12):
        page = browser.get("/").text
    assert page.count("Unsent text from Sun 22 Nov, 11:00:") == 2
    for form, words in zip(forms, ("New client", "New appointment"), strict=True):
        assert f'<a href="{form.get_absolute_url()}">{words}</a>' in page


def test_after_seven_days_it_is_gone(clock: time_machine.Traveller, dana: User) -> None:
    unsent = keep(dana)
    clock.shift(7 * 24 * 60 * 60)
    assert signed_in(dana).get(unsent.get_absolute_url()).status_code == 200
    clock.shift(1)
    browser = signed_in(dana)
    assert browser.get(unsent.get_absolute_url()).status_code == 404
    assert "Unsent text" not in browser.get("/").text
    assert not kept(dana)


@pytest.mark.parametrize(
    ("path", "data", "headers"),
    [
        (reverse("accounts:invite"), {"email": "x@example.org", "role": "owner"}, {}),
        (reverse("clients:list"), {"q": "Levi"}, {}),
        (CREATE, {"first_name": " ", "consent_status": "on"}, {}),
        (CREATE, {"first_name": "x" * (1024 * 1024 + 1)}, {}),
    ],
    ids=["rights", "search", "nothing typed", "too much"],
)
def test_not_everything_is_kept(
    browser: Browser, dana: User, path: str, data: dict[str, str], headers: dict[str, str]
) -> None:
    response = browser.post(path, data | page_author(dana), headers=headers)
    assert "unsent" not in response.headers.get("Location", "")
    assert not kept(dana)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HX-Request": "true"}, 200),
        ({"X-Requested-With": "fetch"}, 401),
        ({"Accept": "application/json"}, 401),
    ],
    ids=["htmx", "fetch", "json"],
)
def test_what_a_script_sends_is_kept_as_well(
    browser: Browser, dana: User, typed: dict[str, str], headers: dict[str, str], status: int
) -> None:
    response = browser.post(CREATE, typed, headers=headers)
    [unsent] = kept(dana)
    assert response.status_code == status
    place = response.headers["HX-Redirect"] if status == 200 else response.json()["signin"]
    assert place == f"{SIGN_IN}?next={unsent.get_absolute_url().replace('/', '%2F')}"


# By script, before a page is left -------------------------------------------------------------------------


def park(browser: Browser, path: str, fields: dict[str, str]) -> Any:
    return browser.post(PARK, {**fields, "unsent_path": path}, headers={"X-Requested-With": "fetch"})


def test_a_page_that_is_about_to_be_left_brings_its_forms(
    as_dana: Browser, dana: User, typed: dict[str, str]
) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    path = reverse("sessions:note-amend", args=[note.pk]) + "?from=timeline"
    response = park(as_dana, path, typed)
    [unsent] = kept(dana)
    assert response.json() == {"signin": unsent.get_absolute_url()}
    assert unsent.path == path
    assert reverse("sessions:note-amend", args=[note.pk]) in as_dana.get(unsent.get_absolute_url()).text


def test_a_page_may_bring_them_after_its_session_has_ended(
    browser: Browser, dana: User, typed: dict[str, str]
) -> None:
    response = park(browser, CREATE, typed)
    [unsent] = kept(dana)
    assert response.status_code == 401
    assert response.json()["signin"].endswith(unsent.get_absolute_url().replace("/", "%2F"))
    assert park(Browser(), CREATE, TYPED).json() == {"signin": f"{SIGN_IN}?next=%2F"}


@pytest.mark.parametrize(
    "path",
    ["", "/nothing/", "//evil.example/clients/new/", "https://evil.example/clients/new/", "/" + "x" * 600]
    + [reverse("accounts:invite"), reverse("account_logout"), PARK, "javascript:alert(1)"],
)
def test_only_forms_of_ours_can_be_brought(
    as_dana: Browser, dana: User, typed: dict[str, str], path: str
) -> None:
    assert park(as_dana, path, typed).status_code == 422
    assert not kept(dana)


def test_it_is_for_members(as_petra: Browser, dana: User) -> None:
    assert park(as_petra, CREATE, TYPED).status_code == 403
    assert not kept(dana)


# A token of the session before ----------------------------------------------------------------------------


@pytest.fixture
def strict(dana: User) -> Browser:
    """Dana's browser, which is asked for a token, as real ones are."""
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(dana)
    return browser


def test_a_page_older_than_the_sign_in_sends_nothing_and_loses_nothing(
    strict: Browser, dana: User, typed: dict[str, str]
) -> None:
    response = strict.post(CREATE, typed, headers=OURS)
    [unsent] = kept(dana)
    assertRedirects(response, unsent.get_absolute_url(), fetch_redirect_response=False)
    assert not clients(dana)
    response = strict.get(unsent.get_absolute_url())
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', response.text)
    assert token
    data = {**TYPED, "csrfmiddlewaretoken": token[1], "unsent_form": str(unsent.pk)}
    assert strict.post(CREATE, data, headers=OURS).status_code == 302
    assert len(clients(dana)) == 1
    assert not kept(dana)


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "null"}, {"Origin": "https://evil.example"}, {"Referer": "http://testserver/"}]
)
def test_another_site_can_have_nothing_kept(
    strict: Browser, dana: User, typed: dict[str, str], headers: dict[str, str]
) -> None:
    """It does not know the token; and if it did, the browser would say where the form comes from."""
    sent = typed if "Origin" in headers else TYPED
    for path in (CREATE, PARK):
        response = strict.post(path, {**sent, "unsent_path": CREATE}, headers=headers)
        assert response.status_code == 403
    strict.logout()
    assert strict.post(CREATE, sent, headers=headers).status_code == 403
    assert not kept(dana)


def test_another_site_can_have_nothing_kept_for_an_ended_session(
    clock: time_machine.Traveller, strict: Browser, dana: User, typed: dict[str, str]
) -> None:
    strict.get("/")
    clock.shift(16 * 60)
    assert strict.post(CREATE, typed, headers={"Origin": "https://evil.example"}).status_code == 403
    assert strict.post(CREATE, TYPED).status_code == 403
    assert not kept(dana)
    assert strict.post(CREATE, typed, headers=OURS).status_code == 302
    assert len(kept(dana)) == 1


def test_an_old_page_may_bring_its_forms_too(strict: Browser, dana: User, typed: dict[str, str]) -> None:
    assert park(strict, CREATE, TYPED).status_code == 403
    response = strict.post(
        PARK, {**typed, "unsent_path": CREATE}, headers={**OURS, "X-Requested-With": "fetch"}
    )
    [unsent] = kept(dana)
    assert response.json() == {"signin": unsent.get_absolute_url()}


def test_every_form_of_the_map_is_one_that_takes_posts() -> None:
    from pazpaz.web.kept_forms import kept_forms
    from tests.url_table import URLS

    posts = {url.name for url in URLS if url.post is not None}
    gets = {url.name for url in URLS if url.get is not None}
    assert set(kept_forms()) <= posts
    assert {alias for form in kept_forms().values() for alias in form.also_from} <= posts
    assert {form.page or name for name, form in kept_forms().items()} <= gets
