"""Verifying from a checkpoint on: the daily run, and what it cannot see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError

from pazpaz.accounts.models import User
from tests.audit.test_verification import LAST, checkpoint, reorder, run
from tests.audit.test_verification import attacker as attacker
from tests.audit.trail import put_back, unguarded, write_events
from tests.conftest import Connection

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
ADDED = 4


@pytest.fixture
def since(attacker: Connection, dana: User, tmp_path: Path) -> Path:
    """A checkpoint after event 8 of a trail that ends with event 12."""
    path = checkpoint(tmp_path)
    write_events(dana, ADDED)
    return path


def test_it_verifies_what_came_after_and_says_what_it_did_not(since: Path) -> None:
    code, out, err = run("--since", str(since))
    assert (code, err) == (0, "")
    assert out == (
        f"1 trails, {ADDED + 1} events verified, 0 damaged.\n"
        f"NOT verified: {LAST - 1} events before the checkpoints of 1 trails. Verified whole: 0 trails.\n"
    )
    report = json.loads(run("--since", str(since), "--json")[1])
    assert (report["events"], report["unverified"]) == (ADDED + 1, LAST - 1)


def test_a_day_begins_where_the_one_before_ended(since: Path, dana: User, tmp_path: Path) -> None:
    code, heads, err = run("--since", str(since), "--head")
    assert (code, json.loads(heads)["sequence"]) == (0, LAST + ADDED)
    assert err.startswith("NOT verified: 7 events")
    # A file to which each day adds a line: the newest one counts, and the others must fit too.
    since.write_text(since.read_text() + heads)
    write_events(dana, 2)
    assert run("--since", str(since))[1].startswith("1 trails, 3 events verified, 0 damaged.")


def test_a_trail_that_is_not_in_the_file_is_verified_whole(since: Path, omer: User) -> None:
    out = run("--since", str(since))[1]
    assert f"2 trails, {ADDED + 1 + 3} events verified" in out
    assert "Verified whole: 1 trails." in out


DAMAGES: dict[str, tuple[Callable[[Connection], object], str]] = {
    "changed": (
        lambda db: db.execute("UPDATE audit_auditevent SET action = 'x' WHERE sequence = 10"),
        "event 10",
    ),
    "the event of the checkpoint changed": (
        lambda db: db.execute("UPDATE audit_auditevent SET action = 'x' WHERE sequence = 8"),
        "event 8",
    ),
    "missing": (
        lambda db: db.execute("DELETE FROM audit_auditevent WHERE sequence = 11"),
        "event 11 missing",
    ),
    "truncated": (
        lambda db: db.execute("DELETE FROM audit_auditevent WHERE sequence > 9"),
        "event 10 truncated",
    ),
    "reordered": (lambda db: reorder(db, {9: 10, 10: 9}), "event 9"),
    "no head": (lambda db: db.execute("DELETE FROM audit_audithead"), "the head missing"),
}


def test_damage_after_the_checkpoint_is_named_as_ever(since: Path, attacker: Connection) -> None:
    for deed, (do, said) in DAMAGES.items():
        with put_back(attacker) as database:
            do(database)
            code, _out, err = run("--since", str(since))
            assert (code, said in err) == (1, True), (deed, err)


MISFITS: dict[str, tuple[str, str]] = {
    "rewritten": (
        "UPDATE audit_auditevent SET hash = sha256(hash) WHERE sequence = 8",
        "event 8",
    ),
    "gone": ("DELETE FROM audit_auditevent WHERE sequence = 8", "the event of the checkpoint is gone"),
    "cut off": ("DELETE FROM audit_auditevent WHERE sequence > 5", "event 6 truncated: the checkpoint knows"),
    "nothing left": ("DELETE FROM audit_auditevent", "event 1 truncated: the checkpoint knows"),
}


def test_a_checkpoint_that_does_not_fit_the_trail_is_damage(since: Path, attacker: Connection) -> None:
    for what, (deed, said) in MISFITS.items():
        with put_back(attacker) as database:
            database.execute(deed)
            code, out, err = run("--since", str(since))
            assert (code, said in err, "1 damaged" in out) == (1, True, True), (what, err)


def test_a_checkpoint_of_elsewhere_is_refused(since: Path, tmp_path: Path) -> None:
    since.write_text(since.read_text().replace(f'"sequence": {LAST}', '"sequence": 3'))
    with pytest.raises(CommandError, match="not a checkpoint of this installation"):
        run("--since", str(since))
    with pytest.raises(CommandError, match="cannot be read"):
        run("--since", str(tmp_path / "nowhere"))


def test_what_was_before_it_does_not_see_and_a_whole_run_does(since: Path, attacker: Connection) -> None:
    with unguarded(attacker) as database:
        database.execute("UPDATE audit_auditevent SET action = 'x' WHERE sequence = 5")
    assert run("--since", str(since))[0] == 0
    assert run()[0] == 1


def test_older_checkpoints_are_compared_too(since: Path, attacker: Connection, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.write_text(run("--head")[1])
    with unguarded(attacker) as database:
        database.execute("UPDATE audit_auditevent SET hash = sha256(hash) WHERE sequence = 8")
    code, _out, err = run("--since", str(newer), "--anchor", str(since))
    assert (code, "event 8" in err, "the trail was rewritten" in err) == (1, True, True)
