"""The lines of the activity page: one a change, one for all that a person looked at within a minute.

The people that lines are about appear by short names. That opens their names, which is recorded like any
other look.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from audit.sentences import fields, is_look, models_by_kind, sentence, sentence_of_many
from pazpaz import activity
from pazpaz.web.dates import format_cached
from pazpaz.web.pages import url_around_id

# Lines on a page, and the events at most that looks are folded from: a look at a list carries fifty ids.
PAGE, MOST_EVENTS = 50, 120
INITIALS = 3

type Place = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event in words."""

    event: AuditEvent
    at: datetime
    who: str
    what: str
    fields: str

    @property
    def minute(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def second(self) -> str:
        return f"{self.at:%H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A person whom a line is about, by a short name."""

    initials: str
    url: str


@dataclass
class Line:
    """One line: a change, or the looks of one person within a minute."""

    entries: list[Entry]
    subjects: list[Subject] = field(default_factory=list)
    more_subjects: int = 0
    url: str = ""
    history: UUID | None = None

    @property
    def first(self) -> Entry:
        return self.entries[0]

    @property
    def event(self) -> AuditEvent:
        return self.first.event

    @property
    def is_folded(self) -> bool:
        return len(self.entries) > 1

    @property
    def is_look(self) -> bool:
        return is_look(self.event.action)

    @cached_property
    def what(self) -> str:
        if not self.is_folded:
            return self.first.what
        objects: dict[str, set[UUID]] = {}
        for entry in self.entries:
            event = entry.event
            ids = [event.object_id] if event.object_id else event.object_ids
            objects.setdefault(event.action, set()).update(ids)
        return " · ".join(sentence_of_many(action, len(ids) or 1) for action, ids in objects.items())

    @property
    def places(self) -> list[Place]:
        """Return the objects that events of the line are about, one each, and that lead to a subject."""
        events = [entry.event for entry in self.entries]
        return [
            (event.object_type, event.object_id)
            for event in events
            if event.object_id and _leads_to_a_subject(event.object_type)
        ]

    @property
    def addresses(self) -> list[str]:
        return sorted({entry.event.ip for entry in self.entries if entry.event.ip})


@dataclass(frozen=True, slots=True)
class Day:
    """The lines of one day."""

    day: date
    lines: list[Line]

    @property
    def heading(self) -> str:
        return format_cached(self.day, "WEEKDAY_DATE_FORMAT")


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page by days, how many events they show, and after which event the next page begins."""

    days: list[Day]
    count: int
    older: int | None


def entries(events: Iterable[AuditEvent], people: dict[UUID, str]) -> Iterator[Entry]:
    """Yield events in words, one by one."""
    for event in events:
        at = timezone.localtime(event.at)
        yield Entry(event, at, who(event, people), sentence(event, people), fields(event))


def page_of(events: Sequence[AuditEvent], people: dict[UUID, str], *, more: bool) -> Page:
    """Return the page that begins with these events; `more` says whether the trail goes on after them."""
    lines, count = _fold(entries(events, people))
    if lines:
        _name_subjects(lines, events[0].workspace_id)
    days = [Day(day, list(of_day)) for day, of_day in groupby(lines, key=lambda line: line.first.at.date())]
    return Page(days, count, events[count - 1].sequence if more or count < len(events) else None)


def who(event: AuditEvent, people: dict[UUID, str]) -> str:
    """Return the name of who acted."""
    if event.actor_kind == AuditEvent.ActorKind.COMMAND:
        known = activity.commands().get(event.command)
        return str(known) if known else _("Command %(command)s") % {"command": event.command}
    name = people.get(event.actor_id) if event.actor_id else None
    return name or _("Somebody outside the team")


def _fold(entries: Iterable[Entry]) -> tuple[list[Line], int]:
    """Return at most a page of lines, and how many events are in them."""
    lines: list[Line] = []
    open_lines: dict[tuple[str, UUID | None, str], Line] = {}
    minute, count = None, 0
    for entry in entries:
        event = entry.event
        if minute != (minute := entry.at.replace(second=0, microsecond=0)):
            open_lines.clear()
        is_folded = is_look(event.action) and event.outcome == AuditEvent.Outcome.OK
        actor = (event.actor_kind, event.actor_id, event.command)
        if is_folded and actor in open_lines:
            open_lines[actor].entries.append(entry)
        elif len(lines) == PAGE:
            break
        else:
            lines.append(Line([entry]))
            if is_folded:
                open_lines[actor] = lines[-1]
        count += 1
    return lines, count


def _leads_to_a_subject(kind: str) -> bool:
    known = activity.kinds().get(kind)
    return known is not None and bool(known.subject)


def _name_subjects(lines: list[Line], workspace: UUID) -> None:
    """Tell each line which people it is about, and where its object is shown, if it still exists."""
    people = activity.subjects()
    if people is None:
        return
    found = _subjects_of({place for line in lines for place in line.places}, workspace)
    names = people.names(workspace, {subject for subject, _is_there in found.values()})
    pages = {name: url_around_id(kind.page) for name, kind in activity.kinds().items() if kind.page}
    subjects = {pk: Subject(name, str(pk).join(pages[people.kind])) for pk, name in names.items()}
    for line in lines:
        of_line = dict.fromkeys(found[id][0] for _kind, id in line.places if id in found)
        known = [subjects[subject] for subject in of_line if subject in subjects]
        line.subjects, line.more_subjects = known[:INITIALS], max(0, len(known) - INITIALS)
        kind, id = line.event.object_type, line.event.object_id
        if not line.is_folded and id in found and found[id][1]:
            line.history = id
            # The subjects are linked beside the line.
            line.url = str(id).join(pages[kind]) if kind in pages and kind != people.kind else ""


def _subjects_of(places: set[Place], workspace: UUID) -> dict[UUID, tuple[UUID, bool]]:
    """Return for each object that still exists its subject, and whether it has a page; in one query."""
    queries: list[QuerySet[Any, Any]] = []
    for kind in sorted({kind for kind, _id in places}):
        model = models_by_kind()[kind]
        has_bin = any(column.name == "deleted_at" for column in model._meta.concrete_fields)
        deleted: Any = IsNull(F("deleted_at"), False) if has_bin else Value(False)
        rows = model._base_manager.filter(workspace=workspace, pk__in=[id for of, id in places if of == kind])
        queries.append(rows.values_list("pk", F(activity.kinds()[kind].subject), deleted))
    rows_of_all = queries[0].union(*queries[1:], all=True) if queries else []
    return {id: (subject, not is_deleted) for id, subject, is_deleted in rows_of_all}
