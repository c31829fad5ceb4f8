"""The rows of Today, written in Python: a loop of the template takes longer than all the rest of the page.

A row has one action, and its time decides which: now writes, past shows what became of it, later keeps a
quiet menu. What people typed is escaped; the rest is ours. The buttons belong to two forms of the page
(`sessions/today.html`) and say by themselves where they go, so no row carries a form of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pazpaz.accounts.models import User
from pazpaz.web.dates import format_cached
from pazpaz.web.pages import url_around_id
from pazpaz.web.tags import phone_link, pill
from scheduling.models import Appointment, LocationType, Transition
from scheduling.spans import ELSEWHERE, Span
from sessions.models import SessionNote

STATUS_FORM, NOTE_FORM = "change-status", "write-note"
Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one part of the day."""

    name: str
    title: str
    rows: SafeString


@dataclass(slots=True)
class Diary:
    """The day in three parts, the nearest first; `writes`: one of its rows has the primary button."""

    groups: list[Group] = field(default_factory=list)
    writes: bool = False


def diary_of(appointments: Iterable[Appointment], now: datetime, user: User) -> Diary:
    """Return the day: now, later in order, and earlier backwards."""
    current: list[Appointment] = []
    later: list[Appointment] = []
    earlier: list[Appointment] = []
    for row in appointments:
        part = later if row.scheduled_start > now else earlier if row.scheduled_end <= now else current
        part.append(row)
    writer = _Writer(now, user)
    diary = Diary()
    for name, title, rows in (
        ("now", _("Now"), current),
        ("later", _("Later"), later),
        ("earlier", _("Earlier"), earlier[::-1]),
    ):
        if rows:
            written = mark_safe("".join(writer.row(row) for row in rows))
            diary.groups.append(Group(name, title, written))
    diary.writes = writer.has_primary
    return diary


class _Writer:
    """Writes appointments that come with what sessions.today adds to them."""

    def __init__(self, now: datetime, user: User) -> None:
        self.now = now
        self.day = timezone.localdate(now)
        self.user = user
        self.clinical = user.sees_clinical_data
        self.alerts = escape(_("Alerts")) if user.sees_alerts else ""
        self.has_primary = False
        self.places = {kind.value: str(kind.label) for kind in LocationType}
        self.client_url = url_around_id("sessions:client")
        self.appointment_url = url_around_id("scheduling:appointment")
        self.note_url = url_around_id("sessions:note")
        self.write_url = url_around_id("sessions:note-for-appointment")
        self.transitions = {
            transition: (url_around_id(f"scheduling:{transition.value}"), escape(str(transition.label)))
            for transition in Transition
        }
        self.change = escape(_("Change"))
        self.write = escape(_("Write note"))
        self.resume = escape(_("Continue note"))
        self.open = escape(_("Open note"))
        self.signed = escape(_("Signed"))
        self.completed = escape(_("Completed"))
        self.is_now = escape(_("now"))

    def row(self, row: Any) -> str:
        is_now = row.scheduled_start <= self.now < row.scheduled_end
        span = Span.of(row.scheduled_start, row.scheduled_end)
        start = span.start_clock if span.start.date() >= self.day else ELSEWHERE
        name = f"<bdi>{escape(row.client.full_name)}</bdi>"
        return (
            f'<li class="row" id="appointment-{row.pk}" data-status="{row.status}"'
            f'{" data-now" if is_now else ""} hx-target="this" hx-select="#appointment-{row.pk}">'
            f'<time datetime="{span.start.isoformat()}">{start} <small>{span.end_clock}</small>'
            f"{span.said_on(self.day)}</time>"
            f'<div><a href="{_url(self.client_url, row.client_id)}"><b>{name}</b></a>'
            f"{f' <span class="vh">{self.is_now}</span>' if is_now else ''}{self._alerts(row)}"
            f'<small class="meta"><a href="{_url(self.appointment_url, row.pk)}" data-parts>'
            f"{self._about(row)}</a>"
            f"{self._phone(row)}</small></div>"
            f'<div class="cluster">{self._action(row, name)}{self._menu(row, name)}</div></li>'
        )

    def _alerts(self, row: Any) -> str:
        """What must be known of the client, for those who may: clients/_alerts.html, plain."""
        if not self.alerts or not row.client.alerts:
            return ""
        lines = "".join(
            '<span class="alert plain" role="listitem"><i class="icon" data-icon="warning"></i> '
            f"<bdi>{escape(line)}</bdi></span>"
            for line in row.client.alerts
        )
        return f'<span class="alerts" role="list" aria-label="{self.alerts}">{lines}</span>'

    def _phone(self, row: Any) -> str:
        """The phone number of a client who is still expected: therapists call late clients."""
        return phone_link(row.client.phone) if row.status == Status.SCHEDULED else ""

    def _about(self, row: Any) -> str:
        """Service, place, and the therapist where it is a colleague."""
        parts = [escape(row.location_name or self.places[row.location_type])]
        if row.service_name:
            swatch = f'<span class="swatch" data-colour="{row.colour or ""}"></span> '
            parts.insert(0, f"{swatch}<bdi>{escape(row.service_name)}</bdi>")
        if row.therapist_id != self.user.pk:
            parts.append(f"<bdi>{escape(row.therapist_name or row.therapist_email)}</bdi>")
        return " ".join(f"<i>{part}</i>" for part in parts)

    def _action(self, row: Any, name: str) -> str:
        """What the time of the row asks for: at most one thing to press."""
        status, has_begun = row.status, row.scheduled_start <= self.now
        if not self.clinical:
            if status == Status.SCHEDULED:
                return self._transition(row, Transition.COMPLETE, "btn small", name) if has_begun else ""
            return pill(status)
        state = "" if row.blocks_time else pill(status)
        if row.note_id:
            url = _url(self.note_url, row.note_id)
            if row.note_is_draft:
                return f'{state}<a class="btn small" href="{url}">{self.resume}{_hidden(name)}</a>'
            words = f'<i class="icon" data-icon="signed"></i>{self.signed}{_hidden(f"{self.open} {name}")}'
            return f'{state}<a class="state" href="{url}">{words}</a>'
        if not row.blocks_time or (status == Status.SCHEDULED and not has_begun):
            return state
        if status == Status.COMPLETED:
            state = f'<span class="state"><i class="icon" data-icon="check"></i>{self.completed}</span>'
        return state + self._write(row, name)

    def _write(self, row: Any, name: str) -> str:
        is_mine_now = row.scheduled_end > self.now and row.therapist_id == self.user.pk
        primary = is_mine_now and row.scheduled_start <= self.now and not self.has_primary
        self.has_primary = self.has_primary or primary
        return (
            f'<button class="btn {"primary" if primary else "small"}" form="{NOTE_FORM}"'
            f' formaction="{_url(self.write_url, row.pk)}">{self.write}{_hidden(name)}</button>'
        )

    def _menu(self, row: Any, name: str) -> str:
        offered = [t for t in row.allowed_transitions if self.clinical or not self._stands_alone(row, t)]
        if not offered:
            return ""
        items = "".join(self._transition(row, transition) for transition in offered)
        return (
            f'<button type="button" class="btn quiet small" popovertarget="change-{row.pk}">'
            f'<i class="icon" data-icon="more"></i>{_hidden(f"{self.change} {name}")}</button>'
            f'<div class="menu" popover id="change-{row.pk}">{items}</div>'
        )

    def _stands_alone(self, row: Any, transition: Transition) -> bool:
        """Whether _action() shows it already."""
        return (
            transition is Transition.COMPLETE
            and row.status == Status.SCHEDULED
            and row.scheduled_start <= self.now
        )

    def _transition(self, row: Any, transition: Transition, look: str = "", name: str = "") -> str:
        around, label = self.transitions[transition]
        url = _url(around, row.pk)
        css = f' class="{look}"' if look else ""
        return (
            f'<button{css} form="{STATUS_FORM}" formaction="{url}" hx-post="{url}">'
            f"{label}{_hidden(name) if name else ''}</button>"
        )


