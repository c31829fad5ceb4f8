"""Pages travel compressed, where a browser says that it can read that."""

import gzip
import re
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from pytest_django.fixtures import Settings

from pazpaz.accounts.models import User
from tests.factories import AppointmentFactory, ClientFactory, SessionNoteFactory

pytestmark = pytest.mark.django_db

GZIP = {"accept-encoding": "gzip, deflate, br"}
LIST, CALENDAR = reverse("clients:list"), reverse("scheduling:calendar")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"|"x-csrftoken": "(\w+)"')


def varies(response: Any) -> set[str]:
    return {name.strip() for name in response["Vary"].split(",")}


def unpacked(response: Any) -> str:
    assert response["Content-Encoding"] == "gzip"
    assert int(response["Content-Length"]) == len(response.content)
    return gzip.decompress(response.content).decode()


@pytest.fixture
def week(dana: User) -> str:
    AppointmentFactory(workspace=dana.workspace)
    return f"{CALENDAR}?week=2026-11-16"


def test_a_page_travels_in_a_quarter_of_its_size(as_dana: Browser, week: str) -> None:
    plain = as_dana.get(week)
    assert "Content-Encoding" not in plain
    packed = as_dana.get(week, headers=GZIP)
    words = unpacked(packed)
    assert "Yonatan Levi" in words
    assert words.count("<") == plain.text.count("<")
    assert len(packed.content) < len(plain.content) / 4


def test_what_a_cache_must_know_is_said_either_way(as_dana: Browser, week: str) -> None:
    for headers in ({}, GZIP):
        assert {"Accept-Encoding", "HX-Target", "Cookie"} <= varies(as_dana.get(week, headers=headers))
        assert as_dana.get(week, headers=headers)["Cache-Control"] == "no-store"


def test_a_partial_is_compressed_like_a_page(as_dana: Browser, dana: User) -> None:
    for number in range(20):
        ClientFactory(workspace=dana.workspace, last_name=f"Levi {number}")
    htmx = {"hx-request": "true", "hx-target": "client-results"}
    words = unpacked(as_dana.post(LIST, {"q": "Levi"}, headers={**GZIP, **htmx}))
    assert words.lstrip().startswith('<section id="client-results"')
    assert "</html>" not in words


def test_a_question_about_a_page_is_answered_without_it(as_dana: Browser, week: str) -> None:
    answer = as_dana.head(week, headers=GZIP)
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    assert answer.content == b""


def test_an_error_is_compressed_too(as_dana: Browser) -> None:
    response = as_dana.get("/nothing-here/", headers=GZIP)
    assert response.status_code == 404
    assert "</html>" in unpacked(response)


def test_a_short_answer_stays_as_it_is(as_dana: Browser, dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    form = {"version": "1", "subjective": "Slept well."}
    response = as_dana.post(
        reverse("sessions:note-save", args=[note.pk]),
        form,
        headers={**GZIP, "accept": "application/json"},
    )
    assert response.json()["version"] == 2
    assert "Content-Encoding" not in response


def test_a_file_to_keep_opens_as_it_was_written(as_dana: Browser, week: str) -> None:
    for _look in range(5):
        as_dana.get(week)
    file = as_dana.get(reverse("audit:export"), headers=GZIP)
    assert file["Content-Type"].startswith("text/csv")
    assert "attachment" in file["Content-Disposition"]
    assert unpacked(file).startswith("\ufeffnumber,time,person")


def test_its_length_does_not_tell_what_is_in_it(as_dana: Browser, week: str) -> None:
    """Whoever makes a browser open pages and sees their lengths must not find words letter by letter."""
    lengths = {len(as_dana.get("/nothing-here/", headers=GZIP).content) for _look in range(12)}
    assert len(lengths) > 3


def test_the_secret_of_the_forms_is_masked_anew_in_every_page(as_dana: Browser, week: str) -> None:
    first, second = (
        {
            token
            for pair in TOKEN.findall(unpacked(as_dana.get(week, headers=GZIP)))
            for token in pair
            if token
        }
        for _look in range(2)
    )
    assert first
    assert first.isdisjoint(second)
    assert as_dana.cookies["csrftoken"].value not in first | second


def test_part_of_a_file_is_that_part(settings: Settings, as_dana: Browser) -> None:
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    part = Browser().get("/static/css/app.css", headers={**GZIP, "range": "bytes=0-9"})
    assert part.status_code == 206
    assert "Content-Encoding" not in part
    assert len(b"".join(part)) == 10
