"""Every form, every way a session ends: what the page then sends is its author's, and only theirs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import resolve, reverse

from pazpaz.accounts.models import User
from pazpaz.accounts.session_clock import BEGAN_AT
from pazpaz.accounts.team import deactivate, reactivate
from pazpaz.accounts.workspaces import reactivate_workspace, suspend_workspace
from pazpaz.events import Actor
from pazpaz.web.kept_forms import kept_forms
from tests.accounts.helpers import Mailbox, is_signed_in, sign_in
from tests.cast import events, inside, signed_in
from tests.factories import UserFactory
from tests.full_practice import Ids, fill
from tests.page_forms import PageForm, all_forms, forms_of
from tests.url_table import OWNER, URLS

pytestmark = pytest.mark.django_db

OURS = {"Origin": "http://testserver"}
STORY = "Fell from a horse <1987> & recovered; “sciatica” since. דליפה קלה."
# What is typed into a field that does not take a story.
OF_FIELD = {
    "first_name": "Mirjam",
    "last_name": "O’Neill",
    "phone": "+49 30 7654321",
    "emergency_contact_phone": "+49 30 7654322",
    "email": "mirjam@example.org",
    "date_of_birth": "1987-03-04",
    "day": "2026-12-01",
    "start": "10:00",
    "duration": "50",
    "default_duration_minutes": "50",
    "price": "85.00",
    "time_zone": "Europe/Vienna",
    "idle_minutes": "20",
    "name": "Kantstraße",
    "tags": "runner",
}
# The page of each form, the kind of object it is about, and the view that the form leads to.
PAGES_OF_FORMS = [
    ("clients:create", "", "clients:create"),
    ("clients:edit", "client", "clients:edit"),
    ("clients:consents", "client", "clients:consents"),
    ("scheduling:book", "", "scheduling:book"),
    ("scheduling:appointment", "appointment", "scheduling:appointment"),
    ("scheduling:service-create", "", "scheduling:service-create"),
    ("scheduling:service-edit", "service", "scheduling:service-edit"),
    ("scheduling:location-create", "", "scheduling:location-create"),
    ("scheduling:location-edit", "location", "scheduling:location-edit"),
    ("sessions:note", "draft", "sessions:note-save"),
    ("sessions:note-amend", "signed_note", "sessions:note-amend"),
    ("accounts:practice", "", "accounts:practice"),
    ("accounts:security", "", "accounts:rename-me"),
]
# Forms one types into that are not kept, and why.
NEVER_KEPT = {
    "accounts:invite": "gives rights",
    "accounts:member": "gives rights",
    "accounts:keepalive": "carries no text",
    "mfa_add_webauthn": "gives rights",
    "mfa_edit_webauthn": "a name for a passkey, behind a fresh proof",
    "mfa_activate_totp": "a code",
    "account_reauthenticate": "a code",
    "mfa_reauthenticate": "a code",
    "clients:list": "a search",
}


class Desk:
    """A browser at the front desk, the author who typed there last, and the people around."""

    def __init__(self, author: User, others: Sequence[User], ids: Ids, mailbox: Mailbox) -> None:
        self.author, self.ids, self.mailbox = author, ids, mailbox
        self.dana, self.noa, self.omer, self.petra = others
        self.browser = Browser(headers=OURS)
        self.forms: dict[str, PageForm] = {}

    def open_pages(self) -> None:
        """Type into every form there is, one tab each."""
        for page, kind, leads_to in PAGES_OF_FORMS:
            path = reverse(page, kwargs=self.ids[kind] if kind else None)
            found = forms_of(path, self.browser.get(path).text)
            [form] = [form for form in found if resolve(form.action).view_name == leads_to]
            texts = kept_forms()[leads_to].texts
            form.data |= {name: OF_FIELD.get(name, STORY) for name in form.typed if name in texts}
            self.forms[leads_to] = form

    def sign_in_elsewhere(self) -> Browser:
        """The author, in another browser."""
        browser = Browser(headers=OURS)
        sign_in(browser, self.author, self.mailbox)
        return browser

    def send_all(self) -> dict[str, Any]:
        return {view: self.browser.post(form.action, form.data) for view, form in self.forms.items()}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-24 10:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(
    clock: time_machine.Traveller,
    dana: User,
    noa: User,
    omer: User,
    petra: User,
    mailoutbox: Mailbox,
) -> Desk:
    ids = fill(dana)
    author = UserFactory(
        email="ruth@example.org", name="Ruth Adler", workspace=dana.workspace, role=User.Role.OWNER
    )
    desk = Desk(author, [dana, noa, omer, petra], ids, mailoutbox)
    sign_in(desk.browser, author, mailoutbox)
    assert is_signed_in(desk.browser)
    desk.open_pages()
    return desk


def idle(desk: Desk, clock: time_machine.Traveller) -> None:
    clock.shift(16 * 60)


def absolute_limit(desk: Desk, clock: time_machine.Traveller) -> None:
    session = desk.browser.session
    session[BEGAN_AT] -= 12 * 60 * 60 + 1
    session.save()


def sign_out_in_another_tab(desk: Desk, clock: time_machine.Traveller) -> None:
    desk.browser.post(reverse("account_logout"))


def press_on_security_page(desk: Desk, view: str) -> None:
    """In another browser, use what the security page offers there."""
    elsewhere = desk.sign_in_elsewhere()
    page = elsewhere.get(reverse("accounts:security")).text
    actions = [html.unescape(action) for action in re.findall(r'<form[^>]* action="([^"]+)"', page)]
    [action] = [action for action in actions if resolve(action).view_name == view]
    assert elsewhere.post(action).status_code == 302


def ended_from_elsewhere(desk: Desk, clock: time_machine.Traveller) -> None:
    press_on_security_page(desk, "accounts:end-session")


def sign_out_everywhere_else(desk: Desk, clock: time_machine.Traveller) -> None:
    press_on_security_page(desk, "accounts:end-other-sessions")


def deactivation(desk: Desk, clock: time_machine.Traveller) -> None:
    with inside(desk.dana):
        deactivate(User.objects.get(pk=desk.author.pk))


def suspension(desk: Desk, clock: time_machine.Traveller) -> None:
    assert desk.dana.workspace is not None
    assert suspend_workspace(desk.dana.workspace, Actor.running("tests"))


def a_colleague_signs_in(desk: Desk, clock: time_machine.Traveller) -> None:
    desk.browser.force_login(desk.noa)


def another_practice_signs_in(desk: Desk, clock: time_machine.Traveller) -> None:
    desk.browser.force_login(desk.omer)


def platform_staff_sign_in(desk: Desk, clock: time_machine.Traveller) -> None:
    desk.browser.force_login(desk.petra)


OTHERS = (a_colleague_signs_in, another_practice_signs_in, platform_staff_sign_in)
type Ending = Callable[[Desk, time_machine.Traveller], None]
ENDINGS: tuple[Ending, ...] = (
    idle,
    absolute_limit,
    sign_out_in_another_tab,
    ended_from_elsewhere,
    sign_out_everywhere_else,
    deactivation,
    suspension,
    *OTHERS,
)


def signed_in_again(user: User) -> Browser:
    return signed_in(User.objects.select_related("workspace").get(pk=user.pk))


def let_the_author_in_again(desk: Desk) -> Browser:
    author = User.objects.select_related("workspace").get(pk=desk.author.pk)
    assert author.workspace is not None
    reactivate_workspace(author.workspace, Actor.running("tests"))
    with inside(desk.dana):
        reactivate(author)
    return signed_in_again(author)


@pytest.mark.parametrize("end", ENDINGS, ids=lambda end: end.__name__.replace("_", " "))
def test_every_form_is_found_by_its_author_and_by_nobody_else(
    desk: Desk, clock: time_machine.Traveller, end: Ending
) -> None:
    end(desk, clock)
    known = {event.pk for event in events(desk.dana)}
    known_to_omer = len(events(desk.omer))
    for view, response in desk.send_all().items():
        if end in OTHERS:
            assert response.status_code == 403, view
            assert STORY not in html.unescape(response.text)
            assert "Ruth" not in response.text
        else:
            assert response.headers["Location"].startswith(reverse("account_login")), view
    happened = [event for event in events(desk.dana) if event.pk not in known]
    assert {event.action for event in happened} - {"session.expired"} == {"form.parked"}, "nothing was done"
    assert {event.actor_id for event in happened} == {desk.author.pk}
    assert len(events(desk.omer)) == known_to_omer

    with inside(desk.omer) as scope:
        assert not scope.workspace.unsent_forms.exists()
    with inside(desk.dana) as scope:
        forms = list(scope.workspace.unsent_forms.filter(user=desk.author))
        others = scope.workspace.unsent_forms.exclude(user=desk.author)
        assert [form.user_id for form in others] == [desk.dana.pk], "the one that was there before"
    assert {resolve(form.path).view_name for form in forms} == set(kept_forms())
    assert len(forms) == len(desk.forms)

    browser = let_the_author_in_again(desk)
    today = browser.get("/").text
    assert today.count("Unsent text from") == len(kept_forms())
    for other in (desk.noa, desk.dana, desk.omer):
        elsewhere = signed_in_again(other)
        assert not any(form.get_absolute_url() in elsewhere.get("/").text for form in forms)
        assert elsewhere.get(forms[0].get_absolute_url()).status_code == 404
    for form in forms:
        place, view = form.get_absolute_url(), resolve(form.path).view_name
        assert place in today
        page = browser.get(place).text
        shown = html.unescape(page)
        for name in desk.forms[view].typed.keys() & kept_forms()[view].texts.keys():
            assert desk.forms[view].data[name] in shown, (view, name)
        [again] = [found for found in all_forms(place, page) if found.action == form.path]
        assert browser.post(again.action, again.data).status_code in {302, 422}, view
    with inside(desk.dana) as scope:
        assert not scope.workspace.unsent_forms.filter(user=desk.author).exists()


def test_signing_a_note_too_late_keeps_its_text_and_signs_nothing(
    desk: Desk, clock: time_machine.Traveller
) -> None:
    idle(desk, clock)
    form = desk.forms["sessions:note-save"]
    sign = reverse("sessions:note-sign", kwargs=desk.ids["draft"])
    desk.browser.post(sign, {**form.data, "confirmed": "yes"})
    with inside(desk.dana) as scope:
        unsent = scope.workspace.unsent_forms.get(user=desk.author)
    assert unsent.path == form.action
    assert STORY in html.unescape(signed_in(desk.author).get(unsent.get_absolute_url()).text)
    assert not events(desk.dana, "session_note.signed")[1:], "but the one that was signed before"


def test_every_form_one_types_into_is_kept_or_says_why_not(dana: User) -> None:
    ids = fill(dana)
    browser = signed_in(dana)
    for url in URLS:
        if not url.is_page or OWNER not in url.roles or url.is_of_admin:
            continue
        for form in forms_of(url.path(ids), browser.get(url.path(ids)).text):
            view = resolve(form.action.partition("?")[0]).view_name
            if view in NEVER_KEPT:
                continue
            assert view in kept_forms(), f"{url}: what is typed there is lost"
            unread = {name for name, kind in form.typed.items() if kind != "search"}
            unread -= kept_forms()[view].texts.keys()
            assert not unread, f"{url}: the page of an unsent form would not show them"
    assert set(kept_forms()) == {leads_to for _page, _kind, leads_to in PAGES_OF_FORMS}
    assert not NEVER_KEPT.keys() & kept_forms().keys()
