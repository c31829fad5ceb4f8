"""A trail of a million events for the large practice: three years of looks and changes, correctly chained.

Written past the application, or it would take an hour: the rows go in by COPY as the superuser of the bench's
own PostgreSQL, and `verify_audit` finds nothing to object to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.utils import timezone
from psycopg import Cursor

from audit.canonical import Facts, canonical
from audit.chain import chain_key, head_seal, link_to
from audit.models import AuditHead
from bench.say import say
from pazpaz.accounts.models import User, Workspace
from pazpaz.development import embedded_postgres
from pazpaz.encryption.providers import master_keys
from pazpaz.events import Actor
from pazpaz.scope import workspace_scope

EVENTS, YEARS = 1_000_000, 3
COLUMNS = (
    "id, workspace_id, sequence, at, actor_kind, actor_id, command, session_ref, request_id, ip, action, "
    "object_type, object_id, object_ids, outcome, fields, metadata, key_id, previous_hash, hash"
)
PIECE = 2_000
# How often, action, object type, how many objects, fields. Three quarters are looks.
DEEDS = (
    (24.0, "client.viewed", "client", 1, ("first_name", "last_name", "phone")),
    (9.0, "client.viewed", "client", 18, ("first_name", "last_name")),
    (4.0, "client.viewed", "client", 50, ("first_name", "last_name", "phone")),
    (2.0, "client.viewed", "client", 90, ("first_name", "last_name")),
    (9.0, "appointment.viewed", "appointment", 1, ("notes",)),
    (6.0, "appointment.viewed", "appointment", 20, ("notes",)),
    (10.0, "session_note.viewed", "session_note", 1, ("assessment", "objective", "plan", "subjective")),
    (6.0, "session_note.viewed", "session_note", 20, ("assessment",)),
    (3.0, "location.viewed", "location", 0, ("address",)),
    (4.0, "client.searched", "client", 0, ()),
    (7.0, "session_note.saved", "session_note", 1, ("subjective",)),
    (1.6, "session_note.created", "session_note", 1, ()),
    (1.5, "session_note.signed", "session_note", 1, ()),
    (0.05, "session_note.amended", "session_note", 1, ("plan",)),
    (2.4, "appointment.booked", "appointment", 1, ()),
    (1.0, "appointment.moved", "appointment", 1, ("scheduled_end", "scheduled_start")),
    (2.0, "appointment.completed", "appointment", 1, ("status",)),
    (0.4, "appointment.cancelled", "appointment", 1, ("status",)),
    (0.2, "appointment.no_show", "appointment", 1, ("status",)),
    (0.9, "client.updated", "client", 1, ("phone",)),
    (0.5, "client.created", "client", 1, ()),
    (0.02, "client.archived", "client", 1, ()),
    (2.0, "signin.succeeded", "user", 1, ()),
    (1.0, "signout", "signout", 0, ()),
    (0.2, "signin.failed", "user", 1, ()),
    (0.6, "access.refused", "access", 0, ()),
    (0.3, "trail.viewed", "trail", 0, ()),
    (0.002, "user.role_changed", "user", 1, ("role",)),
    (0.004, "workspace.changed", "workspace", 1, ("name",)),
)
REFUSED = {"signin.failed", "access.refused"}


def ensure_trail(owner: User) -> None:
    """Bring the trail of the owner's practice to a million events, once."""
    workspace = owner.workspace
    assert workspace is not None
    with workspace_scope(workspace, Actor.running("bench")):
        head = AuditHead.objects.get()
        if head.sequence >= EVENTS:
            return
        ids = {
            "client": list(workspace.clients.values_list("pk", flat=True)),
            "appointment": list(workspace.appointments.values_list("pk", flat=True)),
            "session_note": list(workspace.session_notes.values_list("pk", flat=True)),
            "user": list(workspace.users.values_list("pk", flat=True)),
            "workspace": [workspace.pk],
        }
    invented = _Inventor(workspace, ids, EVENTS - head.sequence)
    dsn = embedded_postgres.superuser_dsn(
        settings.EMBEDDED_POSTGRES_DATA, settings.DATABASES["default"]["NAME"]
    )
    with psycopg.connect(dsn) as database, database.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        # Indexes of a whole table are made faster than those of a growing one.
        indexes = _take_indexes_down(cursor)
        with cursor.copy(f"COPY audit_auditevent ({COLUMNS}) FROM STDIN") as copy:
            for text in invented.rows(head):
                copy.write(text)
        for definition in indexes:
            say(f"indexes of the trail: {definition.split()[2]}")
            cursor.execute(definition)
        cursor.execute(
            "UPDATE audit_audithead SET sequence = %s, hash = %s, key_id = %s, seal = %s "
            "WHERE workspace_id = %s",
            (*invented.end, workspace.pk),
        )
        database.commit()
        database.autocommit = True
        say("statistics of the trail")
        cursor.execute("VACUUM (FREEZE, ANALYZE) audit_auditevent")


