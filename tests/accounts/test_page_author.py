"""Who a page was made for is signed into its forms. Nothing else counts, and nothing can be made up."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from pazpaz.accounts.models import UnsentForm, User, Workspace
from pazpaz.web.page_author import CLAIM_BYTES, DAYS, ID_BYTES, MAC_BYTES
from scheduling.models import Appointment
from sessions.models import SessionNote
from tests.accounts.helpers import is_signed_in, page_author
from tests.cast import events, inside, signed_in
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory, UserFactory, make_owner
from tests.full_practice import fill
from tests.page_forms import all_forms
from tests.sessions.pages import open_editor, stored
from tests.url_table import OWNER, STAFF, URLS

pytestmark = pytest.mark.django_db

CREATE = reverse("clients:create")
TYPED = {"first_name": "Mirjam", "last_name": "O’Neill", "medical_history": "Slipped disc."}


def kept(user: User) -> list[dict[str, str]]:
    with inside(user) as scope:
        return [dict(form.fields) for form in scope.workspace.unsent_forms.order_by("created_at")]


def shift(place: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


# Every page says whom it is for ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OWNER, STAFF])
def test_every_form_of_every_page_carries_it(dana: User, petra: User, role: str) -> None:
    ids = fill(dana)
    user = dana if role == OWNER else petra
    browser = signed_in(user)
    found = 0
    for url in URLS:
        if not url.is_page or role not in url.roles:
            continue
        page = browser.get(url.path(ids)).text
        for form in all_forms(url.path(ids), page):
            assert form.data.get("page_author"), f"{url}: {form.action}"
            found += 1
        if headers := re.search(r"hx-headers='([^']+)'", page):
            assert re.search(r'"x-page-author": "[\w-]+=*"', headers[1]), url
    assert found >= 3


def test_a_page_of_nobody_carries_none(client: Browser, db: None) -> None:
    assert "page_author" not in client.get(reverse("account_login")).text


def test_a_page_of_many_forms_makes_it_once(dana: User, as_dana: Browser) -> None:
    page = as_dana.get("/").text
    assert len(set(re.findall(r'name="page_author" value="([^"]+)"', page))) == 1
    assert page_author(dana) != page_author(dana), "each page has its own"


# Nothing can be made up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        shift(0),
        shift(ID_BYTES),
        shift(CLAIM_BYTES - 2),
        shift(CLAIM_BYTES - 1),
        shift(CLAIM_BYTES),
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: raw[:CLAIM_BYTES] + bytes(MAC_BYTES),
        lambda raw: b"",
    ],
    ids=["person", "page", "time", "role", "signature", "too short", "too long", "unsigned", "empty"],
)
def test_an_altered_token_is_nobodys(dana: User, noa: User, change: Callable[[bytes], bytes]) -> None:
    raw = urlsafe_b64decode(page_author(dana)["page_author"])
    forged = urlsafe_b64encode(change(raw)).decode()
    sent = {**TYPED, "page_author": forged or "x"}
    assert Browser().post(CREATE, sent).status_code == 302
    assert signed_in(noa).post(CREATE, sent).status_code == 403
    assert signed_in(dana).post(CREATE, sent).status_code == 403
    with inside(dana) as scope:
        assert not scope.workspace.clients.exists()
    assert not kept(dana)


@pytest.mark.parametrize("text", ["x", "ü", "%00", "A" * 59, "A" * 5000, "../../..", "é" * 60])
def test_nonsense_is_nobodys(as_dana: Browser, dana: User, text: str) -> None:
    sent = {**TYPED, "page_author": text}
    assert Browser().post(CREATE, sent).status_code == 302
    assert as_dana.post(CREATE, sent).status_code == 403
    assert not kept(dana)


def test_a_colleague_cannot_put_the_authors_id_into_a_token_of_their_own(dana: User, noa: User) -> None:
    raw = urlsafe_b64decode(page_author(noa)["page_author"])
    forged = urlsafe_b64encode(dana.pk.bytes + raw[ID_BYTES:]).decode()
    Browser().post(CREATE, {**TYPED, "page_author": forged})
    assert not kept(dana)


def test_a_form_of_one_practice_is_not_the_persons_in_another(dana: User, noa: User, omer: User) -> None:
    """What was typed about one practice's clients stays out of the practice its author went to."""
    sent = TYPED | page_author(noa)
    User.objects.filter(pk=noa.pk).update(workspace=omer.workspace)
    assert Browser().post(CREATE, sent).status_code == 302
    moved = User.objects.select_related("workspace").get(pk=noa.pk)
    assert signed_in(moved).post(CREATE, sent).status_code == 403
    assert not kept(dana)
    assert not kept(omer)
    with inside(omer) as scope:
        assert not scope.workspace.clients.exists()


