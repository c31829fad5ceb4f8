"""Consent: who gave it when, to which text, who wrote it down, and its withdrawal."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.test import Client as Browser
from django.urls import reverse

from clients.consents import Consent
from clients.models import Client
from pazpaz.accounts.models import User, Workspace
from tests.cast import events, inside
from tests.encryption.columns import stored
from tests.factories import MONDAY, ClientFactory
from tests.squeeze import squeeze

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

TEXT = "Treatment and records, version 2"
CHECKED = '<i class="icon" data-icon="check"></i>'


@pytest.fixture
def monday() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def client(dana: User) -> Client:
    created: Client = ClientFactory(workspace=dana.workspace)
    return created


def link(html: str, words: str) -> str:
    (href,) = re.findall(rf'<a href="([^"]+)">{re.escape(words)}</a>', squeeze(html))
    return unescape(href)


def record_one(browser: Browser, client: Client, **fields: str) -> Any:
    url = link(browser.get(client.get_absolute_url()).text, "Record consent")
    page = browser.get(url).text
    (token,) = re.findall(r'name="form_token" value="([^"]+)"', page)
    return browser.post(
        url, {"given_on": "2024-03-12", "text": TEXT, "form_token": token, **fields}, follow=True
    )


def test_a_consent_says_who_when_and_to_which_text(as_avi: Browser, avi: User, client: Client) -> None:
    page = record_one(as_avi, client).text
    assert CHECKED in page
    assert "No consent on record" not in page
    history = as_avi.get(link(page, "Consent of 12 March 2024")).text
    for words in ("12 March 2024", TEXT, "Recorded by Avi Stern on 16 November 2026"):
        assert words in history
    with inside(avi):
        consent = Consent.objects.get()
        assert (consent.given_on, consent.text, consent.recorded_by_id) == (date(2024, 3, 12), TEXT, avi.pk)
        assert TEXT not in str(stored(consent, "text"))
    (event,) = events(avi, "consent.recorded")
    assert (event.object_id, event.actor_id, event.fields) == (consent.pk, avi.pk, ["given_on", "text"])


def test_the_text_of_the_practice_is_filled_in(as_dana: Browser, dana: User, client: Client) -> None:
    answers = {"name": "Hands", "time_zone": "Europe/Berlin", "language": "en", "idle_minutes": "15"}
    as_dana.post("/settings/practice/", {**answers, "consent_text": TEXT})
    page = as_dana.get(reverse("clients:consents", args=[client.pk])).text
    assert f'value="{TEXT}"' in page
    assert 'value="2026-11-16"' in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"given_on": "2026-11-17"}, "This day is in the future."),
        ({"given_on": "1899-12-31"}, "This day is before 1900."),
        ({"given_on": ""}, "This field is required."),
        ({"text": "\u200b"}, "This field is required."),
        ({"text": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_said_and_stays(
    as_dana: Browser, dana: User, client: Client, fields: dict[str, str], words: str
) -> None:
    answer = record_one(as_dana, client, **fields)
    assert answer.status_code == 422
    assert words in answer.text
    (typed,) = fields.values()
    assert answer.context["form"][next(iter(fields))].value() == typed
    with inside(dana):
        assert not Consent.objects.exists()


def withdraw(browser: Browser, client: Client) -> str:
    page = browser.get(reverse("clients:consents", args=[client.pk])).text
    action = re.findall(r'action="(/clients/[^"]+/withdraw/)"', page)[0]
    text: str = browser.post(action, follow=True).text
    return text


def test_a_withdrawal_is_kept_beside_the_consent(
    as_dana: Browser, as_noa: Browser, noa: User, client: Client
) -> None:
    record_one(as_dana, client)
    page = withdraw(as_noa, client)
    for words in (
        "12 March 2024",
        TEXT,
        "withdrawn",
        "Withdrawn, recorded by Noa Peretz on 16 November 2026",
    ):
        assert words in page
    assert "/withdraw/" not in page
    assert "No consent on record" in as_dana.get(client.get_absolute_url()).text
    (event,) = events(noa, "consent.withdrawn")
    assert event.actor_id == noa.pk


def test_of_several_the_newest_that_stands_counts(as_dana: Browser, dana: User, client: Client) -> None:
    record_one(as_dana, client)
    url = reverse("clients:consents", args=[client.pk])
    as_dana.post(url, {"given_on": "2026-01-05", "text": "Version 3"})
    assert "Consent of 5 January 2026" in as_dana.get(client.get_absolute_url()).text
    withdraw(as_dana, client)
    assert "Consent of 12 March 2024" in as_dana.get(client.get_absolute_url()).text


def test_sent_twice_it_is_one(as_dana: Browser, dana: User, client: Client) -> None:
    url = reverse("clients:consents", args=[client.pk])
    for _ in range(2):
        as_dana.post(url, {"given_on": "2024-03-12", "text": TEXT, "form_token": "same"})
    action = reverse("clients:withdraw-consent", args=[consent_of(dana).pk])
    for _ in range(2):
        assert as_dana.post(action).status_code == 302
    assert len(events(dana, "consent.withdrawn")) == 1


def consent_of(user: User) -> Consent:
    with inside(user):
        return Consent.objects.get()


def test_a_consent_ticked_for_a_new_client_is_recorded(as_dana: Browser, dana: User) -> None:
    Workspace.objects.filter(users=dana).update(consent_text=TEXT)
    answer = as_dana.post(reverse("clients:create"), {"first_name": "Ruth", "consent_status": "on"})
    assert "Consent of 16 November 2026" in as_dana.get(answer["Location"]).text
    consent = consent_of(dana)
    with inside(dana):
        found = Consent.objects.get(pk=consent.pk)
        assert (found.given_on, found.text, found.recorded_by_id) == (MONDAY.date(), TEXT, dana.pk)


def test_an_open_form_of_the_client_is_not_overtaken(as_dana: Browser, dana: User, client: Client) -> None:
    edit = reverse("clients:edit", args=[client.pk])
    (version,) = re.findall(r'name="version" value="([^"]+)"', as_dana.get(edit).text)
    record_one(as_dana, client)
    fields = {"first_name": "Yonatan", "last_name": "Levi", "phone": "030 1", "version": version}
    assert as_dana.post(edit, fields).status_code == 302
    assert CHECKED in as_dana.get(edit).text


def test_a_consent_of_another_practice_is_not_withdrawn(
    as_dana: Browser, as_omer: Browser, dana: User, client: Client
) -> None:
    record_one(as_dana, client)
    action = reverse("clients:withdraw-consent", args=[consent_of(dana).pk])
    assert as_omer.post(action).status_code == 404
    assert not events(dana, "consent.withdrawn")


def test_what_was_recorded_before_keeps_its_day(dana: User, omer: User) -> None:
    from importlib import import_module

    copy = import_module("clients.migrations.0009_copy_consents").COPY
    ClientFactory(workspace=omer.workspace, consent_status=True, consent_at=MONDAY + timedelta(hours=14))
    ClientFactory(workspace=dana.workspace, consent_status=False)
    with inside(omer) as scope:
        with connections["default"].cursor() as cursor:
            cursor.execute(copy)
        consent = Consent.objects.get(workspace=scope.workspace)
        # Eleven at night in UTC is the next day in Jerusalem.
        assert (consent.given_on, consent.text, consent.recorded_by) == (date(2026, 11, 17), None, None)
        assert isinstance(consent.created_at, datetime)
