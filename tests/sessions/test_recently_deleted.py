"""Deleted drafts are listed, on the client's page and in the settings, until they go for good."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from tests.cast import events, inside, signed_in
from tests.factories import ClientFactory, SessionNoteFactory
from tests.sessions.pages import stored

pytestmark = pytest.mark.django_db

SETTINGS = reverse("sessions:recently-deleted")
RESTORE = re.compile(r'action="(/notes/[^"]+/restore/)"')


def page_of(note: SessionNote) -> str:
    return reverse("sessions:client", args=[note.client_id])


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


@pytest.fixture
def deleted(dana: User, noa: User) -> SessionNote:
    note = SessionNoteFactory(workspace=dana.workspace, author=noa)
    with time_machine.travel(datetime(2026, 11, 18, 9, 0, tzinfo=UTC), tick=False), inside(dana):
        note.delete_draft(dana)
    return note


@pytest.fixture(autouse=True)
def a_week_later(deleted: SessionNote) -> object:
    with time_machine.travel(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), tick=False):
        yield


def test_both_lists_name_author_deleter_and_the_last_day(as_dana: Browser, deleted: SessionNote) -> None:
    for page in (page_of(deleted), SETTINGS):
        said = words(as_dana.get(page).text)
        assert "Recently deleted" in said
        assert "Draft by Noa Peretz" in said
        assert "Deleted by Dana Levi" in said
        assert "gone for good after 18 Dec" in said
    assert "Yonatan Levi" in words(as_dana.get(SETTINGS).text)


def test_the_settings_lead_to_the_list(as_dana: Browser, as_avi: Browser) -> None:
    team = reverse("accounts:team")
    assert f'href="{SETTINGS}"' in as_dana.get(team).text
    assert f'href="{SETTINGS}"' not in as_avi.get(team).text


@pytest.mark.parametrize("page", ["client", "settings"])
def test_either_list_brings_a_draft_back(
    as_noa: Browser, dana: User, deleted: SessionNote, page: str
) -> None:
    found = RESTORE.search(as_noa.get(page_of(deleted) if page == "client" else SETTINGS).text)
    assert found is not None
    response = as_noa.post(found[1], follow=True)
    assert response.redirect_chain == [(reverse("sessions:note", args=[deleted.pk]), 302)]
    assert "Draft restored" in response.text
    assert stored(dana, deleted).deleted_at is None
    for list_page in (page_of(deleted), SETTINGS):
        assert not RESTORE.search(as_noa.get(list_page).text)


def test_after_the_last_day_nothing_brings_a_draft_back(
    as_noa: Browser, dana: User, noa: User, deleted: SessionNote
) -> None:
    found = RESTORE.search(as_noa.get(SETTINGS).text)
    assert found is not None
    with time_machine.travel(datetime(2026, 12, 18, 9, 1, tzinfo=UTC), tick=False):
        response = signed_in(noa).post(found[1], follow=True)
    assert response.status_code == 404
    assert stored(dana, deleted).deleted_at is not None
    assert not events(dana, "session_note.restored")


def test_a_list_opens_no_clinical_text(as_dana: Browser, dana: User, deleted: SessionNote) -> None:
    as_dana.get(SETTINGS)
    as_dana.get(page_of(deleted))
    assert not events(dana, "session_note.viewed")


def test_after_its_last_day_a_draft_is_offered_no_more(as_dana: Browser, deleted: SessionNote) -> None:
    with time_machine.travel(datetime(2026, 12, 18, 9, 1, tzinfo=UTC), tick=False):
        for page in (page_of(deleted), SETTINGS):
            assert not RESTORE.search(as_dana.get(page).text)


def test_a_client_shows_their_own_drafts_only(as_dana: Browser, dana: User, deleted: SessionNote) -> None:
    other = ClientFactory(workspace=dana.workspace)
    assert not RESTORE.search(as_dana.get(reverse("sessions:client", args=[other.pk])).text)


def test_an_assistant_and_another_practice_see_nothing_of_it(
    as_avi: Browser, as_omer: Browser, deleted: SessionNote
) -> None:
    assert as_avi.get(SETTINGS).status_code == 403
    page = as_avi.get(page_of(deleted))
    assert "Recently deleted" not in page.text
    assert not RESTORE.search(as_omer.get(SETTINGS).text)


def test_every_deleted_draft_is_on_some_page(as_dana: Browser, dana: User, deleted: SessionNote) -> None:
    client = ClientFactory(workspace=dana.workspace)
    now = timezone.now()
    for number in range(60):
        SessionNoteFactory(
            workspace=dana.workspace,
            client=client,
            deleted_at=now,
            deleted_by=dana,
            purge_after=now + timedelta(days=1, minutes=number),
        )
    seen: list[str] = []
    page = as_dana.get(SETTINGS).text
    for _page in range(5):
        seen += RESTORE.findall(page)
        more = re.search(r'<a [^>]*rel="next" href="([^"]+)"', page)
        if more is None:
            break
        page = as_dana.get(SETTINGS + more[1]).text
    assert len(seen) == len(set(seen)) == 61


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_drafts_deleted_before_there_was_a_list_get_thirty_days_from_the_update(
    dana: User, omer: User, deleted: SessionNote
) -> None:
    def migrate(*target: str) -> None:
        call_command("migrate", *target, verbosity=0, stdout=io.StringIO())

    old = [
        SessionNoteFactory(workspace=user.workspace, deleted_at=timezone.now() - timedelta(days=90))
        for user in (dana, omer)
    ]
    live = SessionNoteFactory(workspace=dana.workspace)
    migrate("session_notes", "0003_documented_appointments")
    migrate()
    with connection.cursor() as cursor:  # its clock does not travel
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]
    for user, note in zip((dana, omer), old, strict=True):
        last_day = stored(user, note).purge_after
        assert last_day is not None
        assert timedelta(days=29) < last_day - now < timedelta(days=30)
    assert stored(dana, live).purge_after is None
    assert stored(dana, deleted).purge_after == datetime(2026, 12, 18, 9, 0, tzinfo=UTC)