def test_it_is_good_for_thirty_days(dana: User) -> None:
    with time_machine.travel("2026-11-24 10:00Z", tick=False) as clock:
        sent = TYPED | page_author(dana)
        clock.shift(DAYS * 24 * 60 * 60)
        Browser().post(CREATE, sent)
        assert len(kept(dana)) == 1
        clock.shift(1)
        Browser().post(CREATE, {**sent, "first_name": "Ruth"})
        assert len(kept(dana)) == 1
        assert kept(dana)[0]["first_name"] == "Mirjam"


def test_a_new_secret_key_takes_no_text_away(dana: User, settings: Settings) -> None:
    sent = TYPED | page_author(dana)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-at-least-fifty-characters-for-the-tests"
    Browser().post(CREATE, sent)
    assert kept(dana) == [TYPED]


def test_what_a_clinician_typed_is_clinical_although_they_are_none_any_more(dana: User, noa: User) -> None:
    sent = TYPED | page_author(noa)
    User.objects.filter(pk=noa.pk).update(role=User.Role.ASSISTANT)
    Browser().post(CREATE, sent)
    with inside(dana) as scope:
        [unsent] = scope.workspace.unsent_forms.all()
    assert unsent.clinical
    noa.refresh_from_db()
    assert signed_in(noa).get(unsent.get_absolute_url()).status_code == 404


# A page in the hands of another person --------------------------------------------------------------------


def test_nothing_is_done_in_the_name_of_who_signed_in_since(dana: User, noa: User, as_noa: Browser) -> None:
    appointment = AppointmentFactory(workspace=dana.workspace)
    known = len(events(dana))
    for view in ("complete", "cancel"):
        path = reverse(f"scheduling:{view}", args=[appointment.pk])
        response = as_noa.post(path, page_author(dana))
        assert response.status_code == 403
        assert "Nothing was done" in response.text
        headers = {"X-Page-Author": page_author(dana)["page_author"], "HX-Request": "true"}
        assert as_noa.post(path, headers=headers).status_code == 403
    with inside(dana):
        assert Appointment.objects.get().status == Appointment.Status.SCHEDULED
    assert len(events(dana)) == known


def test_an_old_page_searches_in_nobodys_clients(dana: User, omer: User, as_omer: Browser) -> None:
    ClientFactory(workspace=omer.workspace, first_name="Zilpa")
    headers = {"X-Page-Author": page_author(dana)["page_author"], "HX-Request": "true"}
    for path in (reverse("clients:list"), reverse("clients:duplicates")):
        response = as_omer.post(path, {"q": "Zilpa", "first_name": "Zilpa"}, headers=headers)
        assert response.status_code == 403
        assert "Zilpa" not in response.text
    assert as_omer.get(reverse("scheduling:calendar"), headers=headers).status_code == 403


def test_an_old_page_signs_nobody_else_out(dana: User, as_noa: Browser) -> None:
    assert as_noa.post(reverse("account_logout"), page_author(dana)).status_code == 403
    assert is_signed_in(as_noa)


def test_a_page_of_platform_staff_is_that_persons_too(petra: User) -> None:
    other = UserFactory(email="paul@pazpaz.example", is_staff=True, workspace=None)
    path = reverse("accounts:rename-me")
    response = signed_in(other).post(
        path, {"name": "Paul"} | page_author(petra, reverse("accounts:security"))
    )
    assert response.status_code == 403
    other.refresh_from_db()
    assert other.name != "Paul"


def test_the_sentence_is_in_the_language_of_the_reader(dana: User) -> None:
    hebrew = make_owner("yael@example.org", "Yael", "Yael")
    Workspace.objects.filter(name="Yael").update(language="he")
    page = signed_in(hebrew).post(CREATE, TYPED | page_author(dana)).text
    assert 'lang="he" dir="rtl"' in page
    assert kept(dana) == [TYPED]
    assert not kept(hebrew)


# The note editor, which keeps its page --------------------------------------------------------------------


