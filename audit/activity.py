"""The activity of a practice: what is asked for, and the lines that answer. No client data is in either."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from audit.models import AuditEvent
from audit.sentences import KINDS, action_choices, fields, models_by_kind, sentence
from pazpaz.accounts.models import Workspace

PAGE = 50
COMMANDS = "commands"
# Pages of the apps above this one, by name: nothing of theirs is imported.
PAGES = {
    "client": ("sessions:client", gettext_lazy("Client")),
    "appointment": ("scheduling:appointment", gettext_lazy("Appointment")),
    "session_note": ("sessions:note", gettext_lazy("Session note")),
}


class ActivityFilter(forms.Form):
    """Who, what, when: codes, ids and days, so that an address says nothing about a client."""

    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    kind = forms.ChoiceField(label=pgettext_lazy("activity", "About"), required=False)
    action = forms.ChoiceField(label=gettext_lazy("Action"), required=False)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    object_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: object, workspace: Workspace, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.workspace = workspace
        self.people = {user.pk: user.display_name for user in workspace.users.order_by("name", "email")}
        everybody = [(str(pk), name) for pk, name in self.people.items()]
        everything = ("", _("All"))
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            *everybody,
            (COMMANDS, _("Maintenance commands")),
        ]
        self.fields["kind"].choices = [everything, *KINDS.items()]  # type: ignore[attr-defined]
        self.fields["action"].choices = [everything, *action_choices()]  # type: ignore[attr-defined]

    @property
    def is_used(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "before")

    def events(self) -> QuerySet[AuditEvent]:
        """Return what was asked for, newest first."""
        events = self.workspace.audit_events.order_by("-sequence")
        asked = self.cleaned_data
        if asked["person"] == COMMANDS:
            events = events.filter(actor_kind=AuditEvent.ActorKind.COMMAND)
        elif asked["person"]:
            events = events.filter(actor_id=asked["person"])
        if asked["kind"]:
            events = events.filter(object_type=asked["kind"])
        if asked["action"]:
            events = events.filter(action=asked["action"])
        if asked["object_id"]:
            events = events.filter(
                Q(object_id=asked["object_id"]) | Q(object_ids__contains=[asked["object_id"]])
            )
        if asked["since"]:
            events = events.filter(at__date__gte=asked["since"])
        if asked["until"]:
            events = events.filter(at__date__lte=asked["until"])
        if asked["before"]:
            events = events.filter(sequence__lt=asked["before"])
        return events.defer("previous_hash", "hash", "key_id")


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page and the file show it."""

    event: AuditEvent
    at: str
    who: str
    what: str
    fields: str
    link: str
    link_text: str


def lines(events: list[AuditEvent], people: dict[UUID, str]) -> list[Line]:
    """Return the lines of events. Objects that are still there become links, without their names."""
    there = _existing(events)
    return [
        Line(
            event=event,
            at=date_format(timezone.localtime(event.at), "SHORT_DATETIME_FORMAT"),
            who=who(event, people),
            what=sentence(event, people),
            fields=fields(event),
            link=_url(event) if _place(event) in there else "",
            link_text=str(PAGES[event.object_type][1]) if _place(event) in there else "",
        )
        for event in events
    ]


def who(event: AuditEvent, people: dict[UUID, str]) -> str:
    """Return the name of who acted."""
    if event.actor_kind == AuditEvent.ActorKind.COMMAND:
        return _("Command %(command)s") % {"command": event.command}
    name = people.get(event.actor_id) if event.actor_id else None
    return name or _("Somebody outside the team")


def _place(event: AuditEvent) -> tuple[str, UUID | None]:
    return event.object_type, event.object_id


def _existing(events: list[AuditEvent]) -> set[tuple[str, UUID | None]]:
    """Return which of the objects that have a page still exist, found in one query."""
    places = {_place(event) for event in events if event.object_type in PAGES and event.object_id}
    found = [
        models_by_kind()[kind]
        ._base_manager.filter(
            workspace=events[0].workspace_id, pk__in=[row for of, row in places if of == kind]
        )
        .values_list("pk", flat=True)
        for kind in sorted({kind for kind, _row in places})
    ]
    there = set(found[0].union(*found[1:])) if found else set()
    return {(kind, row) for kind, row in places if row in there}


def _url(event: AuditEvent) -> str:
    try:
        return reverse(PAGES[event.object_type][0], args=[event.object_id])
    except NoReverseMatch:
        return ""
