"""A page token in the wrong hands, forms nobody would type, and pages older than anybody expects."""

from __future__ import annotations

import html
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pazpaz.accounts.models import UnsentForm, User
from pazpaz.accounts.unsent import MOST_OF_A_PAGE, MOST_OF_A_PERSON
from tests.accounts.helpers import page_author
from tests.cast import inside, signed_in
from tests.factories import SessionNoteFactory
from tests.page_forms import all_forms

pytestmark = pytest.mark.django_db

CREATE, PARK = reverse("clients:create"), reverse("accounts:park")
TYPED = {"first_name": "Mirjam", "last_name": "O’Neill", "medical_history": "Slipped disc."}


def kept(user: User) -> list[UnsentForm]:
    with inside(user) as scope:
        return list(scope.workspace.unsent_forms.order_by("created_at"))


def texts(user: User) -> list[dict[str, str]]:
    with inside(user):
        return [dict(form.fields) for form in kept(user)]


def test_a_stolen_token_cannot_fill_the_list_of_its_author(dana: User) -> None:
    token = page_author(dana)
    for number in range(MOST_OF_A_PAGE):
        assert Browser().post(f"{CREATE}?x={number}", TYPED | token).status_code == 302
    for path in (f"{CREATE}?x=more", reverse("clients:edit", args=[uuid4()])):
        assert Browser().post(path, TYPED | token).status_code == 400
    assert len(kept(dana)) == MOST_OF_A_PAGE
    Browser().post(f"{CREATE}?x=0", {**TYPED, "first_name": "Ruth"} | token)
    assert texts(dana)[0]["first_name"] == "Ruth", "what is there may still grow"
    Browser().post(CREATE, TYPED | page_author(dana))
    assert len(kept(dana)) == MOST_OF_A_PAGE + 1, "another page of the author has its own place"


def test_many_stolen_tokens_cannot_either(dana: User, noa: User) -> None:
    with inside(dana) as scope:
        for number in range(MOST_OF_A_PERSON):
            scope.workspace.unsent_forms.create(
                user=dana, path=f"{CREATE}?x={number}", page=uuid4(), fields=[["notes", "x"]], clinical=True
            )
    assert Browser().post(CREATE, TYPED | page_author(dana)).status_code == 400
    forms = kept(dana)
    assert len(forms) == MOST_OF_A_PERSON
    assert Browser().post(CREATE, TYPED | page_author(noa)).status_code == 302
    page = signed_in(dana).get("/").text
    assert all(page.count(form.get_absolute_url()) == 1 for form in forms)
    assert page[: page.index("<details")].count("Unsent text from") == 5
    assert "45 more unsent texts" in page


def test_today_reads_no_text_of_what_waits(dana: User) -> None:
    Browser().post(CREATE, {**TYPED, "notes": "x" * 1_000_000} | page_author(dana))
    browser = signed_in(dana)
    with CaptureQueriesContext(connection) as queries:
        browser.get("/")
    [query] = [each["sql"] for each in queries if 'FROM "accounts_unsentform"' in each["sql"]]
    assert '"fields"' not in query


def test_a_page_of_a_clinician_stays_one_form_after_the_role_is_gone(dana: User, noa: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, plan="")
    token = page_author(noa)
    User.objects.filter(pk=noa.pk).update(role=User.Role.ASSISTANT)
    path = reverse("sessions:note-save", args=[note.pk])
    for part in ({"plan": "Heat"}, {"subjective": "Slept badly"}):
        Browser().post(path, part | token, headers={"Accept": "application/json"})
    assert texts(dana) == [{"plan": "Heat", "subjective": "Slept badly"}]
    noa.refresh_from_db()
    browser = signed_in(noa)
    assert browser.get(kept(dana)[0].get_absolute_url()).status_code == 404
    assert "Unsent text" not in browser.get("/").text
    assert browser.post(reverse("accounts:discard-unsent", args=[kept(dana)[0].pk])).status_code == 404


