"""A canary in every field of every form: it must sing nowhere but where an open page shows it.

Searched are a dump of the whole database, sessions, cookies, headers, mails, and the logs of the
application and of PostgreSQL: as UTF-8, UTF-16, hex and base64.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import random
import string
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core import mail
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import Client as Browser
from django.urls import resolve, reverse

from pazpaz.accounts.models import Session, User
from pazpaz.development import embedded_postgres
from pazpaz.encryption.models import encrypted_fields
from pazpaz.encryption.registry import sealed_models
from pazpaz.encryption.vault import current_vault
from pazpaz.operations.logs import DiscreetFormatter
from tests.cast import inside
from tests.conftest import Connection
from tests.full_practice import Ids, fill
from tests.page_forms import PageForm, forms_of
from tests.postgres import DatabaseOfTheRun
from tests.url_table import OWNER, PAGES, everybody

# In clear, because the database or a mail needs them so, and nothing in them is about a client.
PLAIN = {
    ("accounts:practice", "name"): "on the sign-in page's mails and in the operator's list",
    ("accounts:invite", "email"): "where the invitation is sent; unique",
    ("accounts:rename-me", "name"): "the members of a team, who are no clients",
    ("mfa_edit_webauthn", "name"): "what a member calls a passkey",
    ("accounts:practice", "consent_text"): "the name of a text that the practice has, whoever agrees to it",
    ("scheduling:service-create", "name"): "unique in the practice; a kind of treatment, not whose",
    ("scheduling:service-edit", "name"): "the same",
    ("scheduling:location-create", "name"): "unique in the practice; a room of the practice",
    ("scheduling:location-edit", "name"): "the same",
    ("scheduling:book", "day"): "the calendar asks the database for days",
    ("scheduling:appointment", "day"): "the same",
    ("clients:consents", "given_on"): "the day alone, not to what",
}
# What is asked or refused, and kept nowhere. Everything else is found again where it is sealed.
NOT_STORED = {
    ("mfa_reauthenticate", "code"): "wrong",
    ("mfa_add_webauthn", "name"): "without the passkey",
    ("clients:list", "q"): "a search",
    ("scheduling:book", "client_query"): "a search",
    ("scheduling:appointment", "duration"): "no number",
}
# A clock time and a count of minutes: too short to be found, and nobody's in particular.
NO_CANARIES = {"number": "30", "time": "10:00"}
# Codes and a passkey that only a real device could give.
REFUSED = {"mfa_reauthenticate", "mfa_add_webauthn"}


@dataclass
class Canaries:
    """What was typed, and where: the text to look for, and the URL and field it went to."""

    random: random.Random = field(default_factory=lambda: random.Random(20261122))
    days: int = 0
    secret: dict[str, tuple[str, str]] = field(default_factory=dict)
    plain: dict[str, tuple[str, str]] = field(default_factory=dict)

    def type_into(self, place: tuple[str, str], kind: str) -> str:
        if kind == "date":
            self.days += 50  # far from each other: the calendar asks for the days around one
            needle = text = f"{date(1971, 1, 1) + timedelta(days=self.days)}"
        elif kind == "tel":
            needle = "".join(self.random.choices("123456789", k=9))
            text = f"030 {needle}"
        else:
            needle = "kanari" + "".join(self.random.choices(string.ascii_lowercase, k=14))
            text = f"{needle}@example.org" if kind == "email" else needle
        (self.plain if place in PLAIN else self.secret)[needle] = place
        return text

    def fill(self, form: PageForm, **instead: str) -> dict[str, str]:
        name = resolve(form.action).view_name
        typed = {
            each: NO_CANARIES.get(kind) or self.type_into((name, each), kind)
            for each, kind in form.typed.items()
            if each not in instead
        }
        return form.data | typed | instead


def traces(needle: str) -> Iterator[bytes]:
    """The forms in which a text could lie in a file, whatever stands before and after it."""
    for encoded in (needle.encode(), needle.encode("utf-16-le"), needle.encode("utf-16-be")):
        yield encoded
        yield encoded.hex().encode()
        for offset in range(3):
            # Of the first and the last group of base64 only a part depends on the needle.
            letters = base64.b64encode(bytes(offset) + encoded)
            yield letters[-(-offset * 8 // 6) : (offset + len(encoded)) * 8 // 6]


def found(needles: dict[str, tuple[str, str]], content: bytes) -> list[tuple[str, str]]:
    content = content.lower() + b"\n" + content
    return [place for needle, place in needles.items() if any(trace in content for trace in traces(needle))]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_search_finds_a_canary_in_any_form(before: str, encoding: str) -> None:
    needles = {"kanarienvogel": ("here", "there")}
    text = f"{before}kanarienvogel and more".encode(encoding)
    for hidden in (text, text.hex().encode(), base64.b64encode(text), b"x" + base64.b64encode(text)):
        assert found(needles, hidden) == [("here", "there")]
    assert not found(needles, b"kanarienvoge" + base64.b64encode(b"kanarienvoge"))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the application would log at its most talkative, SQL included."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("", "django", "django.db.backends")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    connection.force_debug_cursor = True
    yield written
    connection.force_debug_cursor = False
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


class Watch:
    """A browser whose every answer is kept: headers and cookies travel and stay where pages do not."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.headers: list[str] = []

    def get(self, path: str) -> Any:
        return self._keep(self.browser.get(path))

    def post(self, path: str, data: dict[str, str], **headers: str) -> Any:
        return self._keep(self.browser.post(path, data, headers=headers))

    def _keep(self, response: Any) -> Any:
        assert response.status_code < 500, response.content
        self.headers += [f"{name}: {value}" for name, value in response.headers.items()]
        for name, morsel in response.cookies.items():
            self.headers += [f"{name}={morsel.value}"]
            if name == CookieStorage.cookie_name:
                self.headers += messages_in(morsel.value)
        return response


