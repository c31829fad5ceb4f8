"""What no keyboard has and a paste may bring: NUL, other control characters, halves of characters."""

from __future__ import annotations

from copy import deepcopy
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from pazpaz.accounts.models import User
from sessions.models import SessionNote
from tests.cast import inside
from tests.factories import ClientFactory, SessionNoteFactory, make_owner
from tests.full_practice import Ids, fill
from tests.sessions.pages import autosave, hidden_inputs, open_editor, stored
from tests.url_table import URLS, Browsers, Url, everybody

SAID = "An invisible character that cannot be stored was removed"
FORM = "application/x-www-form-urlencoded"
FIELDS = [
    "first_name",
    "last_name",
    "phone",
    "email",
    "date_of_birth",
    "address",
    "medical_history",
    "notes",
    "tags",
    "alerts",
    "reason",
    "plan",
    "subjective",
    "version",
    "seen",
    "base_plan",
    "sent_plan",
    "q",
    "name",
    "day",
    "start",
    "duration",
    "client",
    "therapist",
    "service",
    "location",
    "location_type",
    "price",
    "login",
    "email_or_phone",
    "unsent_path",
    "role",
    "time_zone",
    "country",
    "next",
    "code",
    "once",
]
ODD = dict.fromkeys(FIELDS, "a\x00b")
HALVES = urlencode(dict.fromkeys(FIELDS, b"a\xed\xa0\x80\xffb"))


@pytest.fixture
def note(dana: User) -> SessionNote:
    return SessionNoteFactory(workspace=dana.workspace)


@pytest.mark.django_db
def test_a_nul_in_a_section_is_removed_and_the_writer_is_told(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    url = reverse("sessions:note-save", args=[note.pk])
    tab = open_editor(as_dana, note)
    response = as_dana.post(url, tab | {"plan": "He\x00at.", "objective": "Better."}, follow=True)
    assert SAID in response.text
    now = stored(dana, note)
    assert (now.plan, now.objective) == ("Heat.", "Better.")


@pytest.mark.django_db
def test_the_editor_is_told_which_sections_had_one(as_dana: Browser, dana: User, note: SessionNote) -> None:
    tab = open_editor(as_dana, note)
    response = autosave(as_dana, note, tab, plan="He\x00at.", objective="Better.")
    assert (response.status_code, response.json()["removed"]) == (200, ["plan"])
    assert stored(dana, note).plan == "Heat."
    response = autosave(as_dana, note, tab, plan="Heat. Water.")
    assert (response.status_code, "removed" in response.json()) == (200, False)


@pytest.mark.django_db
def test_a_nul_alone_is_no_change(as_dana: Browser, dana: User, note: SessionNote) -> None:
    tab = open_editor(as_dana, note)
    assert autosave(as_dana, note, tab, plan="Heat, two more sessions.\x00").status_code == 200
    assert stored(dana, note).version == 1


@pytest.mark.django_db
def test_it_is_removed_from_an_amendment(as_dana: Browser, dana: User, note: SessionNote) -> None:
    with inside(dana):
        note.sign(dana, version=1)
    url = reverse("sessions:note-amend", args=[note.pk])
    form = hidden_inputs(as_dana.get(url)) | {"plan": "Re\x00st.", "reason": "Coun\x00ted wrong"}
    response = as_dana.post(url, form, follow=True)
    assert SAID in response.text
    assert stored(dana, note).plan == "Rest."


@pytest.mark.django_db
def test_it_is_removed_from_the_form_of_a_client(as_dana: Browser, dana: User) -> None:
    client = ClientFactory(workspace=dana.workspace)
    url = reverse("clients:edit", args=[client.pk])
    form = hidden_inputs(as_dana.get(url)) | {"first_name": "Mir\x00jam", "last_name": "O’Neill"}
    response = as_dana.post(url, form | {"medical_history": "Slipped\x00 disc"}, follow=True)
    assert SAID in response.text
    with inside(dana):
        now = Client.objects.get(pk=client.pk)
        assert (now.first_name, now.medical_history) == ("Mirjam", "Slipped disc")


@pytest.mark.django_db
def test_a_refused_form_says_it_too(as_dana: Browser) -> None:
    response = as_dana.post(reverse("clients:create"), {"first_name": "", "last_name": "", "notes": "a\x00b"})
    assert response.status_code == 422
    assert SAID in response.text


@pytest.mark.django_db
def test_every_other_control_character_is_stored_as_it_came(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    kept = "".join(map(chr, {*range(1, 32), *range(127, 160)} - {13}))
    text = f"Heat.{kept}\u2028\u2029\ufeff\ufffe\uffff\U0010ffffWater."
    assert autosave(as_dana, note, open_editor(as_dana, note), plan=text).status_code == 200
    assert stored(dana, note).plan == text


@pytest.mark.django_db
def test_half_a_character_is_shown_as_one_that_is_missing(
    as_dana: Browser, dana: User, note: SessionNote
) -> None:
    tab = open_editor(as_dana, note)
    body = urlencode(tab | {"plan": b"Heat \xed\xa0\xbd. \xf0\x9f Water."})
    as_dana.post(reverse("sessions:note-save", args=[note.pk]), body, content_type=FORM)
    plan = stored(dana, note).plan
    assert plan.startswith("Heat \ufffd")
    assert plan.endswith(" Water.")


@pytest.fixture(scope="module")
def practice(shared_db: None) -> tuple[Ids, Browsers]:
    dana = make_owner("dana@example.org", "Dana Levi", "Practice of Dana Levi")
    return fill(dana), everybody(dana)


@pytest.mark.parametrize("url", [url for url in URLS if url.post], ids=str)
def test_no_form_breaks_on_them(url: Url, practice: tuple[Ids, Browsers]) -> None:
    ids, browsers = practice
    browser = browsers[url.visitor]
    cookies = deepcopy(browser.cookies)
    for body in (urlencode(ODD), HALVES):
        with transaction.atomic():
            response = browser.post(url.path(ids), body, content_type=FORM)
            transaction.set_rollback(True)
        browser.cookies = deepcopy(cookies)
        assert response.status_code < 500
