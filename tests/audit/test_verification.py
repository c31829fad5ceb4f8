"""Somebody with the database and without the master key tampers with a trail; verification names the deed."""

import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from audit.chain import TrailBroken
from audit.verification import Checkpoint, trails, verify
from pazpaz.accounts.models import User
from pazpaz.scope import record
from tests.audit.trail import damage, put_back, unguarded, where, workspace_id, write_events
from tests.cast import events, inside
from tests.conftest import Connection

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

# A workspace is founded with three events; these are added.
ADDED = 5
LAST = 3 + ADDED


@pytest.fixture
def attacker(superuser: Connection, dana: User) -> Connection:
    """A superuser in the database of a practice with a trail of eight events."""
    write_events(dana, ADDED)
    assert [event.sequence for event in events(dana)] == list(range(1, LAST + 1))
    return superuser


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_an_untouched_trail_is_clean(attacker: Connection, dana: User) -> None:
    assert damage(dana) is None
    assert verify(workspace_id(dana)).events == LAST
    assert run() == (0, "1 trails, 8 events verified, 0 damaged.\n", "")


CHANGES: dict[str, Any] = {
    "id": "11111111-2222-4333-8444-555555555555",
    "at": "2020-01-01T00:00:00Z",
    "actor_kind": "user",
    "actor_id": "11111111-2222-4333-8444-555555555555",
    "command": "somebody else",
    "session_ref": "x",
    "request_id": "11111111-2222-4333-8444-555555555555",
    "ip": "10.0.0.1",
    "action": "client.created",
    "object_type": "appointment",
    "object_id": "11111111-2222-4333-8444-555555555555",
    "object_ids": "{11111111-2222-4333-8444-555555555555}",
    "outcome": "refused",
    "fields": "{notes}",
    "metadata": '{"count": 0}',
    "key_id": "000000000000",
    "previous_hash": b"\x00" * 32,
    "hash": b"\x00" * 32,
}


def test_a_changed_column_is_named(attacker: Connection, dana: User) -> None:
    for column, value in CHANGES.items():
        with put_back(attacker) as database:
            database.execute(f"UPDATE audit_auditevent SET {column} = %s WHERE sequence = 5", [value])
            assert where(damage(dana)) == ("changed", 5), column
    assert damage(dana) is None


def test_every_column_is_covered(attacker: Connection) -> None:
    columns = attacker.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_auditevent'::regclass AND attnum > 0"
    ).fetchall()
    assert {name for (name,) in columns} == {*CHANGES, "sequence", "workspace_id"}


def test_an_event_moved_to_another_place_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        database.execute("UPDATE audit_auditevent SET sequence = 99 WHERE sequence = 5")
    found = damage(dana)
    assert where(found) == ("reordered", 5)
    assert "stands at 99" in str(found)


def test_an_event_moved_to_another_workspace_is_missing_here_and_inserted_there(
    attacker: Connection, dana: User, omer: User
) -> None:
    with unguarded(attacker) as database:
        database.execute(
            "UPDATE audit_auditevent SET workspace_id = %s WHERE sequence = 5 AND workspace_id = %s",
            [workspace_id(omer), workspace_id(dana)],
        )
    assert where(damage(dana)) == ("missing", 5)
    assert where(damage(omer)) == ("inserted", 5)


DELETIONS = {
    "sequence = 1": ("missing", 1),
    "sequence <= 3": ("missing", 1),
    "sequence = 5": ("missing", 5),
    "sequence BETWEEN 4 AND 6": ("missing", 4),
    "sequence = 8": ("truncated", 8),
    "sequence > 4": ("truncated", 5),
    "true": ("truncated", 1),
}


def test_deleted_events_are_named(attacker: Connection, dana: User) -> None:
    for condition, expected in DELETIONS.items():
        with put_back(attacker) as database:
            database.execute(f"DELETE FROM audit_auditevent WHERE {condition}")
            assert where(damage(dana)) == expected, condition


def test_a_truncated_table_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        database.execute("TRUNCATE audit_auditevent")
    assert where(damage(dana)) == ("truncated", 1)


def reorder(database: Connection, places: dict[int, int]) -> None:
    for old, new in places.items():
        database.execute("UPDATE audit_auditevent SET sequence = %s WHERE sequence = %s", [new + 1000, old])
    database.execute("UPDATE audit_auditevent SET sequence = sequence - 1000 WHERE sequence > 1000")


ORDERS: dict[str, tuple[dict[int, int], int]] = {
    "two apart": ({4: 6, 6: 4}, 4),
    "the first two": ({1: 2, 2: 1}, 1),
    "the last two": ({7: 8, 8: 7}, 7),
    "three in a ring": ({4: 5, 5: 6, 6: 4}, 4),
    "all backwards": ({n: 9 - n for n in range(1, 9)}, 1),
}


def test_reordered_events_are_named(attacker: Connection, dana: User) -> None:
    for order, (places, first) in ORDERS.items():
        with put_back(attacker) as database:
            reorder(database, places)
            assert where(damage(dana)) == ("reordered", first), order


