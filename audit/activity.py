"""What is asked of the activity page: who, what, when. Codes, ids and days: no address names a client."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from audit.lookup import Question, newest
from audit.models import AuditEvent
from audit.sentences import action_choices, is_look, is_of_kind
from pazpaz.accounts.models import Workspace
from pazpaz.activity import kinds

COMMANDS = "commands"
# There is no trail before, and PostgreSQL and Python disagree about the ends of time.
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9000, 1, 1)


class PlainSelect(forms.Select):
    """A select of flat choices, without a template for each option: seventy actions would take 5 ms."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        attrs = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        context = {"attrs": flatatt(attrs), "choices": self.choices, "chosen": str(value or "")}
        return render_to_string("audit/_plain_select.html", context)


class ActivityFilter(forms.Form):
    """The filter, and which page of what it finds."""

    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False, widget=PlainSelect)
    kind = forms.ChoiceField(label=pgettext_lazy("activity", "About"), required=False, widget=PlainSelect)
    action = forms.ChoiceField(label=gettext_lazy("Action"), required=False, widget=PlainSelect)
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    looks = forms.BooleanField(required=False, widget=forms.HiddenInput)
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
        self.fields["kind"].choices = [everything, *((name, kind.label) for name, kind in kinds().items())]  # type: ignore[attr-defined]
        self.fields["action"].choices = [everything, *action_choices()]  # type: ignore[attr-defined]

    @property
    def is_used(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name not in {"before", "looks"})

    @property
    def shows_looks(self) -> bool:
        """Whether looks are asked for: by the switch, or because the action asked for is one."""
        asked = self.cleaned_data
        return asked["looks"] or bool(asked["action"] and is_look(asked["action"]))

    def events(self, limit: int) -> list[AuditEvent]:
        """Return the newest events that were asked for, newest first."""
        sequences = newest(self._question(), limit)
        place = {sequence: number for number, sequence in enumerate(sequences)}
        found = self.workspace.audit_events.filter(sequence__in=sequences)
        return sorted(found.defer("previous_hash", "hash", "key_id"), key=lambda event: place[event.sequence])

    def _question(self) -> Question:
        asked, person = self.cleaned_data, self.cleaned_data["person"]
        return Question(
            workspace=self.workspace.pk,
            wants=self._wants if asked["kind"] or asked["action"] or not self.shows_looks else None,
            person=UUID(person) if person and person != COMMANDS else None,
            commands=person == COMMANDS,
            about=asked["object_id"],
            since=_midnight(asked["since"]) if asked["since"] else None,
            until=_midnight(asked["until"] + timedelta(days=1))
            if asked["until"] and asked["until"] < LAST_DAY
            else None,
            before=asked["before"],
        )

    def _wants(self, action: str, object_type: str) -> bool:
        asked = self.cleaned_data
        if asked["kind"] and not is_of_kind(asked["kind"], action, object_type):
            return False
        if asked["action"]:
            return bool(action == asked["action"])
        return self.shows_looks or not is_look(action)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time.min))