def _take_indexes_down(cursor: Cursor[Any]) -> list[str]:
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid = 'audit_auditevent'::regclass "
        "AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


@dataclass
class _Inventor:
    workspace: Workspace
    ids: dict[str, list[UUID]]
    count: int
    end: tuple[int, bytes, str, bytes] = (0, b"", "", b"")

    def rows(self, head: AuditHead) -> Iterator[str]:
        """Yield the lines of COPY, some thousand at a time, and leave the new head in `end`."""
        chance = random.Random(self.count)
        texts = {kind: [str(id) for id in ids] for kind, ids in self.ids.items()}
        actors = [*texts["user"] * 6, ""]
        sessions = {actor: [f"{chance.getrandbits(64):016x}" for _n in range(400)] for actor in actors}
        deeds = chance.choices(DEEDS, [deed[0] for deed in DEEDS], k=self.count)
        key_id = master_keys().current.id
        key = chain_key(key_id, self.workspace.pk)
        workspace, sequence, previous = str(self.workspace.pk), head.sequence, bytes(head.hash)
        lines: list[str] = []
        for (_often, action, kind, size, names), at in zip(deeds, _moments(self.count), strict=True):
            sequence += 1
            actor = chance.choice(actors)
            # Never more than there are; the first ones stand in most lists, as on the first page of clients.
            start = chance.randrange(len(texts[kind])) if size else 0
            objects: Sequence[str] = texts[kind][start : start + size] if size else ()
            one, many = (objects[0], []) if len(objects) == 1 else ("", list(objects))
            session = chance.choice(sessions[actor]) if actor else ""
            facts = Facts(
                id=_uuid(chance),
                workspace=workspace,
                sequence=sequence,
                at=at.isoformat(timespec="microseconds"),
                actor_kind="user" if actor else "command",
                actor_id=actor,
                command="" if actor else "send_reminders",
                session=session,
                request=_uuid(chance) if actor else "",
                ip=f"192.0.2.{1 + sequence % 9}" if actor else "",
                action=action,
                object_type=kind,
                object_id=one,
                object_ids='["' + '","'.join(many) + '"]' if many else "[]",
                outcome="refused" if action in REFUSED else "ok",
                fields='["' + '","'.join(names) + '"]' if names else "[]",
                metadata=f'{{"count":{sequence % 30}}}' if action == "client.searched" else "{}",
            )
            before, previous = previous, link_to(key, previous, canonical(facts))
            lines.append(_copy_line(facts, key_id, before, previous))
            if len(lines) == PIECE:
                say(f"trail {sequence:,}/{EVENTS:,}") if sequence % 20_000 < PIECE else None
                yield "".join(lines)
                lines.clear()
        yield "".join(lines)
        self.end = sequence, previous, key_id, head_seal(key, self.workspace.pk, sequence, previous)


def _moments(count: int) -> Iterator[datetime]:
    """Yield times in order, in the eleven working hours of each day, up to now."""
    days = YEARS * 365
    first = timezone.now().astimezone(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
    first -= timedelta(days=days)
    for number in range(count):
        day, part = divmod(number * days, count)
        yield first + timedelta(days=day, seconds=11 * 3600 * part / count, microseconds=number % 997)


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _copy_line(facts: Facts, key_id: str, previous: bytes, hash: bytes) -> str:
    values = (
        facts.id,
        facts.workspace,
        facts.sequence,
        facts.at,
        facts.actor_kind,
        facts.actor_id or r"\N",
        facts.command,
        facts.session,
        facts.request or r"\N",
        facts.ip or r"\N",
        facts.action,
        facts.object_type,
        facts.object_id or r"\N",
        "{" + facts.object_ids[1:-1] + "}",
        facts.outcome,
        "{" + facts.fields[1:-1] + "}",
        facts.metadata,
        key_id,
        rf"\\x{previous.hex()}",
        rf"\\x{hash.hex()}",
    )
    return "\t".join(map(str, values)) + "\n"