def to_write_rows(appointments: Iterable[Any], user: User) -> SafeString:
    """Return the lines of appointments that wait for their note: one click writes it."""
    client_url, write_url = url_around_id("sessions:client"), url_around_id("sessions:note-for-appointment")
    write = escape(_("Write"))
    lines = []
    for row in appointments:
        name = f"<bdi>{escape(row.client.full_name)}</bdi>"
        colleague = "" if row.therapist_id == user.pk else row.therapist_name or row.therapist_email
        button = (
            f'<button class="btn quiet small" form="{NOTE_FORM}" formaction="{_url(write_url, row.pk)}">'
            f"{write}{_hidden(name)}</button>"
        )
        lines.append(_line(_url(client_url, row.client_id), name, row.scheduled_start, [colleague], button))
    return mark_safe("".join(lines))


def draft_rows(drafts: Iterable[tuple[SessionNote, str]], user: User) -> SafeString:
    """Return the lines of drafts, each with its age: one click goes on writing."""
    note_url, finish = url_around_id("sessions:note"), escape(_("Finish"))
    lines = []
    for note, age in drafts:
        name, url = f"<bdi>{escape(note.client.full_name)}</bdi>", _url(note_url, note.pk)
        colleague = "" if note.author_id == user.pk else note.author.display_name
        link = f'<a class="btn quiet small" href="{url}">{finish}{_hidden(name)}</a>'
        lines.append(_line(url, name, note.session_date, [colleague, age], link))
    return mark_safe("".join(lines))


def _line(url: str, name: str, at: datetime, more: Iterable[str], action: str) -> str:
    at = timezone.localtime(at)
    words = escape(format_cached(at, "BRIEF_WEEKDAY_TIME_FORMAT"))
    about = "".join(f" · <bdi>{escape(part)}</bdi>" for part in more if part)
    return (
        f'<li class="row"><div><a href="{url}"><b>{name}</b></a>'
        f'<small><time datetime="{at.isoformat()}">{words}</time>{about}</small></div>{action}</li>'
    )


def _url(around: tuple[str, str], pk: object) -> str:
    return f"{around[0]}{pk}{around[1]}"


def _hidden(words: str) -> str:
    """Words for those who hear the page: which row a button belongs to."""
    return f'<span class="vh"> {words}</span>'