def autosave(browser: Browser, note: SessionNote, tab: dict[str, str], **texts: str) -> dict[str, Any]:
    """Send sections as the editor does, which repeats what it has been told."""
    parts = {f"base_{name}": tab[f"base_{name}"] for name in texts}
    given = {name: tab[name] for name in ("version", "page_author", "unsent_form") if name in tab}
    path = reverse("sessions:note-save", args=[note.pk])
    response = browser.post(path, {**given, **parts, **texts}, headers={"Accept": "application/json"})
    answer: dict[str, Any] = response.json() | {"status": response.status_code}
    if "kept" in answer:
        tab["unsent_form"] = answer["kept"]
    return answer


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace, subjective="", objective="", assessment="", plan="")


def test_what_the_editor_sends_too_late_adds_up_to_one_form(dana: User, note: SessionNote) -> None:
    tab = open_editor(signed_in(dana), note)
    late = Browser()
    assert autosave(late, note, tab, plan="Heat")["status"] == 401
    autosave(late, note, tab, plan="Heat, three", subjective="Slept badly")
    autosave(late, note, tab, plan="Heat")  # overtaken on its way
    autosave(late, note, tab, subjective="Slept well")
    [fields] = kept(dana)
    assert (fields["plan"], fields["subjective"]) == ("Heat, three", "Slept well")
    assert {"base_plan", "base_subjective", "version"} <= fields.keys()
    assert "page_author" not in fields
    assert stored(dana, note).plan == ""
    assert len(events(dana, "form.parked")) == 1

    with inside(dana):
        [unsent] = UnsentForm.objects.all()
    browser = signed_in(dana)
    [form] = [
        form
        for form in all_forms("", browser.get(unsent.get_absolute_url()).text)
        if form.action == reverse("sessions:note-save", args=[note.pk])
    ]
    assert browser.post(form.action, form.data).status_code == 302
    assert stored(dana, note).plan == "Heat, three"
    assert stored(dana, note).subjective == "Slept well"
    assert not kept(dana)


def test_two_tabs_of_one_note_are_kept_apart(dana: User, note: SessionNote) -> None:
    one, two = open_editor(signed_in(dana), note), open_editor(signed_in(dana), note)
    autosave(Browser(), note, one, plan="Heat")
    autosave(Browser(), note, two, plan="Ice")
    assert {fields["plan"] for fields in kept(dana)} == {"Heat", "Ice"}


def test_what_the_editor_saves_after_all_is_not_kept_any_longer(dana: User, note: SessionNote) -> None:
    tab = open_editor(signed_in(dana), note)
    autosave(Browser(), note, tab, plan="Heat", subjective="Slept badly")
    answer = autosave(signed_in(dana), note, tab, plan="Heat, three", subjective="Slept badly")
    assert answer["status"] == 200
    assert not kept(dana)
    assert len(events(dana, "form.resumed")) == 1


def test_a_conflict_is_no_place_for_it(dana: User, note: SessionNote) -> None:
    tab, other = open_editor(signed_in(dana), note), open_editor(signed_in(dana), note)
    autosave(Browser(), note, tab, plan="Heat")
    autosave(signed_in(dana), note, other, plan="Ice")
    assert autosave(signed_in(dana), note, tab, plan="Heat")["status"] == 409
    assert [fields["plan"] for fields in kept(dana)] == ["Heat"]


def test_a_colleague_at_the_same_browser_saves_nothing_of_it(
    dana: User, noa: User, as_noa: Browser, note: SessionNote
) -> None:
    tab = open_editor(signed_in(dana), note)
    answer = autosave(as_noa, note, tab, plan="Heat")
    assert answer["status"] == 403
    assert stored(dana, note).plan == ""
    with inside(dana) as scope:
        [unsent] = scope.workspace.unsent_forms.all()
    assert unsent.user_id == dana.pk
    assert answer["kept"] == str(unsent.pk)
    assert as_noa.get(unsent.get_absolute_url()).status_code == 404
    noas = open_editor(as_noa, note)
    noas["unsent_form"] = str(unsent.pk)
    assert autosave(as_noa, note, noas, plan="Ice")["status"] == 200
    assert len(kept(dana)) == 1, "what is kept is the author's to let go of"


def test_an_editor_older_than_the_sign_in_is_kept_until_it_has_the_new_token(
    dana: User, note: SessionNote
) -> None:
    tab = open_editor(signed_in(dana), note)
    strict = Browser(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
    strict.force_login(dana)
    assert autosave(strict, note, tab, plan="Heat")["status"] == 412
    assert len(kept(dana)) == 1
    state = strict.get(reverse("sessions:note-state", args=[note.pk])).json()
    strict.defaults["HTTP_X_CSRFTOKEN"] = state["token"]
    assert autosave(strict, note, tab, plan="Heat")["status"] == 200
    assert not kept(dana)
