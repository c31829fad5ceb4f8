"""Finds the events a filter asks for, newest first, in a few milliseconds however long the trail is.

A filter by person, kind or action is answered deed by deed: a practice has some dozens of different pairs of
action and kind of object, an index leaps from one pair to the next, and another finds the newest events of
each. So a rare action costs as little as a frequent one, and no combination reads what it does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

# Where an object is looked for among the lists of objects, from the newest on: each window is asked once.
WINDOWS = (timedelta(days=30),)
EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

type Deed = tuple[str, str]
type Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a trail. `wants` says which deeds, as pairs of action and kind of object."""

    workspace: UUID
    wants: Callable[[str, str], bool] | None = None
    person: UUID | None = None
    commands: bool = False
    about: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @property
    def is_narrow(self) -> bool:
        return self.wants is not None or self.person is not None or self.commands


def newest(question: Question, limit: int) -> list[int]:
    """Return the sequence numbers of the newest events that were asked for, newest first."""
    since, until = question.since or EVER[0], question.until or EVER[1]
    before = _moment_of(question.workspace, question.before) if question.before else None
    asked = _Asked(question, since, until, before or (EVER[1], 0))
    if question.about is not None:
        return [sequence for _at, sequence in asked.about(question.about, limit)]
    return [sequence for _at, sequence in asked.by_deed(limit)] if question.is_narrow else asked.at_all(limit)


def _moment_of(workspace: UUID, sequence: int) -> Place | None:
    rows = _rows(
        "SELECT at, sequence FROM audit_auditevent WHERE workspace_id = %s AND sequence = %s",
        [workspace, sequence],
    )
    return rows[0] if rows else None


# Comparing pairs alone would not let PostgreSQL begin in the middle of an index of times.
_RANGE = "e.at >= %s AND e.at < %s AND e.at <= %s AND (e.at, e.sequence) < (%s, %s)"
_NEWEST_FIRST = "ORDER BY e.at DESC, e.sequence DESC LIMIT %s"
# No actor sorts by itself: to PostgreSQL `IS NULL` fixes no column, so the order must name it.
_BY_NO_ACTOR = "e.actor_id, "
_DEEDS = """
    WITH RECURSIVE deed (action, object_type) AS (
      (SELECT e.action, e.object_type FROM audit_auditevent e WHERE {whose}
       ORDER BY {order}e.action, e.object_type LIMIT 1)
      UNION ALL
      SELECT next.action, next.object_type FROM deed, LATERAL (
        SELECT e.action, e.object_type FROM audit_auditevent e
        WHERE {whose} AND (e.action, e.object_type) > (deed.action, deed.object_type)
        ORDER BY {order}e.action, e.object_type LIMIT 1
      ) next
    )
    SELECT action, object_type FROM deed
"""
_ALL = f"SELECT e.sequence FROM audit_auditevent e WHERE e.workspace_id = %s AND {_RANGE} {_NEWEST_FIRST}"
_BY_DEED = f"""
    SELECT e.at, e.sequence FROM unnest(%s::text[], %s::text[]) deed (action, object_type), LATERAL (
      SELECT e.at, e.sequence FROM audit_auditevent e
      WHERE {{whose}} AND e.action = deed.action AND e.object_type = deed.object_type AND {_RANGE}
      ORDER BY {{order}}e.at DESC, e.sequence DESC LIMIT %s
    ) e
    {_NEWEST_FIRST}
"""
_ABOUT_ONE = f"""
    SELECT e.at, e.sequence FROM audit_auditevent e
    WHERE {{whose}} AND e.object_id = %s AND {{deeds}} AND {_RANGE} {_NEWEST_FIRST}
"""
_AMONG_MANY = f"""
    SELECT e.at, e.sequence FROM audit_auditevent e
    WHERE {{whose}} AND e.sequence = ANY(ARRAY(SELECT pazpaz_audit_mentions(%s, %s, %s))) AND {{deeds}}
      AND {_RANGE}
    {_NEWEST_FIRST}
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    since: datetime
    until: datetime
    before: Place

    def at_all(self, limit: int) -> list[int]:
        rows = _rows(_ALL, [self.question.workspace, *self._range(), limit])
        return [sequence for (sequence,) in rows]

    def by_deed(self, limit: int) -> list[Place]:
        deeds = self._deeds()
        if not deeds:
            return []
        actions, kinds = zip(*deeds, strict=True)
        whose, values = self._whose()
        return _rows(
            _BY_DEED.format(whose=whose, order=self._order()),
            [list(actions), list(kinds), *values, *self._range(), limit, limit],
        )

    def about(self, object_id: UUID, limit: int) -> list[Place]:
        """Return the events about one object: those about it alone, and those of lists it stands in."""
        whose, values = self._whose()
        deeds, chosen = self._of_wanted_deeds()
        found: list[Place] = _rows(
            _ABOUT_ONE.format(whose=whose, deeds=deeds), [*values, object_id, *chosen, *self._range(), limit]
        )
        for low, high in self._windows():
            found += _rows(
                _AMONG_MANY.format(whose=whose, deeds=deeds),
                [*values, object_id, low, high, *chosen, *self._range(), limit],
            )
            found = sorted(found, reverse=True)[:limit]
            if len(found) == limit and found[-1][0] >= low:
                break
        return found

    def _deeds(self) -> list[Deed]:
        """Return the deeds that were asked for and of which there is at least one."""
        whose, values = self._whose()
        wants = self.question.wants
        rows = _rows(_DEEDS.format(whose=whose, order=self._order()), [*values, *values])
        return [deed for deed in rows if wants is None or wants(*deed)]

    def _of_wanted_deeds(self) -> tuple[str, list[Any]]:
        if self.question.wants is None:
            return "true", []
        deeds = self._deeds()
        return "(e.action, e.object_type) IN (SELECT * FROM unnest(%s::text[], %s::text[]))", [
            [action for action, _kind in deeds],
            [kind for _action, kind in deeds],
        ]

    def _whose(self) -> tuple[str, list[Any]]:
        question = self.question
        if question.commands:
            return "e.workspace_id = %s AND e.actor_id IS NULL", [question.workspace]
        if question.person is not None:
            return "e.workspace_id = %s AND e.actor_id = %s", [question.workspace, question.person]
        return "e.workspace_id = %s", [question.workspace]

    def _order(self) -> str:
        return _BY_NO_ACTOR if self.question.commands else ""

    def _range(self) -> list[Any]:
        return [self.since, self.until, self.before[0], *self.before]

    def _windows(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield windows of time from the newest on, each with its first moment and the one after its last."""
        # A moment later: the page before may have ended between two events of one moment.
        high = min(self.until, self.before[0] + timedelta(microseconds=1))
        start = min(high, timezone.now())
        for length in WINDOWS:
            low = start - length
            if low <= self.since:
                break
            yield low, high
            high = start = low
        yield self.since, high


def _rows(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
        return rows
