"""Notes as clinicians write them, through the form: what was typed is what comes back, byte for byte."""

import json

import pytest
from django.test import Client as Browser
from django.urls import reverse

from pazpaz.accounts.models import User
from sessions.demo.notes import SOURCE
from sessions.sections import SECTIONS
from tests.factories import SessionNoteFactory
from tests.page_forms import PageForm, forms_of


@pytest.mark.django_db
def test_every_published_note_is_found_again_as_it_was_typed(as_dana: Browser, dana: User) -> None:
    path = reverse("sessions:note", args=[SessionNoteFactory(workspace=dana.workspace).pk])
    form = editor(as_dana, path)
    published = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    assert len(published) == 87
    for number, note in enumerate(published):
        typed = {name: note[name] or "" for name in SECTIONS} | {SECTIONS[number % 4]: note["note"]}
        sent = {name: text.replace("\n", "\r\n") for name, text in typed.items()}  # as a browser does
        assert as_dana.post(form.action, form.data | sent).status_code == 302, note["id"]
        form = editor(as_dana, path)
        assert {name: form.data[name] for name in SECTIONS} == typed, note["id"]


def editor(browser: Browser, path: str) -> PageForm:
    """The form of the note as its page holds it. The first line break in a textarea is none of its text."""
    [form] = [form for form in forms_of(path, browser.get(path).text) if set(SECTIONS) <= form.typed.keys()]
    form.data |= {name: form.data[name].removeprefix("\n") for name in SECTIONS}
    return form