def messages_in(cookie: str) -> list[str]:
    """Messages lie in their cookie compressed."""
    request = HttpRequest()
    request.COOKIES[CookieStorage.cookie_name] = cookie
    return [f"{message} {message.extra_tags}" for message in CookieStorage(request)]


def fill_every_form(watch: Watch, ids: Ids, canaries: Canaries) -> None:
    instead = {
        "accounts:practice": {"time_zone": "Europe/Berlin"},
        "scheduling:book": {"client": str(ids["client"]["client_id"])},
    }
    for url in PAGES:
        if OWNER not in url.roles:
            continue
        path = url.path(ids)
        for form in forms_of(path, watch.get(path).content.decode()):
            name = resolve(form.action).view_name
            # Once with most of it missing, which is refused, and once in full.
            [some, *_others] = form.typed
            watch.post(form.action, {some: canaries.type_into((name, some), form.typed[some])})
            answer = watch.post(form.action, canaries.fill(form, **instead.get(name, {})))
            assert answer.status_code == 422 if name in REFUSED else answer.status_code in {200, 302}, name


def write_a_note(watch: Watch, ids: Ids, canaries: Canaries) -> None:
    """As the editor does, from two tabs; then sign it, and amend it from a page that is out of date."""
    path = reverse("sessions:note", kwargs=ids["draft"])
    save = reverse("sessions:note-save", kwargs=ids["draft"])
    [form] = forms_of(path, watch.get(path).content.decode())
    saved = watch.post(save, canaries.fill(form), accept="application/json")
    assert saved.status_code == 200
    for accepted in ("application/json", "text/html"):
        assert watch.post(save, canaries.fill(form), accept=accepted).status_code == 409
    [form] = forms_of(path, watch.get(path).content.decode())
    sign = reverse("sessions:note-sign", kwargs=ids["draft"])
    assert watch.post(sign, canaries.fill(form) | {"confirmed": "on"}).status_code == 302
    assert watch.post(save, canaries.fill(form)).status_code == 409
    amend = reverse("sessions:note-amend", kwargs=ids["draft"])
    [form] = forms_of(amend, watch.get(amend).content.decode())
    assert watch.post(amend, canaries.fill(form)).status_code == 302
    assert watch.post(amend, canaries.fill(form)).status_code == 409


def opened(owner: User) -> bytes:
    """Every value that is sealed in the practice, in clear."""
    with inside(owner):
        vault = current_vault()
        return "\n".join(
            str(field.decrypt_unrecorded(vault, row, value.token, reason="a test looks for it elsewhere"))
            for model in sealed_models()
            for field in encrypted_fields(model)
            for row, value in QuerySet(model).values_list("pk", field.attname)
            if value is not None
        ).encode()


