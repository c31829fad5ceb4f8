"""The rows of the activity page, written in Python and escaped here: a loop of template tags costs 15 ms."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from audit.lines import Day, Line
from audit.models import AuditEvent
from pazpaz.web.dates import format_cached


class Table:
    """The rows of some days. `looks` is what is asked for, and so are the histories that rows link to."""

    def __init__(self, days: list[Day], *, looks: bool, about: UUID | None) -> None:
        self.days = days
        self.about = about
        self.history_url = f"{reverse('audit:activity')}?{'looks=on&amp;' if looks else ''}object_id="
        self.history = escape(_("History"))

    def html(self) -> SafeString:
        return mark_safe("".join(self._bodies()))

    def _bodies(self) -> Iterator[str]:
        for day in self.days:
            heading = escape(format_cached(day.day, "WEEKDAY_DATE_FORMAT"))
            yield f'<tbody><tr class="day-heading"><th colspan="5" scope="rowgroup">{heading}</th></tr>'
            for line in day.lines:
                yield self._row(line)
            yield "</tbody>"

    def _row(self, line: Line) -> str:
        event = line.event
        look = ' class="look"' if line.is_look else ""
        addresses = ", ".join(f"<bdi>{escape(address)}</bdi>" for address in line.addresses)
        return (
            f'<tr{look}><td><time datetime="{event.at.isoformat()}">{line.first.at:%H:%M}</time></td>'
            f"<td><bdi>{escape(line.first.who)}</bdi></td>"
            f"<td>{self._folded(line) if line.is_folded else self._single(line)}</td>"
            f"<td>{self._clients(line)}</td><td>{addresses}</td></tr>"
        )

    def _single(self, line: Line) -> str:
        event = line.event
        text = escape(line.what)
        if line.url:
            text = f'<a href="{line.url}">{text}</a>'
        if line.first.fields:
            text += f'<span class="muted">: {escape(line.first.fields)}</span>'
        if event.outcome != AuditEvent.Outcome.OK:
            kind = "danger" if event.outcome == AuditEvent.Outcome.REFUSED else "warn"
            text += f' <span class="pill {kind}">{escape(event.get_outcome_display())}</span>'
        return text

    def _folded(self, line: Line) -> str:
        items = "".join(
            f"<li><time>{entry.at:%H:%M:%S}</time> {escape(entry.what)}"
            f"{': ' + escape(entry.fields) if entry.fields else ''}</li>"
            for entry in line.entries
        )
        return f"<details><summary>{escape(line.what)}</summary><ul>{items}</ul></details>"

    def _clients(self, line: Line) -> str:
        html = ", ".join(
            f'<a href="{subject.url}"><bdi>{escape(subject.initials)}</bdi></a>' for subject in line.subjects
        )
        if line.more_subjects:
            html += f" +{line.more_subjects}"
        if line.history and line.history != self.about:
            hidden = f'<span class="vh">: {escape(line.what)}, {line.first.at:%H:%M}</span>'
            html += f' <a class="muted" href="{self.history_url}{line.history}">{self.history}{hidden}</a>'
        return html
