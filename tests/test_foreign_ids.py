"""Ids of another practice are answered as ids of nothing are, and nothing over there is touched."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from psycopg import sql

from pazpaz.accounts.models import User
from tests.cast import events, inside, signed_in
from tests.conftest import Connection
from tests.full_practice import Ids, fill, ids_of_nothing
from tests.scheduling.browsing import booking
from tests.url_table import OWNER, URLS, prove_again

ABOUT_ROWS = [url for url in URLS if url.of and OWNER in url.roles]

# Ids that travel in forms and queries: (URL, method, the field, the kind of object whose id stands in it).
IN_FIELDS = [
    ("scheduling:calendar", "GET", "therapist", "member"),
    ("scheduling:book", "GET", "client", "client"),
    ("scheduling:book", "GET", "therapist", "member"),
    ("scheduling:book", "POST", "client", "client"),
    ("scheduling:book", "POST", "therapist", "member"),
    ("scheduling:book", "POST", "service", "service"),
    ("scheduling:book", "POST", "location", "location"),
    ("scheduling:book", "POST", "allow_overlap", "appointment"),
    ("scheduling:conflicts", "POST", "appointment", "appointment"),
    ("scheduling:conflicts", "POST", "client", "client"),
    ("scheduling:conflicts", "POST", "therapist", "member"),
    ("scheduling:conflicts", "POST", "service", "service"),
    ("scheduling:client-choices", "POST", "client", "client"),
]


class Neighbour:
    """Another practice, watched by a superuser for whom row-level security does not hold."""

    def __init__(self, owner: User, superuser: Connection) -> None:
        self.workspace_id = owner.workspace_id
        self.superuser = superuser
        self.owner = owner
        tables = superuser.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'workspace_id' ORDER BY 1"
        )
        self.tables = [table for (table,) in tables]

    def state(self) -> list[object]:
        """Which version of which row there is: any write at all changes it."""
        query = "SELECT string_agg(concat(ctid, xmin), ' ' ORDER BY ctid) FROM {} WHERE {} = {}"
        queries = [(table, "workspace_id", self.workspace_id) for table in self.tables]
        queries += [("accounts_workspace", "id", self.workspace_id)]
        queries += [(table, "user_id", self.owner.pk) for table in ("mfa_authenticator", "accounts_session")]
        return [
            self.superuser.execute(
                sql.SQL(query).format(sql.Identifier(table), sql.Identifier(column), sql.Literal(value))
            ).fetchone()
            for table, column, value in queries
        ]


@pytest.fixture
def neighbour(superuser: Connection, omer: User) -> tuple[Neighbour, Ids]:
    ids = fill(omer)
    return Neighbour(omer, superuser), ids


@pytest.fixture
def browser(dana: User) -> Browser:
    fill(dana)
    browser = signed_in(dana)
    prove_again(browser.session, dana)
    return browser


def seen(response: Any, *ids: object) -> tuple[int, dict[str, str], str]:
    """Everything of an answer that is not different each time. The ids asked for count as equal."""
    body = response.content.decode()
    for each in ids:
        if isinstance(each, UUID):
            body = body.replace(str(each), "ID")
    body = re.sub(
        r'((?:csrfmiddlewaretoken|page_author|form_token)" value=|'
        r'x-(?:csrftoken|page-author)": |nonce=)"[^"]+"',
        r"\1",
        body,
    )
    headers = {name: re.sub(r"'nonce-[^']+'", "", value) for name, value in response.headers.items()}
    del headers["X-Request-ID"]
    headers.pop("Content-Length", None)
    return response.status_code, headers, body


def test_there_is_a_difference_to_see(neighbour: tuple[Neighbour, Ids]) -> None:
    there, ids = neighbour
    before = there.state()
    assert len(before) > 8
    assert all(state != (None,) for state in before[-3:])
    signed_in(there.owner).post(reverse("clients:archive", kwargs=ids["client"]))
    assert there.state() != before


def test_a_row_of_another_practice_is_a_row_that_does_not_exist(
    neighbour: tuple[Neighbour, Ids], browser: Browser, dana: User
) -> None:
    there, foreign = neighbour
    nothing = ids_of_nothing(foreign)
    before = there.state()
    for url in ABOUT_ROWS:
        for method in url.methods:
            answers = [
                seen(browser.generic(method, url.path(ids)), *ids[url.of].values())
                for ids in (foreign, nothing)
            ]
            assert answers[0] == answers[1], url
            assert answers[0][0] == 404, url
            assert there.state() == before, url
            asked = [value for value in foreign[url.of].values() if isinstance(value, UUID)]
            assert refused(dana, url.name, method) >= {*asked}, url


def refused(user: User, name: str, method: str) -> set[UUID | None]:
    """The objects of the refusals that the trail has of one URL."""
    found = [event for event in events(user, "access.refused") if event.metadata["view"] == name]
    assert {event.outcome for event in found} == {"refused"}
    return {event.object_id for event in found if event.metadata["method"] == method}


def test_an_id_in_a_field_says_nothing_of_another_practice(
    neighbour: tuple[Neighbour, Ids], browser: Browser, dana: User
) -> None:
    there, foreign = neighbour
    nothing = ids_of_nothing(foreign)
    before = there.state()
    with inside(dana) as scope:
        client = scope.workspace.clients.active().get()
    now = timezone.localtime(timezone=ZoneInfo("Europe/Berlin"))
    # The hour at which both practices have somebody booked.
    form = booking(client, dana, day=f"{now:%Y-%m-%d}", start=f"{now:%H}:00")
    for name, method, field, kind in IN_FIELDS:
        answers = []
        for ids in (foreign, nothing):
            [asked] = ids[kind].values()
            data = ({} if method == "GET" else form) | {field: str(asked)}
            answers.append(seen(getattr(browser, method.lower())(reverse(name), data), asked))
        assert answers[0] == answers[1], (name, field)
        assert there.state() == before, (name, field)
