import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from audit.chain import START
from pazpaz.accounts.models import User, Workspace
from scheduling.models import Appointment
from sessions.demo.cases import sentences_of
from sessions.demo.diary import SHORTEST_RUN
from sessions.demo.notes import clinical_notes
from sessions.sections import SECTIONS
from tests.cast import events, inside

BERLIN, JERUSALEM = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Jerusalem")
EARLIEST, LATEST = 8, 20  # hours
SAMPLE = "Sample Texts"


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


@pytest.fixture(params=["dana@example.org", "omer@example.org"])
def owner(request: pytest.FixtureRequest, said: str, db: None) -> User:
    return User.objects.select_related("workspace").get(email=request.param)


def test_it_shows_its_progress(said: str) -> None:
    assert "Practice of Dana Levi: 39 clients" in said
    assert "Katz Physiotherapy: 12 clients" in said
    assert "its owner is dana@example.org" in said


def test_two_practices_know_nothing_of_each_other(demo_owner: User, other_owner: User) -> None:
    directories = []
    for owner in (demo_owner, other_owner):
        assert owner.workspace is not None
        with inside(owner):
            directory = {
                row[1:]
                for row in owner.workspace.clients.open_values("first_name", "last_name", unrecorded="a test")
            }
            assert {a.workspace_id for a in Appointment.objects.all()} == {owner.workspace.pk}
        directories.append(directory)
    assert directories[0].isdisjoint(directories[1])


def test_the_owner_who_is_signed_in_was_there_first(demo_owner: User) -> None:
    assert User.objects.filter(role=User.Role.OWNER).earliest("created_at") == demo_owner


def test_the_practice_looks_lived_in(owner: User) -> None:
    now = timezone.now()
    with inside(owner) as scope:
        diary, notes = scope.workspace.appointments, scope.workspace.session_notes
        recent = diary.filter(scheduled_start__gt=now - timedelta(days=8), scheduled_start__lt=now)
        assert set(Appointment.Status.values) - {"scheduled"} <= {a.status for a in recent}
        assert diary.filter(scheduled_start__gt=now + timedelta(days=20), status="scheduled").exists()
        assert diary.filter(scheduled_start__lt=now - timedelta(days=250)).exists()
        assert not diary.filter(scheduled_start__gt=now, status="completed").exists()
        assert not diary.filter(scheduled_end__lt=now, status="scheduled").exists()
        assert notes.drafts().count() == 2
        assert diary.to_write().count() == 3
        amended = notes.filter(amendment_count__gt=0)
        assert amended.exists()
        assert scope.workspace.note_versions.count() == notes.signed().count() + amended.count()
        assert scope.workspace.clients.archived().exists()


def test_some_clients_have_a_history_of_several_pages(demo_owner: User) -> None:
    with inside(demo_owner) as scope:
        [yonatan] = [c for c in scope.workspace.clients.all() if c.full_name == "Yonatan Levi"]
        assert yonatan.session_notes.count() > 40
        assert yonatan.alerts == ["Latex allergy"]
        alerts = [client for client in scope.workspace.clients.all() if client.alerts]
        assert 4 <= len(alerts) <= 10
        assert all(client.consent_status for client in alerts)


def test_nobody_is_in_two_places_at_one_time(owner: User) -> None:
    with inside(owner) as scope:
        for who in ("client_id", "therapist_id"):
            times = defaultdict(list)
            for row in scope.workspace.appointments.order_by("scheduled_start"):
                times[getattr(row, who)].append(row)
            for rows in times.values():
                assert all(one.scheduled_end <= two.scheduled_start for one, two in pairwise(rows)), who
        treated = defaultdict(set)
        for row in scope.workspace.appointments.all():
            treated[row.client_id].add(row.therapist_id)
        assert all(len(therapists) == 1 for therapists in treated.values())


