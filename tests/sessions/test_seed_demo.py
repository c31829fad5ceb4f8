from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from audit.chain import START
from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from sessions.demo.diary import Practice, invent_diary
from sessions.demo.notes import clinical_notes
from tests.cast import events, inside


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """What seed_demo said. It takes seconds, so all tests look at one demo, which is undone after them."""
    said = StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", stdout=said)
        yield said.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def demo_owner(said: str, db: None) -> User:
    return User.objects.select_related("workspace").get(email="dana@example.org")


@pytest.fixture
def other_owner(said: str, db: None) -> User:
    return User.objects.select_related("workspace").get(email="omer@example.org")


def test_it_shows_its_progress(said: str) -> None:
    assert "Practice of Dana Levi: 60 clients" in said
    assert "Katz Physiotherapy: 12 clients" in said
    assert "its owner is dana@example.org" in said


def test_two_practices_know_nothing_of_each_other(demo_owner: User, other_owner: User) -> None:
    directories = []
    for owner, clients in ((demo_owner, 60), (other_owner, 12)):
        assert owner.workspace is not None
        with inside(owner):
            directory = set(owner.workspace.clients.open_values("first_name", "last_name"))
            assert len(directory) == clients
            assert {a.workspace_id for a in Appointment.objects.all()} == {owner.workspace.pk}
        directories.append(directory)
    assert directories[0].isdisjoint(directories[1])


def test_the_owner_who_is_signed_in_was_there_first(demo_owner: User) -> None:
    assert User.objects.filter(role=User.Role.OWNER).earliest("created_at") == demo_owner


def test_the_practice_looks_lived_in(demo_owner: User) -> None:
    with inside(demo_owner) as scope:
        clients, diary, notes = (
            scope.workspace.clients,
            scope.workspace.appointments,
            scope.workspace.session_notes,
        )
        names = {f"{first} {last}" for _id, first, last in clients.open_values("first_name", "last_name")}
        assert {"Yonatan Levi", "נועה כהן", "Łukasz Wójcik"} <= names
        now = timezone.now()
        assert diary.count() > 2000
        assert {a.status for a in diary.all()} == set(Appointment.Status)
        assert diary.filter(scheduled_start__gt=now + timedelta(days=20)).exists()
        assert diary.filter(scheduled_start__lt=now - timedelta(days=720)).exists()
        assert not diary.filter(scheduled_start__gt=now, status="completed").exists()
        assert notes.count() > 1500
        assert notes.filter(is_draft=True).count() == 3
        amended = notes.filter(amendment_count__gt=0)
        assert amended.exists()
        signed = notes.filter(is_draft=False)
        assert scope.workspace.note_versions.count() == signed.count() + amended.count()


def test_today_is_never_empty_not_even_on_a_sunday(demo_owner: User) -> None:
    with inside(demo_owner) as scope:
        workspace = scope.workspace
        furniture = (
            list(workspace.clients.all()),
            list(workspace.services.all()),
            list(workspace.locations.all()),
        )
        practice = Practice(*furniture, zone=ZoneInfo("UTC"))
        sunday = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
        diary = invent_diary(practice, demo_owner, {0, 1, 2, 3, 4}, sunday, seed=1)
    assert any(a.scheduled_start.date() == sunday.date() for a in diary)
    assert not any(a.scheduled_start.date() == sunday.date() - timedelta(days=7) for a in diary)


def test_its_trail_is_one_unbroken_chain(demo_owner: User) -> None:
    trail = events(demo_owner)
    assert [event.sequence for event in trail] == list(range(1, len(trail) + 1))
    assert [bytes(e.previous_hash) for e in trail] == [START, *(bytes(e.hash) for e in trail[:-1])]
    seeded = trail[-1]
    assert (seeded.action, seeded.command) == ("demo.seeded", "seed_demo")
    assert seeded.metadata["clients"] == 60


def test_a_full_note_bears_the_name_and_the_age_of_the_client_and_no_other(demo_owner: User) -> None:
    strangers = ["Martha Collins", "Andrew Perez", "James Allen", "Mr. ", "Ms. "]
    assert any(stranger in note["note"] for note in clinical_notes() for stranger in strangers)
    named = 0
    with inside(demo_owner) as scope:
        for client in scope.workspace.clients.all():
            first = client.session_notes.order_by("session_date").first()
            words = " ".join(first.sections().values()) if first else ""
            assert not any(stranger in words for stranger in strangers)
            if "year-old" in words:
                assert f"{client.age}-year-old" in words
            named += client.full_name in words
    assert named > 10


def test_nothing_happens_when_the_demo_is_there_already(demo_owner: User) -> None:
    said = StringIO()
    call_command("seed_demo", stdout=said)

    assert said.getvalue() == "The demo practice is there already.\n"
    assert Workspace.objects.count() == 2