def test_events_closed_up_over_a_gap_are_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        database.execute("DELETE FROM audit_auditevent WHERE sequence = 5")
        reorder(database, {6: 5, 7: 6, 8: 7})
    found = damage(dana)
    assert where(found) == ("reordered", 5)
    assert "belongs at 6" in str(found)


def forge(database: Connection, like: int, sequence: int, **columns: object) -> None:
    """Insert a copy of an event under another id, with whatever an attacker would change."""
    names = [name for name in (*CHANGES, "workspace_id") if name not in {"id", *columns}]
    database.execute(
        f"INSERT INTO audit_auditevent (id, sequence, {', '.join([*columns, *names])}) "
        f"SELECT %s, %s, {''.join('%s, ' for _ in columns)}{', '.join(names)} "
        "FROM audit_auditevent WHERE sequence = %s",
        [uuid4(), sequence, *columns.values(), like],
    )


def test_an_event_put_in_between_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        reorder(database, {n: n + 1 for n in range(5, LAST + 1)})
        forge(database, like=4, sequence=5, hash=b"\x07" * 32)
    found = damage(dana)
    assert where(found) == ("inserted", 5)
    assert "the event that belongs here stands at 6" in str(found)


def test_an_event_put_at_the_end_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        forge(database, like=LAST, sequence=LAST + 1, hash=b"\x07" * 32)
    assert where(damage(dana)) == ("inserted", LAST + 1)


def test_an_event_repeated_in_the_place_of_another_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        database.execute("DELETE FROM audit_auditevent WHERE sequence = 6")
        forge(database, like=4, sequence=6)
    found = damage(dana)
    assert where(found) == ("inserted", 6)
    assert "the hash of another event" in str(found)


def test_a_deleted_head_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        database.execute("DELETE FROM audit_audithead")
    assert where(damage(dana)) == ("missing", None)


def test_a_changed_head_is_named(attacker: Connection, dana: User) -> None:
    for change in ("sequence = 3", "sequence = 99", "hash = '\\x00'", "seal = '\\x00'", "key_id = 'x'"):
        with put_back(attacker) as database:
            database.execute(f"UPDATE audit_audithead SET {change}")
            assert where(damage(dana)) == ("changed", None), change


def test_a_genuine_older_head_put_back_is_named(attacker: Connection, dana: User) -> None:
    with unguarded(attacker) as database:
        [old] = database.execute("SELECT sequence, hash, key_id, seal FROM audit_audithead").fetchall()
        write_events(dana, 2)
        database.execute("UPDATE audit_audithead SET sequence = %s, hash = %s, key_id = %s, seal = %s", old)
    found = damage(dana)
    assert where(found) == ("changed", None)
    assert f"put back to {LAST}" in str(found)


def test_the_end_of_one_workspace_is_not_the_end_of_another(
    attacker: Connection, dana: User, omer: User
) -> None:
    with unguarded(attacker) as database:
        database.execute(
            "UPDATE audit_audithead h "
            "SET sequence = o.sequence, hash = o.hash, key_id = o.key_id, seal = o.seal "
            "FROM audit_audithead o WHERE h.workspace_id = %s AND o.workspace_id = %s",
            [workspace_id(dana), workspace_id(omer)],
        )
    assert where(damage(dana)) == ("changed", None)
    assert damage(omer) is None


def test_nothing_is_written_after_a_head_that_was_tampered_with(attacker: Connection, dana: User) -> None:
    """Or the next honest event would vouch for a trail that was cut."""
    with unguarded(attacker) as database:
        database.execute("DELETE FROM audit_auditevent WHERE sequence > 4")
        database.execute(
            "UPDATE audit_audithead SET sequence = 4, "
            "hash = (SELECT hash FROM audit_auditevent WHERE sequence = 4)"
        )
        with (
            pytest.raises(TrailBroken, match="its head was altered. Run manage.py verify_audit"),
            inside(dana),
        ):
            record("client.searched")
        database.execute("DELETE FROM audit_audithead")
        with pytest.raises(TrailBroken, match="its head is missing"), inside(dana):
            record("client.searched")
        database.execute("DELETE FROM audit_auditevent")
        with pytest.raises(TrailBroken), inside(dana):
            record("client.searched")
    assert where(damage(dana)) == ("missing", None)


def checkpoint(folder: Path) -> Path:
    code, out, err = run("--head")
    assert (code, err) == (0, "")
    path = folder / "heads.jsonl"
    path.write_text(out)
    return path


def test_a_checkpoint_names_every_trail_and_holds_while_it_grows(
    attacker: Connection, dana: User, omer: User, tmp_path: Path
) -> None:
    anchor = checkpoint(tmp_path)
    points = [Checkpoint.parse(line) for line in anchor.read_text().splitlines()]
    assert {point.workspace for point in points} == {workspace_id(dana), workspace_id(omer)}
    assert set(json.loads(anchor.read_text().splitlines()[0])) == {
        "workspace",
        "sequence",
        "hash",
        "key_id",
        "seal",
    }
    write_events(dana, 3)
    assert run("--anchor", str(anchor))[0] == 0