def test_the_hours_are_those_of_a_practice(owner: User) -> None:
    zone = BERLIN if owner.email.startswith("dana") else JERUSALEM
    today = timezone.now().astimezone(zone).weekday()
    with inside(owner) as scope:
        for row in scope.workspace.appointments.all():
            start, end = row.scheduled_start.astimezone(zone), row.scheduled_end.astimezone(zone)
            assert start.hour >= EARLIEST, start
            assert end.hour < LATEST, end
            assert not (start.hour < 13 and end.hour >= 13), "somebody comes in the lunch break"
            if zone is BERLIN:
                assert start.weekday() < 5 or start.weekday() == today
                assert (start.month, start.day) not in {(12, 25), (1, 1)}


def test_no_sentence_is_there_twice(owner: User) -> None:
    sentences: Counter[str] = Counter()
    with inside(owner) as scope:
        workspace = scope.workspace
        for client in workspace.clients.all():
            sentences.update(sentences_of([client.medical_history or "", client.notes or ""]))
            sentences.update(client.alerts or [])
        for appointment in workspace.appointments.all():
            sentences.update(sentences_of([appointment.notes or "", appointment.location_details or ""]))
        for note in workspace.session_notes.select_related("client"):
            if note.client.full_name != SAMPLE:
                sentences.update(sentences_of(list(note.sections().values())))
        for version in workspace.note_versions.filter(number__gt=1):
            sentences.update(sentences_of([version.reason or ""]))
    assert len(sentences) > 500
    assert {sentence: count for sentence, count in sentences.items() if count > 1} == {}


def test_no_clause_is_left_unfilled(owner: User) -> None:
    with inside(owner) as scope:
        texts = [text for note in scope.workspace.session_notes.all() for text in note.sections().values()]
    assert not [text for text in texts if "{" in text or "None" in text]


def test_complaints_get_better(demo_owner: User) -> None:
    """The arc of a case can be read from the notes: there is less pain at its end than at its beginning."""
    pain: dict[int, list[int]] = {0: [], SHORTEST_RUN - 1: []}
    with inside(demo_owner) as scope:
        for client in scope.workspace.clients.active():
            notes = client.session_notes.signed().order_by("session_date")[:SHORTEST_RUN]
            for place, note in enumerate(notes):
                if place in pain:
                    pain[place] += map(int, re.findall(r"(\d+)/10", note.subjective))
    first, last = (sum(numbers) / len(numbers) for numbers in pain.values())
    assert first - 3 > last


def test_published_texts_stand_under_one_name_and_nowhere_else(owner: User) -> None:
    published = {note[section] for note in clinical_notes() for section in SECTIONS if note[section]}
    with inside(owner) as scope:
        named = {
            note.client.full_name
            for note in scope.workspace.session_notes.select_related("client")
            if published & set(note.sections().values())
        }
        sample = [client.notes for client in scope.workspace.clients.all() if client.full_name in named]
    assert named == ({SAMPLE} if owner.email.startswith("dana") else set())
    assert all(words and words.startswith("Not a person.") for words in sample)


def test_the_hebrew_practice_writes_hebrew(other_owner: User) -> None:
    with inside(other_owner) as scope:
        for note in scope.workspace.session_notes.all():
            assert all(
                any("א" <= letter <= "ת" for letter in text) for text in note.sections().values() if text
            )


def test_its_trail_is_one_unbroken_chain(demo_owner: User) -> None:
    trail = events(demo_owner)
    assert [event.sequence for event in trail] == list(range(1, len(trail) + 1))
    assert [bytes(e.previous_hash) for e in trail] == [START, *(bytes(e.hash) for e in trail[:-1])]
    seeded = next(event for event in trail if event.action == "demo.seeded")
    assert seeded.command == "seed_demo"
    assert seeded.metadata["clients"] == 39


def test_nothing_happens_when_the_demo_is_there_already(demo_owner: User) -> None:
    said = StringIO()
    call_command("seed_demo", stdout=said)

    assert said.getvalue() == "The demo practice is there already.\n"
    assert Workspace.objects.count() == 2
