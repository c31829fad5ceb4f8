"""What an event says to people: "viewed 25 clients: first name, last name". The subject stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext_lazy

from audit.models import AuditEvent
from pazpaz.accounts.models import User, Workspace
from pazpaz.events import object_type

NOBODY: Mapping[UUID, str] = {}
# In the order of the filter. A test finds every action the code records here.
ACTIONS: dict[str, Any] = {
    "signin.succeeded": gettext_lazy("signed in"),
    "signin.failed": gettext_lazy("failed to sign in"),
    "signin.refused": gettext_lazy("was refused at sign-in"),
    "signin.code_sent": gettext_lazy("was sent a sign-in code"),
    "signin.code_not_sent": gettext_lazy("asked for a sign-in code, which the mail server did not take"),
    "signin_link.created": gettext_lazy("was given a sign-in link"),
    "signout": gettext_lazy("signed out"),
    "session.ended": ngettext_lazy("ended a session", "ended %(count)d sessions", "count"),
    "session.expired": gettext_lazy("was signed out after a time limit"),
    "reauthentication.failed": gettext_lazy("failed to prove who they are"),
    "factor.added": gettext_lazy("added a way to prove who they are"),
    "factor.removed": gettext_lazy("removed a way to prove who they are"),
    "recovery_codes.made": gettext_lazy("made recovery codes"),
    "form.parked": gettext_lazy("left a form unsent, which was kept"),
    "form.resumed": gettext_lazy("sent a form that was kept"),
    "form.discarded": gettext_lazy("discarded a form that was kept"),
    "unsent_form.viewed": ngettext_lazy(
        "viewed a form that was kept", "viewed %(count)d forms that were kept", "count"
    ),
    "access.refused": gettext_lazy("was refused a page"),
    "request.failed": gettext_lazy("met an error, nothing was changed"),
    "client.viewed": ngettext_lazy("viewed a client", "viewed %(count)d clients", "count"),
    "client.searched": gettext_lazy("searched the clients"),
    "client_directory.viewed": gettext_lazy("read the names of all clients"),
    "client.created": gettext_lazy("added a client"),
    "client.updated": gettext_lazy("changed a client"),
    "client.alerts_moved": ngettext_lazy(
        "moved the alerts of a client out of the tags",
        "moved the alerts of %(count)d clients out of the tags",
        "count",
    ),
    "client.archived": gettext_lazy("archived a client"),
    "client.restored": gettext_lazy("restored a client"),
    "consent.viewed": ngettext_lazy("viewed a consent", "viewed %(count)d consents", "count"),
    "consent.recorded": gettext_lazy("recorded a consent"),
    "consent.withdrawn": gettext_lazy("recorded that a consent was withdrawn"),
    "appointment.viewed": ngettext_lazy("viewed an appointment", "viewed %(count)d appointments", "count"),
    "appointment.booked": gettext_lazy("booked an appointment"),
    "appointment.updated": gettext_lazy("changed an appointment"),
    "appointment.moved": gettext_lazy("moved an appointment"),
    "appointment.completed": gettext_lazy("completed an appointment"),
    "appointment.cancelled": gettext_lazy("cancelled an appointment"),
    "appointment.no_show": gettext_lazy("marked an appointment as a no-show"),
    "appointment.reopened": gettext_lazy("scheduled an appointment again"),
    "appointment.undone": gettext_lazy("took back what was done to an appointment"),
    "appointment.unbooked": gettext_lazy("took a booking back"),
    "session_note.viewed": ngettext_lazy("viewed a session note", "viewed %(count)d session notes", "count"),
    "session_note.created": gettext_lazy("began a session note"),
    "session_note.saved": gettext_lazy("saved a draft of a session note"),
    "session_note.signed": gettext_lazy("signed a session note"),
    "session_note.signed_on_behalf": gettext_lazy("signed a session note on behalf of %(person)s"),
    "session_note.amended": gettext_lazy("amended a session note"),
    "session_note.deleted": gettext_lazy("deleted a session note"),
    "session_note.restored": gettext_lazy("restored a session note"),
    "note_version.viewed": ngettext_lazy(
        "viewed a version of a note", "viewed %(count)d versions of notes", "count"
    ),
    "attachment.viewed": ngettext_lazy("viewed a file", "viewed %(count)d files", "count"),
    "service.created": gettext_lazy("added a service"),
    "service.updated": gettext_lazy("changed a service"),
    "service.deactivated": gettext_lazy("deactivated a service"),
    "service.reactivated": gettext_lazy("reactivated a service"),
    "location.viewed": ngettext_lazy("viewed a location", "viewed %(count)d locations", "count"),
    "location.created": gettext_lazy("added a location"),
    "location.updated": gettext_lazy("changed a location"),
    "location.deactivated": gettext_lazy("deactivated a location"),
    "location.reactivated": gettext_lazy("reactivated a location"),
    "user.invited": gettext_lazy("invited somebody to the team"),
    "invitation.not_sent": gettext_lazy("invited somebody, but the mail server did not take the e-mail"),
    "invitation.withdrawn": gettext_lazy("withdrew an invitation"),
    "user.created": gettext_lazy("added a member of the team"),
    "user.renamed": gettext_lazy("changed their name"),
    "user.language_chosen": gettext_lazy("chose a language"),
    "user.role_changed": gettext_lazy("changed the role of a member"),
    "user.deactivated": gettext_lazy("deactivated a member"),
    "user.reactivated": gettext_lazy("reactivated a member"),
    "workspace.created": gettext_lazy("created the practice"),
    "workspace.changed": gettext_lazy("changed the settings of the practice"),
    "workspace.clock_times_kept": ngettext_lazy(
        "changed the time zone, keeping the clock time of %(count)d appointment",
        "changed the time zone, keeping the clock times of %(count)d appointments",
        "count",
    ),
    "workspace.moments_kept": ngettext_lazy(
        "changed the time zone, which changed the clock time of %(count)d appointment",
        "changed the time zone, which changed the clock times of %(count)d appointments",
        "count",
    ),
    "workspace.suspended": gettext_lazy("suspended the practice"),
    "workspace.reactivated": gettext_lazy("reactivated the practice"),
    "workspace.inspected": gettext_lazy("looked at the records of the practice, without client data"),
    "key.created": gettext_lazy("made an encryption key"),
    "encryption.verified": gettext_lazy("verified the encryption"),
    "trail.viewed": gettext_lazy("looked at the activity"),
    "trail.exported": gettext_lazy("exported the activity"),
    "demo.seeded": gettext_lazy("filled the practice with invented data"),
}

# The kinds of object one can ask about. Most are named as in the trail; the others gather several.
KINDS: dict[str, Promise] = {
    "client": gettext_lazy("Clients"),
    "consent": gettext_lazy("Consents"),
    "appointment": gettext_lazy("Appointments"),
    "session_note": gettext_lazy("Session notes"),
    "note_version": gettext_lazy("Versions of notes"),
    "attachment": gettext_lazy("Files"),
    "service": gettext_lazy("Services"),
    "location": gettext_lazy("Locations"),
    "user": gettext_lazy("Team"),
    "signin": gettext_lazy("Sign-in and sessions"),
    "form": gettext_lazy("Unsent forms"),
    "access": gettext_lazy("Refusals and errors"),
    "workspace": gettext_lazy("Practice"),
    "trail": gettext_lazy("Activity"),
}
# By what their actions begin with, whatever they were done to: signing in is done to a member of the team.
_GATHERED = {
    "signin": {
        "signin",
        "signin_link",
        "signout",
        "session",
        "reauthentication",
        "factor",
        "recovery_codes",
    },
    "form": {"form", "unsent_form"},
    "access": {"access", "request"},
    "client": {"client", "client_directory"},
    "user": {"user", "invitation"},
    "workspace": {"workspace", "key", "encryption", "demo"},
}
_KIND_OF = {prefix: kind for kind, prefixes in _GATHERED.items() for prefix in prefixes}

# Fields that no form asks for, so that their models do not name them.
FIELDS: dict[str, Promise] = {
    "file_name": gettext_lazy("file name"),
    "page": gettext_lazy("what was typed"),
    "path": gettext_lazy("what was typed"),
    "people": gettext_lazy("names"),
    "sources": gettext_lazy("names"),
    "words": gettext_lazy("names"),
    "deleted_at": gettext_lazy("deletion"),
    "is_active": gettext_lazy("active"),
}

# Who acts when no person does.
COMMANDS: dict[str, Promise] = {
    "create_workspace": gettext_lazy("The operator"),
    "invitation": gettext_lazy("An invitation"),
    "migrate": gettext_lazy("An update of PazPaz"),
    "seed_demo": gettext_lazy("The demo"),
    "signin_link": gettext_lazy("The operator"),
    "verify_encryption": gettext_lazy("The operator"),
}


def is_look(action: str) -> bool:
    """Return whether an action only looked at something."""
    return action.endswith(".viewed") or action == "client.searched"


def is_of_kind(kind: str, action: str, object_type: str) -> bool:
    """Return whether a deed belongs to a kind of the filter."""
    return _KIND_OF.get(action.partition(".")[0], object_type) == kind


def sentence(event: AuditEvent, people: Mapping[UUID, str] = NOBODY) -> str:
    """Return what was done, without who did it and without any client data.

    `people` are the names of the practice's members, for what was done for one of them.
    """
    counted = event.metadata.get("count")
    text = sentence_of_many(event.action, len(event.object_ids) or counted or 1, _person(event, people))
    role = event.metadata.get("role")
    if role in User.Role:
        return f"{text} ({User.Role(role).label})"
    return text if counted is None or str(counted) in text else f"{text} ({counted})"


def sentence_of_many(action: str, count: int, person: str = "") -> str:
    """Return what an action says of a number of objects; its code when it has no sentence."""
    return _sentence_of_many(action, count, person, get_language())


# A page of the activity says some hundred sentences and names of fields, most of them many times.
@lru_cache(maxsize=4096)
def _sentence_of_many(action: str, count: int, person: str, language: str | None) -> str:
    # Lazy plurals choose their form by the number they are formatted with; others take no notice of it.
    return str(ACTIONS[action] % {"count": count, "person": person}) if action in ACTIONS else action


def fields(event: AuditEvent) -> str:
    """Return the names of the fields an event touched, as forms call them."""
    return _fields(event.object_type, tuple(event.fields), get_language())


@lru_cache(maxsize=4096)
def _fields(kind: str, names: tuple[str, ...], language: str | None) -> str:
    return ", ".join(dict.fromkeys(_field_name(kind, name) for name in names))


def action_choices() -> list[tuple[str, str]]:
    """Return every action with what it says, for a filter."""
    return [
        (action, capfirst(str(deed % {"count": 1, "person": gettext("a colleague")})))
        for action, deed in ACTIONS.items()
    ]


def _person(event: AuditEvent, people: Mapping[UUID, str]) -> str:
    author = event.metadata.get("author")
    known = author and next((name for pk, name in people.items() if str(pk) == author), "")
    return known or gettext("a colleague")


def _field_name(kind: str, name: str) -> str:
    """Return a field's name as people read it: a name of the code's would be a raw word in any language."""
    model = models_by_kind().get(kind)
    try:
        field = model._meta.get_field(name) if model is not None else None
    except FieldDoesNotExist:
        field = None
    verbose = getattr(field, "verbose_name", None)
    return str(verbose if isinstance(verbose, Promise) else FIELDS.get(name, gettext_lazy("other details")))


@cache
def models_by_kind() -> dict[str, type[models.Model]]:
    """Return the models of the trail's kinds of object; the trail itself knows only their names."""
    found: list[type[models.Model]] = [m for m in apps.get_models() if hasattr(m, "workspace")]
    return {object_type(Workspace): Workspace} | {object_type(model): model for model in found}