def test_a_right_in_a_kept_form_is_shown_before_it_is_given(dana: User) -> None:
    """Whoever finds the owner's page open can lay it out, ticked."""
    path = reverse("accounts:practice")
    [form] = [form for form in all_forms(path, signed_in(dana).get(path).text) if "time_zone" in form.data]
    Browser().post(path, {**form.data, "assistants_see_alerts": "on"})
    [unsent] = kept(dana)
    page = html.unescape(signed_in(dana).get(unsent.get_absolute_url()).text)
    assert "<dt>Assistants see and write alerts</dt><dd>yes</dd>" in page


def test_the_author_loses_nothing_of_a_very_old_page(dana: User) -> None:
    with time_machine.travel("2026-11-24 10:00Z", tick=False) as clock:
        sent = TYPED | page_author(dana)
        clock.shift(60 * 24 * 60 * 60)
        strict = Browser(enforce_csrf_checks=True, headers={"Origin": "http://testserver"})
        strict.force_login(dana)
        assert strict.post(CREATE, sent).headers["Location"] == kept(dana)[0].get_absolute_url()
    assert texts(dana) == [TYPED]


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete", "patch"])
def test_only_a_post_brings_anything(dana: User, noa: User, method: str) -> None:
    token = page_author(dana)
    for browser in (Browser(), signed_in(noa)):
        for path in (CREATE, PARK):
            sent = {**TYPED, **token, "unsent_path": CREATE}
            getattr(browser, method)(
                path,
                sent if method in {"get", "head"} else "x",
                headers={"X-Page-Author": token["page_author"]},
            )
    assert not kept(dana)


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "\ud83d",
        "x" * 1_000_000,
        "א" * 400_000,
        "</dd><script>alert(1)</script>",
        "{{ 7|add:7 }}",
        "\u202e",
    ],
    ids=["NUL", "half a character", "1 MB", "Hebrew", "markup", "template", "direction"],
)
@pytest.mark.parametrize("content_type", ["multipart", "urlencoded"])
def test_odd_text_is_kept_as_it_would_be_saved(dana: User, text: str, content_type: str) -> None:
    sent = {**TYPED, "medical_history": text} | page_author(dana)
    raw = {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    if content_type == "urlencoded":
        response = Browser().post(CREATE, urlencode(raw), content_type="application/x-www-form-urlencoded")
    else:
        parts = [
            b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
            for name, value in raw.items()
        ]
        parts.append(
            b'--b\r\nContent-Disposition: form-data; name="notes"; filename="x.txt"\r\n\r\nfile\r\n--b--\r\n'
        )
        response = Browser().post(CREATE, b"".join(parts), content_type="multipart/form-data; boundary=b")
    assert response.status_code == 302
    [fields] = texts(dana)
    assert set(fields) == {*TYPED}
    as_saved = raw["medical_history"].decode("utf-8", "replace").replace("\x00", "")
    assert fields["medical_history"] == as_saved
    page = signed_in(dana).get(kept(dana)[0].get_absolute_url()).text
    assert html.escape(as_saved)[:1000].replace("&#x27;", "&#39;") in page


def test_of_a_field_sent_twice_both_are_kept(dana: User) -> None:
    Browser().post(CREATE, {**TYPED, "notes": ["first", "second"]} | page_author(dana))
    page = signed_in(dana).get(kept(dana)[0].get_absolute_url()).text
    assert "first" in page
    assert "second" in page


def test_the_token_stands_in_no_address(dana: User, noa: User) -> None:
    token = page_author(dana)["page_author"]
    for browser in (Browser(), signed_in(noa), signed_in(dana)):
        for headers in ({}, {"HX-Request": "true"}, {"X-Requested-With": "fetch"}):
            response = browser.post(CREATE, {**TYPED, "page_author": token}, headers=headers)
            assert token not in f"{response.headers}{response.text}"
            assert "Mirjam" not in f"{response.headers}"
