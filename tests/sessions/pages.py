"""How a browser fills in the editor: with what the page gave it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from sessions.models import SessionNote
from sessions.sections import SECTIONS
from tests.cast import inside

HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[^"]+)"(?: value="(?P<value>[^"]*)")?')


def hidden_inputs(response: Any) -> dict[str, str]:
    found = {match["name"]: unescape(match["value"] or "") for match in HIDDEN.finditer(response.text)}
    found.pop("csrfmiddlewaretoken", None)
    return found


def open_editor(browser: Browser, note: SessionNote) -> dict[str, str]:
    """Open the editor of a draft in a new tab: everything its form would send."""
    response = browser.get(reverse("sessions:note", args=[note.pk]))
    assert response.status_code == 200
    form = response.context["form"]
    return hidden_inputs(response) | {name: form[name].value() for name in SECTIONS}


def autosave(browser: Browser, note: SessionNote, tab: dict[str, str], **texts: str) -> Any:
    """Save sections as the editor does, and take in the answer as it does."""
    bases = {f"base_{name}": tab[f"base_{name}"] for name in texts}
    extra = {name: text for name, text in tab.items() if name.startswith("sent_")}
    response = browser.post(
        reverse("sessions:note-save", args=[note.pk]),
        {"version": tab["version"], **bases, **extra, **texts},
        headers={"accept": "application/json"},
    )
    if "version" in (answer := response.json()):
        tab["version"] = str(answer["version"])
        tab |= {f"base_{name}": mark for name, mark in answer["marks"].items()}
    return response


def stored(user: User, note: SessionNote) -> SessionNote:
    """The note as it is now, with its sections opened."""
    with inside(user):
        found = SessionNote.objects.get(pk=note.pk)
        found.sections()
        return found