def test_a_trail_cut_off_together_with_its_head_is_found_by_a_checkpoint(
    attacker: Connection, dana: User, tmp_path: Path
) -> None:
    with unguarded(attacker) as database:
        [old] = database.execute("SELECT sequence, hash, key_id, seal FROM audit_audithead").fetchall()
        write_events(dana, 2)
        anchor = checkpoint(tmp_path)
        database.execute("DELETE FROM audit_auditevent WHERE sequence > %s", [LAST])
        database.execute("UPDATE audit_audithead SET sequence = %s, hash = %s, key_id = %s, seal = %s", old)
        assert run()[0] == 0
        code, _out, err = run("--anchor", str(anchor))
        assert (code, "event 9 truncated: the checkpoint knows events up to 10" in err) == (1, True)
        # And then life goes on over the gap.
        write_events(dana, 4)
    assert run()[0] == 0
    code, _out, err = run("--anchor", str(anchor))
    assert (code, "event 10" in err, "changed: it is another event than at the checkpoint" in err) == (
        1,
        True,
        True,
    )


def test_a_trail_removed_altogether_is_found_by_a_checkpoint(
    attacker: Connection, dana: User, tmp_path: Path
) -> None:
    anchor = checkpoint(tmp_path)
    with unguarded(attacker) as database:
        for table in ("audit_auditevent", "audit_audithead", "accounts_workspace"):
            database.execute(f"DELETE FROM {table}")
    assert run()[:2] == (0, "0 trails, 0 events verified, 0 damaged.\n")
    code, _out, err = run("--anchor", str(anchor))
    assert (code, "there is no trail at all" in err) == (1, True)


def test_a_file_that_holds_no_checkpoints_is_refused(attacker: Connection, tmp_path: Path) -> None:
    path = tmp_path / "heads"
    for line in ("", "x", "{}", "[]", '{"workspace": 7}'):
        path.write_text(line + "\n")
        with pytest.raises(CommandError, match="Line 1 of .* is not a checkpoint"):
            run("--anchor", str(path))
    with pytest.raises(CommandError, match="cannot be read"):
        run("--anchor", str(tmp_path / "nowhere"))


def test_a_doctored_checkpoint_is_refused(attacker: Connection, dana: User, tmp_path: Path) -> None:
    anchor = checkpoint(tmp_path)
    anchor.write_text(anchor.read_text().replace(f'"sequence": {LAST}', '"sequence": 3'))
    with pytest.raises(CommandError, match="not a checkpoint of this installation"):
        run("--anchor", str(anchor))


def test_the_trail_of_a_deleted_workspace_is_verified_too(
    attacker: Connection, dana: User, omer: User
) -> None:
    gone = workspace_id(dana)
    attacker.execute("DELETE FROM accounts_workspace WHERE id = %s", [gone])
    assert gone in trails()
    assert run()[:2] == (0, f"2 trails, {LAST + 3} events verified, 0 damaged.\n")
    with unguarded(attacker) as database:
        database.execute("DELETE FROM audit_auditevent WHERE sequence = 2 AND workspace_id = %s", [gone])
    code, _out, err = run()
    assert (code, f"Workspace {gone}: event 2 missing" in err) == (1, True)


def test_the_report_names_workspace_event_and_kind(attacker: Connection, dana: User, omer: User) -> None:
    with unguarded(attacker) as database:
        database.execute(
            "UPDATE audit_auditevent SET action = 'x' WHERE sequence = 2 AND workspace_id = %s",
            [workspace_id(dana)],
        )
    [bad] = [event for event in events(dana) if event.sequence == 2]
    code, out, err = run()
    assert (code, out) == (1, f"2 trails, {1 + 3} events verified, 1 damaged.\n")
    assert f"Workspace {workspace_id(dana)}: event 2 ({bad.id}) changed: it does not match its hash" in err
    code, out, _err = run("--json")
    assert json.loads(out)["damaged"] == [
        {
            "workspace": str(workspace_id(dana)),
            "events": 1,
            "head": LAST,
            "damage": {
                "kind": "changed",
                "sequence": 2,
                "event": str(bad.id),
                "detail": "it does not match its hash",
            },
        }
    ]
    assert run("--workspace", str(workspace_id(omer)))[0] == 0
    assert run("--workspace", str(workspace_id(dana)))[0] == 1
    assert str(workspace_id(dana)) not in run("--head")[1]


def test_it_walks_in_batches_and_says_how_far_it_is(
    attacker: Connection, dana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.verification.BATCH", 3)
    seen: list[int] = []
    assert verify(workspace_id(dana), progress=seen.append).damage is None
    assert seen == [3, 6, 8]
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("audit.management.commands.verify_audit.time.monotonic", lambda: next(clock))
    terminal = Terminal()
    call_command("verify_audit", stdout=StringIO(), stderr=terminal, no_color=True)
    assert "\r\033[KTrail 1 of 1: 3 events …" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")  # nothing of it stays
    assert run()[2] == ""  # a mail of cron's has no progress in it


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_it_says_nothing_of_its_progress_within_a_second(attacker: Connection) -> None:
    terminal = Terminal()
    call_command("verify_audit", stdout=StringIO(), stderr=terminal, no_color=True)
    assert terminal.getvalue() == ""
