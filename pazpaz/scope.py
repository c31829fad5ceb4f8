"""The scope: one transaction, one workspace, one actor, one audit trail.

    with workspace_scope(workspace, actor):
        ...

Outside a scope nothing of a workspace can be read or written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from django.db import models, transaction

from pazpaz.accounts.keyring import load_keys
from pazpaz.accounts.models import User, Workspace
from pazpaz.database.connection import close_workspace, open_workspace
from pazpaz.encryption.vault import Detail, Vault, open_vault
from pazpaz.events import Actor, Event, Origin, Outcome, object_type


class NoOpenScope(RuntimeError):
    """Something of a workspace was touched outside a scope."""

    def __init__(self) -> None:
        super().__init__("No workspace is open: wrap this in workspace_scope(workspace, actor).")


class OtherWorkspaceOpen(RuntimeError):
    """A scope never changes its workspace; leave it first."""

    def __init__(self) -> None:
        super().__init__("Another workspace is open already: leave its scope before opening this one.")


@dataclass(slots=True)
class _Reads:
    ids: set[UUID] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Scope:
    """The open scope. Reading an encrypted field reports here; one event per kind of object comes of it."""

    workspace: Workspace
    actor: Actor
    origin: Origin
    events: list[Event] = field(default_factory=list)
    reads: dict[str, _Reads] = field(default_factory=dict)

    def report_read(self, label: str, row_id: UUID) -> None:
        kind, _, name = label.rpartition(".")
        reads = self.reads.get(kind)
        if reads is None:
            reads = self.reads[kind] = _Reads()
        reads.ids.add(row_id)
        reads.fields.add(name)

    def record_reads(
        self, event: str, fields: Sequence[str], row_ids: Sequence[UUID], details: dict[str, Detail]
    ) -> None:
        """Add the event of values that were decrypted in one call."""
        kind = event.partition(".")[0]
        self.events.append(Event(event, kind, tuple(row_ids), tuple(sorted(fields)), metadata=details))

    def collected(self) -> list[Event]:
        """Return what happened: what was recorded, then what was read."""
        views = [
            Event(f"{kind}.viewed", kind, tuple(sorted(reads.ids)), tuple(sorted(reads.fields)))
            for kind, reads in sorted(self.reads.items())
        ]
        return self.events + views


type EventWriter = Callable[[Scope, list[Event]], None]
"""Writes a scope's events into the audit trail as the scope closes."""

_current: ContextVar[Scope | None] = ContextVar("pazpaz_scope", default=None)
_writer: EventWriter | None = None


def set_event_writer(writer: EventWriter) -> None:
    """Set what writes the events of all scopes; the audit app calls this once, at start."""
    global _writer
    _writer = writer


def current_scope() -> Scope:
    """Return the open scope. Raises NoOpenScope outside one."""
    scope = _current.get()
    if scope is None:
        raise NoOpenScope
    return scope


@contextmanager
def workspace_scope(
    workspace: Workspace, actor: Actor | User, origin: Origin | None = None
) -> Iterator[Scope]:
    """Open a workspace: a transaction, its keys, row-level security, and the collection of audit events.

    Leaving normally writes the events as the last statements, then commits; an exception rolls everything
    back. A scope within a scope of the same workspace joins it; what it recorded goes when it is rolled back.
    Raises OtherWorkspaceOpen for any other workspace.
    """
    outer = _current.get()
    if outer is not None:
        if outer.workspace.pk != workspace.pk:
            raise OtherWorkspaceOpen
        with transaction.atomic(), _taken_back_on_error(outer):
            yield outer
        return
    scope = Scope(workspace, actor if isinstance(actor, Actor) else Actor.of(actor), origin or Origin())
    try:
        with transaction.atomic():
            open_workspace(workspace.pk)
            vault = Vault(
                load_keys(workspace.pk),
                region=workspace.country,
                clinical=scope.actor.clinical,
                recorder=scope,
                shares=workspace.assistants_see_alerts,
            )
            before = _current.set(scope)
            try:
                with open_vault(vault):
                    yield scope
                    if not transaction.get_rollback():
                        write_events(scope)
            finally:
                _current.reset(before)
    finally:
        close_workspace()


@contextmanager
def _taken_back_on_error(scope: Scope) -> Iterator[None]:
    """Forget what the block recorded when it fails: it did not happen. Refusals and failures did."""
    before = len(scope.events)
    try:
        yield
    except BaseException:
        scope.events[before:] = [event for event in scope.events[before:] if event.outcome != "ok"]
        raise


def write_events(scope: Scope) -> None:
    """Write what a scope collected into the trail of its workspace, inside its transaction."""
    events = scope.collected()
    if events:
        if _writer is None:
            raise RuntimeError("Nothing writes the audit trail: the app `audit` is not installed.")
        _writer(scope, events)


def record(
    action: str,
    target: models.Model | None = None,
    *,
    fields: Iterable[str] = (),
    ids: Iterable[UUID] = (),
    outcome: Outcome = "ok",
    **metadata: str | int | bool | None,
) -> None:
    """Add an event to the open scope: a dotted action, what it was done to, the names of the fields touched.

    `metadata` holds counts, codes and ids; no free text and nothing about a client. Raises NoOpenScope.
    """
    kind = object_type(type(target)) if target is not None else action.partition(".")[0]
    object_ids = (target.pk,) if target is not None else tuple(ids)
    current_scope().events.append(Event(action, kind, object_ids, tuple(sorted(fields)), outcome, metadata))
