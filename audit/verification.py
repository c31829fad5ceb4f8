"""Verification of the trail: is every event as it was written, in its place, and is the end the end?

The first bad event is named, with the kind of damage. What hashes alone can tell is told: a changed event and
a forged one differ in whether the genuine one is still somewhere else in the chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from audit.chain import START, chain_key, head_seal, is_sealed
from audit.models import AuditEvent, AuditHead
from audit.rows import Row, fetch
from pazpaz.database.connection import close_workspace, open_workspace
from pazpaz.encryption.errors import BadKey

BATCH = 2000
HIGHEST = 2**63 - 1
# From the oldest trail on, whether or not its workspace still exists.
TRAILS = """
    WITH RECURSIVE trail (id) AS (
        (SELECT workspace_id FROM audit_auditevent ORDER BY workspace_id LIMIT 1)
        UNION ALL
        SELECT (SELECT workspace_id FROM audit_auditevent WHERE workspace_id > trail.id ORDER BY workspace_id
        LIMIT 1) FROM trail WHERE trail.id IS NOT NULL
    )
    SELECT id FROM trail WHERE id IS NOT NULL
    UNION SELECT workspace_id FROM audit_audithead
    UNION SELECT id FROM accounts_workspace
    ORDER BY 1
"""

type Progress = Callable[[int], None]


class Kind(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    INSERTED = "inserted"


@dataclass(frozen=True)
class Damage:
    """The first bad place of a trail."""

    kind: Kind
    sequence: int | None
    event_id: UUID | None
    detail: str

    def __str__(self) -> str:
        where = "the head" if self.sequence is None else f"event {self.sequence}"
        named = f" ({self.event_id})" if self.event_id else ""
        return f"{where}{named} {self.kind}: {self.detail}"


@dataclass(frozen=True)
class Checkpoint:
    """Where a trail stood, sealed with a key the database does not hold: to be kept elsewhere."""

    workspace: UUID
    sequence: int
    hash: str
    key_id: str
    seal: str

    @classmethod
    def of(cls, head: AuditHead) -> Checkpoint:
        return cls(
            head.workspace_id, head.sequence, bytes(head.hash).hex(), head.key_id, bytes(head.seal).hex()
        )

    @classmethod
    def parse(cls, line: str) -> Checkpoint:
        """Read a line that as_json() wrote. Raises ValueError when it is not one, or its seal is not ours."""
        try:
            facts = json.loads(line)
            point = cls(
                UUID(facts["workspace"]),
                int(facts["sequence"]),
                facts["hash"],
                facts["key_id"],
                facts["seal"],
            )
            key = chain_key(point.key_id, point.workspace)
            genuine = head_seal(key, point.workspace, point.sequence, bytes.fromhex(point.hash)).hex()
        except (AttributeError, KeyError, TypeError, OverflowError, BadKey) as error:
            raise ValueError("not a checkpoint of this installation") from error
        if genuine != point.seal:
            raise ValueError("not a checkpoint of this installation")
        return point

    def as_json(self) -> str:
        return json.dumps({**asdict(self), "workspace": str(self.workspace)})


@dataclass
class Finding:
    """What was found in the trail of one workspace."""

    workspace: UUID
    events: int = 0
    unverified: int = 0  # events before the checkpoint where verification began
    head: Checkpoint | None = None
    damage: Damage | None = None


def trails() -> list[UUID]:
    """Return every workspace that has or had a trail, as the owner of the tables sees them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(TRAILS)
        return [row[0] for row in cursor.fetchall()]


def verify(
    workspace_id: UUID,
    anchors: Iterable[Checkpoint] = (),
    progress: Progress = lambda events: None,
    *,
    since: Checkpoint | None = None,
) -> Finding:
    """Walk one trail from its first event to its head, and compare it with checkpoints kept elsewhere.

    With `since` the walk begins at that checkpoint: what is before it is not looked at.
    """
    with transaction.atomic():
        open_workspace(workspace_id)
        points = [*anchors, *([since] if since else [])]
        walk = _Walk(workspace_id, {point.sequence: point for point in points}, progress, since)
        walk.finding.damage = walk.first_damage()
    close_workspace()
    return walk.finding


