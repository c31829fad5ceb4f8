"""A code of an app counts once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connections

from pazpaz.accounts.models import UsedCode, User
from pazpaz.accounts.used_codes import GOOD_FOR, use_up
from pazpaz.encryption.keys import KeyEncryptionKey, KeyEncryptionKeys, generate_key
from pazpaz.encryption.providers import master_keys
from tests.conftest import Connection

pytestmark = pytest.mark.django_db


def test_it_counts_once_for_each_person(dana: User, omer: User) -> None:
    assert [use_up(dana, "123456"), use_up(dana, "123456"), use_up(dana, "123457")] == [True, False, True]
    assert use_up(omer, "123456")


def test_it_counts_again_when_it_would_not_be_good_any_longer(dana: User) -> None:
    with time_machine.travel("2026-11-22 10:00Z", tick=False) as clock:
        assert use_up(dana, "123456")
        clock.shift(GOOD_FOR)
        assert not use_up(dana, "123456")
        clock.shift(1)
        assert use_up(dana, "123456")


def test_it_stays_used_when_the_master_key_changes(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert use_up(dana, "123456")
    ring = KeyEncryptionKeys((KeyEncryptionKey.from_base64(generate_key()), *master_keys().keys))
    monkeypatch.setattr("pazpaz.accounts.used_codes.master_keys", lambda: ring)
    assert not use_up(dana, "123456")
    assert use_up(dana, "123457")


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_one_is_the_first(dana: User) -> None:
    start = threading.Barrier(2, timeout=10)

    def use(_turn: int) -> bool:
        try:
            start.wait()
            return use_up(dana, "123456")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(use, range(2))) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_neither_code_nor_person_is_readable(dana: User, superuser: Connection) -> None:
    assert use_up(dana, "123456")
    assert UsedCode.objects.count() == 0, "the application itself sees none that counts"
    [row] = superuser.execute("SELECT * FROM accounts_usedcode").fetchall()
    assert b"123456" not in row[0]
    assert len(row[0]) == 32