def type_and_look(watch: Watch, ids: Ids, canaries: Canaries) -> None:
    """What is asked while somebody types, and every page once more."""
    for page, asked in (
        ("clients:create", ["clients:duplicates"]),
        ("scheduling:book", ["scheduling:conflicts", "scheduling:client-choices"]),
    ):
        path = reverse(page)
        [form] = forms_of(path, watch.get(path).content.decode())
        for name in asked:
            assert watch.post(reverse(name), canaries.fill(form)).status_code == 200
    for url in PAGES:
        if OWNER in url.roles:
            watch.get(url.path(ids))
    watch.post(reverse("sessions:note-restore", kwargs=ids["deleted_note"]), {})
    watch.post(reverse("sessions:note-delete", kwargs=ids["deleted_note"]), {})
    watch.post(reverse("clients:archive", kwargs=ids["client"]), {})


def dump_of(database: DatabaseOfTheRun) -> bytes:
    pg_dump = embedded_postgres._installation() / "bin" / "pg_dump"
    dsn = database.dsn(embedded_postgres.SUPERUSER)
    return subprocess.run([pg_dump, "--dbname", dsn], check=True, capture_output=True).stdout


@pytest.mark.usefixtures("transactional_db")
def test_what_is_typed_can_be_read_nowhere(
    dana: User, database_of_the_run: DatabaseOfTheRun, log: io.StringIO
) -> None:
    server_log = embedded_postgres._log(database_of_the_run.data)
    logged_before = server_log.stat().st_size
    canaries = Canaries()
    ids = fill(dana)
    watch = Watch(everybody(dana)[OWNER])
    fill_every_form(watch, ids, canaries)
    write_a_note(watch, ids, canaries)
    type_and_look(watch, ids, canaries)

    dump = dump_of(database_of_the_run)
    assert {place for _needle, place in canaries.plain.items()} == set(PLAIN), (
        "the list of PLAIN is out of date"
    )
    assert set(found(canaries.plain, dump)) == set(PLAIN), "the search would not find what is there"
    assert {*canaries.secret.values()} - {*found(canaries.secret, opened(dana))} == set(NOT_STORED)
    assert len(canaries.secret) > 60
    assert not found(canaries.secret, dump)
    assert not found(canaries.secret, json.dumps(sessions()).encode())
    assert not found(canaries.secret, "\n".join(watch.headers).encode())
    assert not found(canaries.secret, "\n".join(str(letter.message()) for letter in mail.outbox).encode())
    assert "INSERT INTO" in log.getvalue()
    assert not found(canaries.secret, log.getvalue().encode())
    assert not found(canaries.secret, server_log.read_bytes()[logged_before:])


def sessions() -> list[dict[str, Any]]:
    """Sessions lie in the database compressed, where no search would see through."""
    return [session.get_decoded() for session in Session.objects.all()]


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize(
    "damage",
    [
        "ALTER TABLE clients_client ADD CONSTRAINT nobody CHECK (false) NOT VALID",
        "DROP TABLE audit_auditevent CASCADE",
        "ALTER TABLE clients_client ALTER COLUMN first_name TYPE varchar(20) USING left(first_name, 20)",
    ],
    ids=["a constraint refuses", "a table is gone", "a value is too long"],
)
def test_an_error_says_nothing_of_what_was_typed(
    dana: User,
    superuser: Connection,
    database_of_the_run: DatabaseOfTheRun,
    log: io.StringIO,
    damage: str,
) -> None:
    server_log = embedded_postgres._log(database_of_the_run.data)
    logged_before = server_log.stat().st_size
    canaries = Canaries()
    browser = everybody(dana)[OWNER]
    browser.raise_request_exception = False
    path = reverse("clients:create")
    [form] = forms_of(path, browser.get(path).content.decode())
    superuser.execute(damage)
    answer = browser.post(path, canaries.fill(form))
    assert answer.status_code == 500
    assert not found(canaries.secret, answer.content)
    assert b"Traceback" not in answer.content
    assert "Traceback" in log.getvalue() or "Error" in log.getvalue()
    assert not found(canaries.secret, log.getvalue().encode())
    assert not found(canaries.secret, server_log.read_bytes()[logged_before:])
