"""kill -9 in the middle of the work: everything that was acknowledged is there afterwards."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest

from tests.operations.server import Site, Visitor
from tests.page_forms import forms_of

WRITERS, BOOKERS = 3, 2
AT_LEAST = 10  # of each kind, before anything is killed
OWNER = "dana@example.org"

WHAT_IS_THERE = """
    import json
    from pazpaz.accounts.models import User
    from pazpaz.scope import workspace_scope

    owner = User.objects.get()
    with workspace_scope(owner.workspace, owner):
        print(json.dumps({
            "owner": str(owner.pk),
            "notes": {str(note.pk): note.subjective for note in owner.workspace.session_notes.all()},
            "bookings": [appointment.notes for appointment in owner.workspace.appointments.all()],
        }))
"""

WHAT_IS_KEPT = """
    import json
    from pazpaz.accounts.models import User
    from pazpaz.scope import workspace_scope

    owner = User.objects.get()
    with workspace_scope(owner.workspace, owner):
        forms = owner.workspace.unsent_forms.all()
        print(json.dumps([{"user": str(form.user_id), "fields": form.fields} for form in forms]))
"""


@dataclass
class Load:
    """People at work until the server is gone, and what they were told was saved."""

    practice: Practice
    day: int
    saved: dict[str, int] = field(default_factory=dict)
    booked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    end_is_near: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Load:
        jobs = [partial(self._write, note=note) for note in self.practice.notes]
        jobs += [partial(self._book, month=month) for month in range(1, 1 + BOOKERS)]
        self.threads = [threading.Thread(target=self._work, args=(job,), daemon=True) for job in jobs]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join(timeout=30)
        assert not any(thread.is_alive() for thread in self.threads)

    def wait_until_busy(self) -> None:
        deadline = time.monotonic() + 60
        time.sleep(2)
        while min(sum(self.saved.values()), len(self.booked)) < AT_LEAST:
            assert not self.refused, self.refused
            assert time.monotonic() < deadline, f"too slow: {self.saved}, {len(self.booked)} booked"
            time.sleep(0.05)

    def _work(self, job: Callable[[Visitor], None]) -> None:
        visitor = self.practice.visitor()
        with suppress(http.client.HTTPException, OSError):
            job(visitor)
        visitor.close()

    def _write(self, visitor: Visitor, note: str) -> None:
        """Save one note again and again, as the editor does while somebody types."""
        version, number = json.loads(visitor.get(f"{note}state/").text)["version"], 0
        while not self.is_over.is_set():
            number += 1
            data = {"version": version, "subjective": written(self.day, number)}
            answer = visitor.post(f"{note}save/", data, accept="application/json")
            if answer.status != 200:
                self._refused(f"saving: {answer}")
                return
            version = json.loads(answer.text)["version"]
            self.saved[note] = number

    def _book(self, visitor: Visitor, month: int) -> None:
        """Book one free slot after the other."""
        start = datetime(2030 + self.day, month, 1, tzinfo=UTC)
        while not self.is_over.is_set():
            name = f"{start:%Y-%m-%d %H:%M}"
            data = {
                "client": self.practice.client,
                "therapist": self.practice.owner,
                "day": f"{start:%Y-%m-%d}",
                "start": f"{start:%H:%M}",
                "duration": 10,
                "notes": name,
            }
            answer = visitor.post("/appointments/new/", data)
            if answer.status != 302:
                self._refused(f"booking: {answer}")
                return
            self.booked.append(name)
            start += timedelta(minutes=10)

    def _refused(self, what: str) -> None:
        if not self.end_is_near.is_set():
            self.refused.append(what)


def written(day: int, number: int) -> str:
    return f"Day {day}, save {number}. " + "The left shoulder is stiff in the morning. " * 20


def number_of(text: str, day: int) -> int:
    head = text.partition(".")[0]
    return int(head.rpartition(" ")[2]) if head.startswith(f"Day {day},") else 0


@dataclass
class Practice:
    """A practice with a client for each writer, and a draft of each."""

    site: Site
    cookies: dict[str, str]
    owner: str
    client: str
    notes: list[str]

    @classmethod
    def found(cls, site: Site) -> Practice:
        visitor = Visitor(site.port)
        assert visitor.post(urlsplit(site.run("signin_link", OWNER).strip()).path).status == 302
        clients = [create_client(visitor, number) for number in range(WRITERS)]
        notes = [visitor.post(f"{client}notes/new/").location for client in clients]
        visitor.close()
        owner = site.ask(WHAT_IS_THERE)["owner"]
        return cls(site, visitor.cookies, owner, clients[0].strip("/").rpartition("/")[2], notes)

    def visitor(self) -> Visitor:
        return Visitor(self.site.port, self.cookies)


def create_client(visitor: Visitor, number: int) -> str:
    answer = visitor.post("/clients/new/", {"first_name": "Yonatan", "last_name": f"Levi {number}"})
    assert answer.status == 302, answer
    return answer.location


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with TemporaryDirectory(prefix="pazpaz-") as folder:
        os.chmod(folder, 0o711)
        site = Site(Path(folder))
        try:
            site.run("migrate", "--verbosity=0")
            site.run("create_workspace", "Practice of Dana Levi", "--owner", OWNER)
            yield site
        finally:
            site.close()


@pytest.fixture(scope="module")
def practice(site: Site) -> Practice:
    site.start()
    return Practice.found(site)


@pytest.mark.parametrize("day", [1, 2], ids=["the server", "the server and PostgreSQL"])
def test_nothing_acknowledged_is_lost(practice: Practice, day: int) -> None:
    site = practice.site
    with Load(practice, day) as load:
        load.wait_until_busy()
        load.end_is_near.set()
        if day == 2:
            site.kill_postgres()
        site.kill()

    site.start()
    there = site.ask(WHAT_IS_THERE)
    visitor = practice.visitor()
    for note, number in load.saved.items():
        text = there["notes"][note.strip("/").rpartition("/")[2]]
        # The next save may have been stored without having been acknowledged.
        assert number_of(text, day) in (number, number + 1)
        assert text[:30] in visitor.get(note).text
    visitor.close()
    assert len(set(there["bookings"])) == len(there["bookings"])
    assert set(load.booked) <= set(there["bookings"])
    site.run("verify_encryption")
    site.run("verify_audit")


def test_pages_of_before_a_restart_bring_their_text_to_their_author(practice: Practice) -> None:
    site, path = practice.site, "/clients/new/"
    visitor = practice.visitor()
    pages = [next(forms_of(path, visitor.get(path).text)) for _tab in range(2)]
    visitor.close()
    site.kill()
    site.start()

    visitor = practice.visitor()
    saved, late = ({**page.data, "first_name": "Mirjam"} for page in pages)
    client = visitor.post(path, {**saved, "last_name": "Saved"}).location
    assert "Saved" in visitor.get(client).text
    assert visitor.post("/accounts/logout/").status == 302
    answer = visitor.post(path, {**late, "last_name": "Late"})
    visitor.close()
    assert answer.location.startswith("/accounts/login/?next=%2Fsettings%2Funsent%2F")
    kept = site.ask(WHAT_IS_KEPT)
    assert [(form["user"], dict(form["fields"])["last_name"]) for form in kept] == [(practice.owner, "Late")]
