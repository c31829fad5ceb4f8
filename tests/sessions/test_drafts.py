"""Tabs saving one draft at the same time: every acknowledged word is in it, or shown as a conflict."""

from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from pazpaz.accounts.models import User
from sessions.drafts import save_draft
from sessions.models import NoteVersion, SessionNote
from sessions.sections import SECTIONS, mark_of
from tests.cast import inside
from tests.factories import SessionNoteFactory

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 25


def together(*deeds: Any) -> None:
    """Run deeds at the same time, each in a thread of its own."""
    barrier = Barrier(len(deeds))

    def run(deed: Any) -> None:
        barrier.wait()
        try:
            deed()
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_tabs_that_type_into_every_section_lose_nothing(dana: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace, **dict.fromkeys(SECTIONS, ""))

    class Tab:
        """Types words, one section at a time; a conflict is solved by putting both texts together."""

        def __init__(self, name: str) -> None:
            self.name = name
            self.chance = Random(name)
            self.texts = dict.fromkeys(SECTIONS, "")
            self.known = dict.fromkeys(SECTIONS, "")
            self.version = 1

        def type(self) -> None:
            for count in range(ROUNDS):
                section = self.chance.choice(SECTIONS)
                self.texts[section] += f" {self.name}{count}."
                while not self.save(section):
                    pass

        def save(self, section: str) -> bool:
            text = self.texts[section]
            with inside(dana):
                saved = save_draft(
                    SessionNote(pk=note.pk, workspace=dana.workspace),
                    {section: text},
                    version=self.version,
                    bases={section: {mark_of(self.known[section])}},
                )
                self.version = saved.version
                if not saved.conflicts:
                    self.known[section] = text
                    return True
                stored = getattr(SessionNote.objects.get(pk=note.pk), section)
            words = [word for word in text.split() if word not in stored.split()]
            self.known[section], self.texts[section] = stored, " ".join([stored, *words])
            return False

    tabs = [Tab("a"), Tab("b")]
    together(*(tab.type for tab in tabs))
    with inside(dana):
        words = " ".join(SessionNote.objects.get(pk=note.pk).sections().values()).split()
    expected = [f"{tab.name}{count}." for tab in tabs for count in range(ROUNDS)]
    assert sorted(words) == sorted(expected)


def test_two_signatures_at_once_leave_one_version(dana: User, noa: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    refused: list[Exception] = []

    def sign(by: User) -> None:
        with inside(dana):
            try:
                SessionNote.objects.get(pk=note.pk).sign(by, version=1, on_behalf=True)
            except SessionNote.NotADraft as error:
                refused.append(error)

    together(lambda: sign(dana), lambda: sign(noa))
    with inside(dana):
        assert NoteVersion.objects.filter(note=note).count() == 1
    assert len(refused) == 1


def test_two_amendments_at_once_one_is_told(dana: User, noa: User) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    with inside(dana):
        note.sign(dana, version=1)
    told: list[Exception] = []

    def amend(by: User) -> None:
        with inside(dana):
            found = SessionNote.objects.get(pk=note.pk)
            try:
                found.amend(by, found.sections() | {"plan": by.name}, "Because.", seen=0)
            except SessionNote.Stale as error:
                told.append(error)

    together(lambda: amend(dana), lambda: amend(noa))
    with inside(dana):
        assert NoteVersion.objects.filter(note=note).count() == 2
    assert len(told) == 1


@pytest.mark.parametrize("round_", range(5))
def test_a_save_and_a_signature_at_once_never_leave_an_unsigned_word(dana: User, round_: int) -> None:
    note = SessionNoteFactory(workspace=dana.workspace)
    outcome: dict[str, str] = {}

    def save() -> None:
        with inside(dana):
            try:
                save_draft(SessionNote.objects.get(pk=note.pk), {"plan": "Late."}, version=1, bases={})
                outcome["save"] = "stored"
            except SessionNote.NotADraft:
                outcome["save"] = "refused"

    def sign() -> None:
        with inside(dana):
            try:
                SessionNote.objects.get(pk=note.pk).sign(dana, version=1)
                outcome["sign"] = "signed"
            except SessionNote.Stale:
                outcome["sign"] = "stale"

    together(save, sign)
    assert outcome in ({"save": "stored", "sign": "stale"}, {"save": "refused", "sign": "signed"})
    with inside(dana):
        stored = SessionNote.objects.get(pk=note.pk)
        assert stored.is_draft == (stored.plan == "Late.")