@dataclass
class _Walk:
    workspace_id: UUID
    anchors: dict[int, Checkpoint]
    progress: Progress
    since: Checkpoint | None = None
    sequence: int = 0
    previous: bytes = START
    finding: Finding = field(init=False)
    end: int | None = None  # where a head with our seal says the trail ends

    def __post_init__(self) -> None:
        self.finding = Finding(self.workspace_id)

    def first_damage(self) -> Damage | None:
        head = self._head()
        if head is not None and is_sealed(head):
            self.end = head.sequence
            self.finding.head = Checkpoint.of(head)
        if self.since is not None and (damage := self._begin_at(self.since.sequence)):
            return damage
        for batch in self._batches():
            for row in batch:
                if damage := self._damage_at(row):
                    return damage
                self.sequence, self.previous = row.facts.sequence, row.hash
                self.finding.events += 1
            self.progress(self.finding.events)
        return self._damage_of_the_end(head)

    def _begin_at(self, place: int) -> Damage | None:
        """Begin with the event of a checkpoint: it must be there, and verifies like those that follow."""
        for anchor in sorted(self.anchors):
            if anchor <= place and (damage := self._misses_anchor(anchor)):
                return damage
        [first] = self._rows("sequence = %s", [place])
        self.sequence, self.previous = place - 1, first.previous_hash
        self.finding.unverified = self.sequence
        return None

    def _misses_anchor(self, place: int) -> Damage | None:
        rows = self._rows("sequence = %s", [place])
        if rows:
            return self._differs_from_anchor(place, rows[0])
        last = self._last()
        if last < place:
            gone = f"the checkpoint knows events up to {place}: the end was cut off"
            return Damage(Kind.TRUNCATED, last + 1, None, gone)
        return Damage(Kind.MISSING, place, None, "the event of the checkpoint is gone")

    def _head(self) -> AuditHead | None:
        return AuditHead.objects.filter(workspace_id=self.workspace_id).first()

    def _rows(self, condition: str, values: Sequence[Any], limit: int | None = None) -> list[Row]:
        return fetch(self.workspace_id, condition, values, limit)

    def _batches(self) -> Iterator[list[Row]]:
        """Yield the events up to the head as it was read; what is written meanwhile is for the next time."""
        while batch := self._rows(
            "sequence > %s AND sequence <= %s",
            [self.sequence, HIGHEST if self.end is None else self.end],
            BATCH,
        ):
            yield batch

    def _damage_at(self, row: Row) -> Damage | None:
        place = self.sequence + 1
        if row.facts.sequence != place:
            return self._displaced(place) or Damage(
                Kind.MISSING, place, None, f"events {place} to {row.sequence - 1} are gone"
            )
        if row.previous_hash == self.previous and row.is_genuine(place, self.previous):
            return self._differs_from_anchor(place, row) if place in self.anchors else None
        return self._bad_event(row, place)

    def _bad_event(self, row: Row, place: int) -> Damage:
        origin = self._origin(row)
        if origin == place:
            return Damage(
                Kind.MISSING, place, row.id, "it is genuine, but the event it follows was exchanged"
            )
        if origin is not None:
            return Damage(Kind.REORDERED, place, row.id, f"this event belongs at {origin}")
        displaced = self._displaced(place)
        if displaced is not None:
            return Damage(Kind.INSERTED, place, row.id, f"it is not ours; {displaced.detail}")
        if self._is_copy(row):
            return Damage(Kind.INSERTED, place, row.id, "it carries the hash of another event")
        return Damage(Kind.CHANGED, place, row.id, self._what_changed(row, place))

    def _what_changed(self, row: Row, place: int) -> str:
        if row.is_genuine(place, self.previous):
            return "its previous_hash is not the hash before it"
        try:
            chain_key(row.key_id, self.workspace_id)
        except BadKey:
            return f"it names the master key {row.key_id}, which is not configured"
        return "it does not match its hash"

    def _displaced(self, place: int) -> Damage | None:
        """Look whether the genuine event of a place stands somewhere else."""
        for row in self._rows("previous_hash = %s AND sequence <> %s", [self.previous, place]):
            if row.is_genuine(place, self.previous):
                return Damage(
                    Kind.REORDERED, place, row.id, f"the event that belongs here stands at {row.sequence}"
                )
        return None

    def _origin(self, row: Row) -> int | None:
        """Return the place where an event is genuine, after the hash it names; tried nearest first."""
        last = max(self.end or 0, row.sequence, self._last())
        for distance in range(last):
            for place in {row.sequence - distance, row.sequence + distance}:
                if 0 < place <= last and row.is_genuine(place, row.previous_hash):
                    return place
        return None

    def _is_copy(self, row: Row) -> bool:
        twins = AuditEvent.objects.filter(workspace_id=self.workspace_id, hash=row.hash)
        return twins.exclude(pk=row.id).exists()

    def _last(self) -> int:
        last = AuditEvent.objects.filter(workspace_id=self.workspace_id).order_by("-sequence")
        return last.values_list("sequence", flat=True).first() or 0

    def _differs_from_anchor(self, place: int, row: Row) -> Damage | None:
        if self.anchors[place].hash == row.hash.hex():
            return None
        return Damage(
            Kind.CHANGED,
            place,
            row.id,
            "it is another event than at the checkpoint: the trail was rewritten",
        )

    def _damage_of_the_end(self, head: AuditHead | None) -> Damage | None:
        if head is None:
            if self.sequence == 0:
                return Damage(Kind.MISSING, None, None, "there is no trail at all")
            return Damage(
                Kind.MISSING,
                None,
                None,
                f"it is gone, so nothing tells whether {self.sequence} was the last event",
            )
        if self.end is None:
            return Damage(Kind.CHANGED, None, None, "its seal is not ours")
        if self.sequence < self.end:
            gone = f"events {self.sequence + 1} to {self.end} are gone from the end"
            return self._displaced(self.sequence + 1) or Damage(Kind.TRUNCATED, self.sequence + 1, None, gone)
        if bytes(head.hash) != self.previous:
            return Damage(Kind.CHANGED, None, None, "its hash is not that of the last event")
        return self._beyond_the_head() or self._short_of_anchor()

    def _beyond_the_head(self) -> Damage | None:
        # One statement, so one moment: a request that ends now is before both or after both.
        head = "(SELECT sequence FROM audit_audithead WHERE workspace_id = %s)"
        for row in self._rows(f"sequence > {head}", [self.workspace_id], limit=1):
            if row.sequence == self.sequence + 1 and row.is_genuine(row.sequence, self.previous):
                return Damage(
                    Kind.CHANGED, None, None, f"it was put back to {self.sequence}; genuine events follow"
                )
            return Damage(Kind.INSERTED, row.sequence, row.id, "it stands beyond the end of the trail")
        return None

    def _short_of_anchor(self) -> Damage | None:
        last = max(self.anchors, default=0)
        if last <= self.sequence:
            return None
        return Damage(
            Kind.TRUNCATED,
            self.sequence + 1,
            None,
            f"the checkpoint knows events up to {last}: the end was cut off",
        )


def as_dict(finding: Finding) -> dict[str, Any]:
    """Return a finding in plain JSON types."""
    damage = finding.damage
    return {
        "workspace": str(finding.workspace),
        "events": finding.events,
        "head": finding.head.sequence if finding.head else None,
        "damage": damage
        and {
            "kind": damage.kind.value,
            "sequence": damage.sequence,
            "event": damage.event_id and str(damage.event_id),
            "detail": damage.detail,
        },
    }
