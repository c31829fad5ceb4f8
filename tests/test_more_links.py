"""Every list that goes on elsewhere is walked to its end, by the links its pages show, and misses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from tests.cast import inside
from tests.factories import MONDAY, AppointmentFactory, ClientFactory, SessionNoteFactory
from tests.more_links import Walk

pytestmark = pytest.mark.django_db

type Ids = set[str]


def ids_after(path: str) -> Callable[[str], list[str]]:
    """Find the ids in links that begin with a path."""
    return re.compile(rf'href="{re.escape(path)}([0-9a-f-]{{36}})/').findall


def clients(owner: User) -> Ids:
    for number in range(60):
        ClientFactory(workspace=owner.workspace, first_name=f"Yonatan {number}")
    with inside(owner):
        assert owner.workspace is not None
        return {str(pk) for pk in owner.workspace.clients.values_list("pk", flat=True)}


def archived_clients(owner: User) -> Ids:
    ids = clients(owner)
    with inside(owner):
        assert owner.workspace is not None
        for client in owner.workspace.clients.all():
            client.archive()
    return ids


def history(owner: User) -> Ids:
    client = ClientFactory(workspace=owner.workspace)
    ids = set()
    for days in range(45):
        note = SessionNoteFactory(
            workspace=owner.workspace, client=client, session_date=MONDAY - timedelta(days=days)
        )
        ids.add(str(note.pk))
    return ids


def deleted_drafts(owner: User) -> Ids:
    client = ClientFactory(workspace=owner.workspace)
    notes = [SessionNoteFactory(workspace=owner.workspace, client=client) for _number in range(55)]
    with inside(owner):
        for note in notes:
            assert note.delete_draft(owner)
    return {str(note.pk) for note in notes}


def completed_appointments(owner: User) -> Ids:
    ids = set()
    client = ClientFactory(workspace=owner.workspace)
    for days in range(55):
        appointment = AppointmentFactory(
            workspace=owner.workspace,
            client=client,
            scheduled_start=MONDAY - timedelta(days=days),
            status="completed",
        )
        ids.add(str(appointment.pk))
    return ids


@pytest.mark.parametrize("script", [True, False], ids=["htmx", "no script"])
class TestEveryListIsWalkedToItsEnd:
    def test_clients(self, script: bool, as_dana: Browser, dana: User) -> None:
        expected = clients(dana)
        walk = Walk(as_dana, reverse("clients:list"), script=script)
        assert_complete(walk, ids_after("/clients/"), expected)

    def test_archived_clients(self, script: bool, as_dana: Browser, dana: User) -> None:
        expected = archived_clients(dana)
        walk = Walk(as_dana, f"{reverse('clients:list')}?state=archived", script=script)
        assert_complete(walk, ids_after("/clients/"), expected)

    def test_the_history_of_a_client(self, script: bool, as_dana: Browser, dana: User) -> None:
        expected = history(dana)
        with inside(dana):
            assert dana.workspace is not None
            client = dana.workspace.clients.get()
        walk = Walk(as_dana, reverse("sessions:client", args=[client.pk]), script=script)
        assert_complete(walk, ids_after("/notes/"), expected)

    def test_recently_deleted_drafts(self, script: bool, as_dana: Browser, dana: User) -> None:
        expected = deleted_drafts(dana)
        walk = Walk(as_dana, reverse("sessions:recently-deleted"), script=script)
        assert_complete(walk, re.compile(r'action="/notes/([0-9a-f-]{36})/restore/').findall, expected)

    def test_what_is_to_be_written(self, script: bool, as_dana: Browser, dana: User) -> None:
        expected = completed_appointments(dana)
        walk = Walk(as_dana, reverse("sessions:to-write"), script=script)
        assert_complete(walk, re.compile(r'formaction="/appointments/([0-9a-f-]{36})/').findall, expected)


def assert_complete(walk: Walk, find: Callable[[str], list[str]], expected: Ids) -> None:
    seen = [found for page in walk.pages() for found in dict.fromkeys(find(page))]
    assert walk.steps >= 1, "one page held everything: nothing was walked"
    assert len(seen) == len(set(seen)), "an entry stands on two pages"
    assert set(seen) == expected


def links_in_templates() -> Iterator[str]:
    for path in Path(settings.BASE_DIR / "templates").rglob("*.html"):
        text = path.read_text()
        if 'rel="next"' in text or "_pagination.html" in text:
            yield path.relative_to(settings.BASE_DIR / "templates").as_posix()


def test_every_page_that_goes_on_is_walked_here() -> None:
    assert set(links_in_templates()) == {
        "shared/_pagination.html",  # included by the next three
        "clients/list.html",
        "sessions/to_write.html",
        "sessions/recently_deleted.html",
        "sessions/client.html",
        "audit/activity.html",  # tests/audit walks it
        "scheduling/_calendar_bar.html",  # goes on for ever, by week or month
    }
