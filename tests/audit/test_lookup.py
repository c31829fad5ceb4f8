"""The events a filter asks for: those that a plain walk over the trail finds, none of other practices."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.lookup import Question, newest
from audit.models import AuditEvent
from pazpaz.accounts.models import User
from pazpaz.events import Actor, Event, Origin
from pazpaz.scope import workspace_scope
from tests.audit.trail import workspace_id
from tests.cast import events, inside

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
DEEDS = (
    ("client.viewed", "client"),
    ("client.updated", "client"),
    ("appointment.moved", "appointment"),
    ("session_note.viewed", "session_note"),
    ("signout", ""),
)


@pytest.fixture
def objects(dana: User, noa: User) -> list[UUID]:
    """A trail of 300 events: three actors, lists and single objects, moments that repeat and go back."""
    chance = random.Random(1)
    ids = [uuid4() for _n in range(6)]
    assert dana.workspace is not None
    for number in range(60):
        actor = chance.choice([Actor.of(dana), Actor.of(noa), Actor.running("purge")])
        at = START + timedelta(days=number // 3, minutes=chance.choice([-30, 0, 0, 5]))
        with workspace_scope(dana.workspace, actor, Origin()) as scope:
            for _n in range(5):
                action, kind = chance.choice(DEEDS)
                about = tuple(chance.sample(ids, chance.choice([0, 1, 1, 3])))
                scope.events.append(Event(action, kind, about, at=at))
    return ids


def by_walking(trail: list[AuditEvent], question: Question) -> list[int]:
    """What newest() has to return, the long way."""
    before = next((e for e in trail if e.sequence == question.before), None)

    def fits(event: AuditEvent) -> bool:
        return (
            (question.wants is None or question.wants(event.action, event.object_type))
            and (question.person is None or event.actor_id == question.person)
            and (not question.commands or event.actor_kind == "command")
            and (question.about is None or question.about in [event.object_id, *event.object_ids])
            and (question.since is None or event.at >= question.since)
            and (question.until is None or event.at < question.until)
            and (before is None or (event.at, event.sequence) < (before.at, before.sequence))
        )

    found = sorted(filter(fits, trail), key=lambda event: (event.at, event.sequence), reverse=True)
    return [event.sequence for event in found]


WANTS: list[Callable[[str, str], bool] | None] = [
    None,
    lambda action, kind: not action.endswith(".viewed"),
    lambda action, kind: kind == "client",
    lambda action, kind: action == "signout",
    lambda action, kind: False,
]


def test_every_combination_finds_what_a_walk_finds(dana: User, noa: User, objects: list[UUID]) -> None:
    trail = events(dana)
    days = [None, (START + timedelta(days=5), START + timedelta(days=9))]
    with inside(dana):
        for wants, person, about, day, before in product(
            WANTS, (None, noa.pk, "commands", uuid4()), (None, objects[0], uuid4()), days, (None, 150, 10**6)
        ):
            question = Question(
                workspace=workspace_id(dana),
                wants=wants,
                person=person if isinstance(person, UUID) else None,
                commands=person == "commands",
                about=about,
                since=day and day[0],
                until=day and day[1],
                before=before,
            )
            expected = by_walking(trail, question)
            assert newest(question, 1000) == expected
            assert newest(question, 7) == expected[:7]


def test_an_object_is_found_in_old_lists_beyond_the_recent_ones(dana: User) -> None:
    client = uuid4()
    long_ago = datetime.now(UTC) - timedelta(days=700)
    with inside(dana) as scope:
        scope.events += [
            Event("client.viewed", "client", (client, uuid4()), at=long_ago + timedelta(days=100 * n))
            for n in range(7)
        ]
    question = Question(workspace=workspace_id(dana), about=client)
    with inside(dana):
        assert newest(question, 50) == by_walking(events(dana), question)
        assert len(newest(question, 3)) == 3


def test_the_trail_of_another_practice_is_not_asked(dana: User, omer: User, objects: list[UUID]) -> None:
    with inside(omer):
        assert newest(Question(workspace=workspace_id(dana)), 10) == []
        assert newest(Question(workspace=workspace_id(dana), about=objects[0]), 10) == []
        assert newest(Question(workspace=workspace_id(omer), about=objects[0]), 10) == []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pazpaz_audit_mentions(%s, '-infinity', 'infinity')", [objects[0]]
            )
            assert cursor.fetchone() == (0,)
    with inside(dana), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pazpaz_audit_mentions(%s, '-infinity', 'infinity')", [objects[0]]
        )
        assert (cursor.fetchone() or (0,))[0] > 0


def test_lists_are_not_asked_without_an_open_practice(dana: User) -> None:
    with (
        pytest.raises(DatabaseError, match="no workspace is open"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM pazpaz_audit_mentions(%s, '-infinity', 'infinity')", [uuid4()])


def test_it_takes_few_queries_whatever_is_asked(dana: User, objects: list[UUID]) -> None:
    with inside(dana):
        for wants, about, most in ((None, None, 1), (WANTS[1], None, 2), (WANTS[1], objects[0], 4)):
            with CaptureQueriesContext(connection) as queries:
                newest(Question(workspace=workspace_id(dana), wants=wants, about=about), 200)
            assert len(queries) <= most


# What each kind of question must read, however long the trail is.
PLANS = [
    ({}, "audit_event_time"),
    ({"wants": WANTS[1]}, "audit_event_deed"),
    ({"commands": True}, "audit_event_actor"),
    ({"person": uuid4()}, "audit_event_actor"),
    ({"about": uuid4()}, "audit_event_about"),
]


@pytest.mark.parametrize(("asked", "index"), PLANS)
def test_a_question_reads_its_index(
    dana: User, objects: list[UUID], asked: dict[str, object], index: str
) -> None:
    question = Question(workspace=workspace_id(dana), **asked)  # type: ignore[arg-type]
    with inside(dana), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        with CaptureQueriesContext(connection) as queries:
            newest(question, 50)
        plans = []
        for query in queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert any(index in plan for plan in plans)


def test_lists_have_an_index_that_makes_nobody_wait(dana: User) -> None:
    with inside(dana), connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'audit_event_mentions' AND tablename = %s",
            ["audit_auditevent"],
        )
        [(definition,)] = cursor.fetchall()
    assert "gin (object_ids)" in definition
    assert "gin_pending_list_limit='64'" in definition
